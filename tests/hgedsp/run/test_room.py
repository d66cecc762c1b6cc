"""Room for outputs: used again, but never while somebody looks at it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.run.room import OutputRoom

LARGE = (1 << 14, 2)  # of float64: 256 KiB


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_that_nobody_holds_is_used_again() -> None:
    room = OutputRoom()
    first = room(LARGE, np.float64)
    place = address(first)
    del first
    assert address(room(LARGE, np.float64)) == place
    assert address(room((LARGE[0], 1), np.float64)) == place, "half of it will do, too"


@pytest.mark.parametrize("hold", [lambda a: a, lambda a: a[5:, :1], lambda a: a.T[0].view("i8")])
def test_memory_that_somebody_looks_at_is_left_alone(hold) -> None:  # type: ignore[no-untyped-def]
    room = OutputRoom()
    held = hold(room(LARGE, np.float64))
    held[:] = 7
    for _ in range(5):
        room(LARGE, np.float64)[:] = 1.0
    assert np.all(held == 7)


def test_arrays_begin_on_a_cache_line_and_have_the_shape_and_dtype_asked_for() -> None:
    room = OutputRoom()
    for shape, dtype in [(LARGE, "float64"), ((3, 1), "float32"), ((1 << 16, 3), "int64")]:
        made = room(shape, dtype)
        assert (made.shape, made.dtype) == (shape, np.dtype(dtype))
        assert address(made) % 64 == 0
        assert made.flags.c_contiguous
        assert made.flags.writeable


def test_little_and_very_much_is_not_kept() -> None:
    room = OutputRoom()
    room((10, 1), np.float64)
    room((1 << 24, 1), np.float64)
    assert room._kept == []


def test_what_is_kept_has_a_limit() -> None:
    room = OutputRoom()
    held = [room((1 << 20, 1), np.float64) for _ in range(20)]  # 8 MiB each
    assert sum(piece.size for piece in room._kept) <= (1 << 26) + 64
    assert len({address(array) for array in held}) == 20


def graph() -> hg.Graph:
    tone = hg.ToneGenerator([50.0, 120.0, 310.0], 0.1)
    updater = hg.GradientDescent(1e-3, np.zeros(3), -1, 1)
    loss = hg.SquaredError()(hg.PolynomialDevice([0.3, 0.4, 0.5])(updater.parameters), 1.0)
    updater(hg.LowPass(0.01)(hg.Mixer(20.0)(loss, tone.in_phase)))
    slow = hg.IntegrateAndDump(16)(loss)
    return hg.Graph(1000.0, {"loss": loss, "parameters": updater.parameters, "slow": slow})


@pytest.mark.parametrize("options", [{}, {"runs": 3}, {"interpret": True}])
def test_every_value_of_every_output_is_written(
    options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = graph().compile(**options).process(333)  # type: ignore[arg-type]
    plain = OutputRoom.__call__

    def filled(self: OutputRoom, shape: tuple[int, ...], dtype: object) -> np.ndarray:
        made = plain(self, shape, dtype)  # type: ignore[arg-type]
        made[:] = math.nan
        return made

    monkeypatch.setattr(OutputRoom, "__call__", filled)
    got = graph().compile(**options).process(333)  # type: ignore[arg-type]
    for name, values in expected.items():
        np.testing.assert_array_equal(got[name], values)


@pytest.mark.parametrize("options", [{}, {"runs": 3}])
def test_outputs_stay_what_they_are_when_the_kernel_goes_on(options: dict[str, int]) -> None:
    kernel = graph().compile(**options)  # type: ignore[call-overload]
    first = kernel.process(20_000)
    copies = {name: values.copy() for name, values in first.items()}
    for _ in range(3):
        kernel.process(20_000)
    for name, values in copies.items():
        np.testing.assert_array_equal(first[name], values)
