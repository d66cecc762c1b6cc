"""Joint least squares: all tones at once, on any frequency."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg
from tqdm.auto import tqdm

from hgedsp.analyze.chunks import read_chunk, require_one_lane
from hgedsp.analyze.estimate import Estimate
from hgedsp.analyze.references import references
from hgedsp.blocks.tone_generator import ToneGenerator
from hgedsp.checks import FloatArray, as_vector, require, require_integer
from hgedsp.errors import ParameterError
from hgedsp.trace import Trace

# Rows of the design matrix that are made at once: a few MB even for hundreds of tones.
_CHUNK = 4096
# Rows that are folded at once. They stay in the cache: 7 tones take 0.1 us per row, and ten times
# as long in blocks of 4096, where the threads of LAPACK only wait for each other.
_BLOCK = 512
# Columns whose angle is less than this cannot be told apart in float64 to any useful digit.
_SMALLEST_ANGLE = 1e-10


def least_squares(
    trace: Trace,
    tones: ToneGenerator,
    rate: float,
    *,
    window: int | None = None,
    drift: bool = False,
    progress: bool = False,
) -> Estimate:
    """Fit offset, in-phase and quadrature of all tones together, window by window.

    minimize sum_n (y_n - offset - sum_k (in_phase_k sin_k,n + quadrature_k cos_k,n))^2

    No tone leaks into another and the offset leaks into none, wherever the frequencies lie; this is
    what a lock-in reaches only if each window holds whole periods of all tones.

    Parameters
    ----------
    trace : Trace
        One lane.
    tones : ToneGenerator
        Frequencies (Hz) and phases (rad); phases count from sample 0 of the recording.
    rate : float
        Samples per second, Hz.
    window : int, optional
        Samples per window; the whole trace if left out. A rest shorter than a window is left out.
    drift : bool, optional
        Fit a linear drift in each window, too. It costs nothing where there is none but a little
        noise, and removes the in-phase error -2 m / (2 pi f) of a drift m (unit per s).
    progress : bool, optional
        Show a progress bar.

    Raises
    ------
    ParameterError
        If a window is longer than the trace, has fewer samples than there are unknowns, or is too
        short to tell two tones apart.
    SampleError
        If the trace has several lanes or a sample is not finite.

    Notes
    -----
    Each chunk of the design matrix is folded into the triangle R of a QR factorization [1]_, which
    keeps all digits that the normal equations would lose, in memory that does not grow with the
    window. Noise and 1/f excess between the tones are not modelled.

    References
    ----------
    .. [1] Golub & Van Loan, Matrix Computations, 4th ed., section 6.5.
    """
    require_one_lane(trace)
    tones.check_rate(rate)
    size = len(trace) if window is None else window
    frequency = as_vector("least_squares", "frequency", tones.frequency)
    _check_window(size, len(trace), 1 + 2 * frequency.size + drift)
    count = len(trace) // size
    solutions = []
    with tqdm(total=count * size, unit="sample", unit_scale=True, disable=not progress) as bar:
        for begin in range(0, count * size, size):
            triangle = _fold(trace, tones, rate, begin, size, drift, bar)
            solutions.append(_solve(triangle, frequency, size / rate))
    values = np.array([solution for solution, _ in solutions])
    residual = np.array([norm for _, norm in solutions]) / np.sqrt(size)
    k = frequency.size
    slope = values[:, 1 + 2 * k] * rate / size if drift else None
    return Estimate(
        trace.start + size * np.arange(1, count + 1) - 1,
        values[:, 1 : 1 + k],
        values[:, 1 + k : 1 + 2 * k],
        values[:, 0],
        slope,
        residual,
    )


def _fold(
    trace: Trace,
    tones: ToneGenerator,
    rate: float,
    begin: int,
    size: int,
    drift: bool,
    bar: Any,
) -> FloatArray:
    """Return the triangle R of the window's design matrix, with the samples as last column."""
    triangle: FloatArray | None = None
    for start in range(begin, begin + size, _CHUNK):
        stop = min(start + _CHUNK, begin + size)
        sine, cosine = references(tones, rate, trace.start + start, stop - start)
        columns = [np.ones((stop - start, 1)), sine, cosine]
        if drift:
            # From -1/2 to 1/2 over the window: of the size of the others, and far from the offset.
            line = (np.arange(start, stop) - begin + 0.5) / size - 0.5
            columns.append(line[:, np.newaxis])
        columns.append(read_chunk(trace, start, stop)[:, np.newaxis])
        triangle = _fold_rows(triangle, np.hstack(columns))
        bar.update(stop - start)
    assert triangle is not None
    return triangle


def _fold_rows(triangle: FloatArray | None, rows: FloatArray) -> FloatArray:
    """Return the triangle of the rows so far and these."""
    width = rows.shape[1]
    step = max(_BLOCK, 4 * width)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        stacked = block if triangle is None else np.vstack([triangle, block])
        triangle = linalg.qr(stacked, mode="r", check_finite=False)[0][:width]
    assert triangle is not None
    return triangle


def _solve(triangle: FloatArray, frequency: FloatArray, seconds: float) -> tuple[FloatArray, float]:
    """Return the solution, and the norm of the residual."""
    unknowns = triangle.shape[1] - 1
    matrix, right = triangle[:unknowns, :unknowns], triangle[:unknowns, unknowns]
    left, singular, turned = np.linalg.svd(matrix)
    if singular[-1] < _SMALLEST_ANGLE * singular[0]:
        raise _inseparable(frequency, seconds)
    solution: FloatArray = turned.T @ (left.T @ right / singular)
    # The corner below the last unknown is what no column explains; a square problem has none.
    residual = abs(float(triangle[unknowns, unknowns])) if len(triangle) > unknowns else 0.0
    return solution, residual


def _check_window(size: int, samples: int, unknowns: int) -> None:
    require_integer("least_squares", 1, window=size)
    require(
        size <= samples,
        f"a window of {size} samples is longer than the trace of {samples}",
        "take a shorter window",
    )
    require(
        size >= unknowns,
        f"a window of {size} samples is too short for {unknowns} unknowns",
        f"take a window of at least {unknowns} samples: two per tone, and the offset",
    )


def _inseparable(frequency: FloatArray, seconds: float) -> ParameterError:
    order: npt.NDArray[np.intp] = np.argsort(frequency)
    gaps = np.diff(frequency[order])
    if gaps.size == 0:
        return ParameterError(
            f"a window of {seconds:g} s cannot tell the tone at {frequency[0]:g} Hz from an offset",
            mend="take a longer window",
        )
    nearest = int(np.argmin(gaps))
    one, other = sorted(int(k) for k in order[nearest : nearest + 2])
    return ParameterError(
        f"a window of {seconds:g} s cannot tell tones {one} and {other} apart, "
        f"{gaps[nearest]:g} Hz from each other",
        mend="take a longer window, or leave one of the two tones out",
    )
