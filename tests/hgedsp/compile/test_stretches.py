"""The samples between two refreshes are one stretch of the kernel, whatever the clocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.block import Block
from hgedsp.ports import Ports


@dataclass(frozen=True, eq=False)
class Drifting(Block):
    """A sum that is made anew, every third tick, from what only `refresh` sees."""

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]", state="y[K], count: int64[K]")
    rare: ClassVar[tuple[str, ...]] = ("count",)
    refresh_every: ClassVar[int] = 3

    @staticmethod
    def step(x: float, y: float) -> float:
        return y + 0.5 * x

    @staticmethod
    def refresh(y: float, count: int) -> tuple[float, int]:
        return 0.125 * count, count + 1


def several_clocks(lanes: int) -> hg.Graph:
    """Refreshes every 3, 12 and 128 samples, and clocks of 3, 4 and 128 beside them."""
    x = hg.Input("x", lanes)
    tone = hg.ToneGenerator(np.linspace(11.0, 91.0, lanes), 1.0)
    fast, slow = Drifting(name="fast"), Drifting(name="slow")
    fast(x * tone.in_phase)
    slow(hg.Decimate(4)(x + fast.y))
    outputs = {
        "fast": fast.y,
        "slow": slow.y,
        "thirds": hg.IntegrateAndDump(3)(fast.y),
        "mean": hg.IntegrateAndDump(128)(tone.quadrature),
    }
    return hg.Graph(1000.0, outputs)


@pytest.mark.parametrize("lanes", [1, 3, 20])
def test_refreshes_come_when_the_interpreter_has_them(lanes: int) -> None:
    x = np.random.default_rng(1).standard_normal((700, lanes))
    kernels = [
        several_clocks(lanes).compile(fastmath=False),
        several_clocks(lanes).compile(interpret=True),
    ]
    (line,) = re.findall(r"stop = min\(n, (.*)\)", kernels[0].source)
    assert {int(part.rpartition("_")[2]) for part in line.split(", ")} == {3, 12, 128}
    compiled, interpreted = (kernel.process({"x": x}) for kernel in kernels)
    for name, expected in interpreted.items():
        np.testing.assert_array_equal(compiled[name], expected)


@pytest.mark.parametrize("options", [{}, {"runs": 2}, {"dtype": "float32"}])
@pytest.mark.parametrize("lanes", [1, 3, 20])
def test_stretches_may_be_cut_anywhere(lanes: int, options: dict[str, object]) -> None:
    x = np.random.default_rng(2).standard_normal((400, lanes))
    whole = several_clocks(lanes).compile(**options).process({"x": x})  # type: ignore[arg-type]
    kernel = several_clocks(lanes).compile(**options)  # type: ignore[arg-type]
    cuts = [0, 1, 2, 3, 4, 127, 128, 129, 255, 256, 300, 400]
    pieces = [kernel.process({"x": x[a:b]}) for a, b in pairwise(cuts)]
    axis = 1 if "runs" in options else 0
    for name, values in whole.items():
        joined = np.concatenate([piece[name] for piece in pieces], axis=axis)
        np.testing.assert_array_equal(joined, values)
