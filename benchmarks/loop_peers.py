"""Candidates for the closed loop: our kernels, C, NumPy."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numpy as np
import numpy.typing as npt

from hgedsp.benchmarks.loop_setup import LoopSetup
from hgedsp.benchmarks.native import aligned, call, load, tiled
from hgedsp.benchmarks.timing import OURS, Candidate
from hgedsp.blocks import SurrogateDevice
from hgedsp.checks import FloatArray
from hgedsp.run.kernel import Kernel

Losses = Callable[[int], FloatArray]


def ours(
    setup: LoopSetup, samples: int, answered: int, *, name: str = OURS, tolerance: float = 1e-9,
    **options: Any,
) -> Candidate:  # fmt: skip
    """Return our kernel; `options` are those of `Graph.compile`."""
    kernel: Kernel = setup.graph().compile(**options)

    def answer() -> FloatArray:
        losses: FloatArray = kernel.process(answered)["loss"]
        return losses

    return Candidate(name, lambda: kernel.process(samples), samples, answer, tolerance)


def researcher(setup: LoopSetup, samples: int) -> Candidate:
    """Return the loop in NumPy. It is the reference of all others, and not checked itself."""
    return Candidate("NumPy", lambda: setup.numpy_losses(samples), samples)


def plain_c(setup: LoopSetup, samples: int, answered: int) -> Candidate:
    """Return the loop in plain C."""
    library = load("closed_loop.c", f"-DK={setup.tones}", f"-DORDER={setup.order}")
    rows = np.pad(setup.rows(), ((0, 0), (0, 8)))
    return _native("plain C", library, setup, rows, samples, answered)


def tuned_c(setup: LoopSetup, samples: int, answered: int) -> Candidate:
    """Return the loop in C on explicit vectors."""
    lanes = best_lanes(setup.tones)
    library = load(
        "closed_loop_tuned.c",
        f"-DK={setup.tones}",
        f"-DORDER={setup.order}",
        f"-DLANES={lanes}",
        "-fno-associative-math",
    )
    return _native("tuned C", library, setup, tiled(setup.rows(), lanes), samples, answered)


def best_lanes(tones: int) -> int:
    """Return the lanes of tuned C that are fastest for K tones (measured: Xeon, gcc 12)."""
    if tones == 1:
        return 1
    # Two registers of four are faster than one of eight: a sum over lanes takes a step less.
    wide = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
    return 8 if wide and tones > 16 else 4


def surrogate_c(
    setup: LoopSetup, samples: int, answered: int, *, sparse: bool, dtype: str = "float64"
) -> Candidate:
    """Return the loop around a network in C on explicit vectors.

    Parameters
    ----------
    sparse : bool
        Skip units that relu has zeroed.
    dtype : str
        Of the network.
    """
    assert isinstance(setup.device, SurrogateDevice)
    number = np.dtype(dtype)
    library = load(
        "surrogate.c",
        f"-DK={setup.tones}",
        f"-DORDER={setup.order}",
        f"-DHIDDEN={len(setup.device.weights) - 1}",
        f"-DUNITS={len(setup.device.weights[0])}",
        f"-DNUMBER={'double' if number.itemsize == 8 else 'float'}",
        f"-DSPARSE={int(sparse)}",
    )
    weights = aligned(packed_network(setup.device, 64 // number.itemsize).astype(number))
    name = f"tuned C, {'sparse' if sparse else 'dense'}"
    tolerance = 1e-9 if number.itemsize == 8 else 1e-3
    return _native(name, library, setup, setup.rows(), samples, answered, weights, tolerance)


def packed_network(device: SurrogateDevice, lanes: int) -> FloatArray:
    """Return all weights as surrogate.c wants them."""
    parts: list[FloatArray] = []
    for weight, bias in zip(device.weights[:-1], device.biases[:-1], strict=True):
        rows = np.vstack([bias, weight.T])
        fill = -len(bias) % lanes
        parts.append(np.pad(rows, ((0, 0), (0, fill))).ravel())
    return np.concatenate([*parts, device.biases[-1], device.weights[-1][0]])


def _native(
    name: str,
    library: ctypes.CDLL,
    setup: LoopSetup,
    state: FloatArray,
    samples: int,
    answered: int,
    weights: npt.NDArray[Any] | None = None,
    tolerance: float = 1e-9,
) -> Candidate:
    running, settings = aligned(state), aligned(setup.settings())
    more = () if weights is None else (weights,)
    losses = np.zeros(max(samples, answered))

    def advance(memory: npt.NDArray[Any], n: int) -> None:
        call(library.advance, memory, settings, n, losses, *more)

    def answer() -> FloatArray:
        advance(aligned(state), answered)
        return losses[:answered].copy()

    return Candidate(name, lambda: advance(running, samples), samples, answer, tolerance)
