"""The loops of windows that NumPy has no fast word for, compiled like any kernel."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numba
from numba import types

from hgedsp.checks import FloatArray, IntArray
from hgedsp.compile.build import TOOLS, build
from hgedsp.compile.emit import KERNEL, Text
from hgedsp.compile.steps import array_type
from hgedsp.compile.variants import STEP_OPTIONS
from hgedsp.vectors import multiply_add

_SETTINGS: Any = numba.config  # its names are made at run time


# What loops may call: functions of registers, and how their parts are compiled.
_TOOLS = {**TOOLS, "math": math, "multiply_add": multiply_add, "part": numba.njit(**STEP_OPTIONS)}
_DTYPES = {"f": "float64", "i": "int64"}


@cache
def compiled(
    loop: Callable[..., None], kinds: str, parts: tuple[Callable[..., Any], ...] = ()
) -> Callable[..., None]:
    """Return a loop over arrays, compiled or from the cache.

    Parameters
    ----------
    kinds : str
        Types and dimensions of the arguments: "f3 i1" is float64 of 3 and int64 of 1 dimension.
    parts : tuple of function
        What the loop calls, beside functions of registers.
    """
    if _SETTINGS.DISABLE_JIT:
        return loop
    source = inspect.getsource(loop).replace(f"def {loop.__name__}(", f"def {KERNEL}(")
    texts = [*(f"@part\n{inspect.getsource(part)}" for part in parts), source]
    arguments = [array_type(_DTYPES[kind[0]], int(kind[1])) for kind in kinds.split()]
    text = Text("\n\n".join(texts), (), (), {}, ())
    return build(text, (), (), types.void(*arguments), _TOOLS).function


def weigh(
    x: FloatArray, weights: FloatArray, left: FloatArray, even: FloatArray, odd: FloatArray
) -> None:
    """Weigh windows, add up their periods, and put mirrored samples of each block together.

    Parameters
    ----------
    x : array of shape (W, periods, blocks, 2 half)
    weights : array of shape (2, periods, blocks, R, half)
        Those left of the middle of a block, from there on to the left; those right of it.
    left : array of shape (half,)
        Room for numbers.
    even, odd : array of shape (W, R, blocks, half)
        Written: sums and differences of samples right and left of the middle of a block.
    """
    half = left.size
    for w in range(x.shape[0]):
        for b in range(x.shape[2]):
            for p in range(x.shape[1]):
                for h in range(half):
                    left[h] = x[w, p, b, half - 1 - h]
                for r in range(weights.shape[3]):
                    if p == 0:
                        for h in range(half):
                            one = left[h] * weights[0, p, b, r, h]
                            other = x[w, p, b, half + h] * weights[1, p, b, r, h]
                            even[w, r, b, h] = other + one
                            odd[w, r, b, h] = other - one
                    else:
                        for h in range(half):
                            one = left[h] * weights[0, p, b, r, h]
                            other = x[w, p, b, half + h] * weights[1, p, b, r, h]
                            even[w, r, b, h] += other + one
                            odd[w, r, b, h] += other - one


def put_together(
    cosines: FloatArray,
    sines: FloatArray,
    turn: FloatArray,
    real: FloatArray,
    imaginary: FloatArray,
) -> None:
    """Turn the sums of each block to the start of the window, and add them up.

    Parameters
    ----------
    cosines, sines : array of shape (W, R, blocks, K)
    turn : array of shape (2, blocks, K)
        Cosine and sine.
    real, imaginary : array of shape (W, R, K)
        Written.
    """
    for w in range(cosines.shape[0]):
        for r in range(cosines.shape[1]):
            for k in range(cosines.shape[3]):
                real[w, r, k] = 0.0
                imaginary[w, r, k] = 0.0
            for b in range(cosines.shape[2]):
                for k in range(cosines.shape[3]):
                    even, odd = cosines[w, r, b, k], sines[w, r, b, k]
                    real[w, r, k] += even * turn[0, b, k] - odd * turn[1, b, k]
                    imaginary[w, r, k] += even * turn[1, b, k] + odd * turn[0, b, k]


def pick(
    spectrum: FloatArray,
    bins: IntArray,
    turn: FloatArray,
    row: IntArray,
    real: FloatArray,
    imaginary: FloatArray,
) -> None:
    """Take some bins of a spectrum, and turn them to the start of the window.

    Parameters
    ----------
    spectrum : array of shape (W, 2 bins)
        Real and imaginary parts in turn.
    bins : array of shape (K,)
    turn : array of shape (2, K)
        Cosine and sine.
    row : array of shape (1,)
        The row to fill.
    real, imaginary : array of shape (W, R, K)
        Written.
    """
    for w in range(spectrum.shape[0]):
        for k in range(bins.size):
            # A Fourier transform turns the other way, so its sine is that of minus the sum.
            cosine, sine = spectrum[w, 2 * bins[k]], -spectrum[w, 2 * bins[k] + 1]
            real[w, row[0], k] = cosine * turn[0, k] - sine * turn[1, k]
            imaginary[w, row[0], k] = cosine * turn[1, k] + sine * turn[0, k]


def take_share(
    real: FloatArray,
    imaginary: FloatArray,
    rows: IntArray,
    phase: FloatArray,
    factor: FloatArray,
    turn: FloatArray,
    before: IntArray,
    made: FloatArray,
) -> None:
    """Take what a product brings: sums against its tone, with the phase it has in each window.

    Parameters
    ----------
    real, imaginary : array of shape (W, R, K)
    rows : array of shape (J + Q,)
        Which of the R sums each state and average takes.
    phase : array of shape (2, W, K) or (2, 1, K)
        Cosine and sine of the tones at the start of each window, or of all.
    factor : array of shape (2, K)
        Gain times cosine and sine of the phase at sample 0.
    turn : array of shape (2, K)
        Room for numbers.
    before : array of shape (1,)
        How many products brought something before.
    made : array of shape (W, J + Q, K)
        Written, or added to.
    """
    lanes = made.shape[2]
    for w in range(made.shape[0]):
        if w < phase.shape[1]:
            for k in range(lanes):
                cosine, sine = phase[0, w, k], phase[1, w, k]
                turn[0, k] = cosine * factor[0, k] - sine * factor[1, k]
                turn[1, k] = cosine * factor[1, k] + sine * factor[0, k]
        for r in range(made.shape[1]):
            row = rows[r]
            # The imaginary part of a product, as the tone is a sine.
            if before[0] == 0:
                for k in range(lanes):
                    made[w, r, k] = real[w, row, k] * turn[1, k] + imaginary[w, row, k] * turn[0, k]
            else:
                for k in range(lanes):
                    more = real[w, row, k] * turn[1, k] + imaginary[w, row, k] * turn[0, k]
                    made[w, r, k] += more


def go_on(of_states: FloatArray, before: FloatArray, sums: FloatArray) -> None:
    """Add to the sums of each window what the states at its start bring.

    Parameters
    ----------
    of_states : array of shape (J + Q, J)
        What the J states at the start of a window give to those at its end, and to Q averages.
    before : array of shape (J, K)
        States before the first window; at the end, those after the last.
    sums : array of shape (W, J + Q, K)
        States, then averages; added to.
    """
    rows, order = of_states.shape
    for w in range(sums.shape[0]):
        for r in range(rows):
            for j in range(order):
                factor = of_states[r, j]
                if factor != 0.0:
                    for k in range(sums.shape[2]):
                        sums[w, r, k] += factor * before[j, k]
        for j in range(order):
            for k in range(sums.shape[2]):
                before[j, k] = sums[w, j, k]
