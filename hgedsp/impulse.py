"""The impulse response of a block on the bench, against what the block says of it."""

from __future__ import annotations

import numpy as np

from hgedsp.bench import Bench
from hgedsp.checks import ComplexArray, FloatArray

# Limit of what an impulse response may keep at its end, and of how far its DFT may differ from
# `response`, both relative to the largest value: a sum over 1e6 samples rounds to 2e-10 at worst.
_RESPONSE_TOLERANCE = 1e-9
LONGEST_IMPULSE_RESPONSE = 1 << 20
# Height of the impulse: below the limits of most amplifiers, and a power of two to round nothing.
_HEIGHT = 2.0**-10


def impulse_response(bench: Bench, stimulus: tuple[float, ...]) -> FloatArray | None:
    """Return the answer to a stimulus on all lanes, shape (N, lanes), or None if it rings on."""
    ((name, values),) = bench.inputs.items()
    length = 4096
    while length <= LONGEST_IMPULSE_RESPONSE:
        answer = _answer(bench, name, values.shape[1], stimulus, length)
        size = np.abs(answer)
        # Nothing at all may be a long delay.
        if size.any() and size[3 * length // 4 :].max() < 0.1 * _RESPONSE_TOLERANCE * size.max():
            return answer
        length *= 4
    return None if size.any() else answer


def _answer(
    bench: Bench, name: str, width: int, stimulus: tuple[float, ...], length: int
) -> FloatArray:
    # With a slower output clock the stimulus is put at each place of a window in turn: together
    # the answers make up the response on the clock of the input.
    checked = bench.graph.checked
    (source,) = checked.flat.outputs.values()
    window = checked.output_divisor[source.node]
    ticks = length // window
    silence = np.zeros((ticks * window, width))
    rest = next(iter(bench.from_start({name: silence}).values()))
    answer = np.zeros((ticks * window, rest.shape[1]))
    for place in range(window):
        samples = silence.copy()
        samples[place : place + len(stimulus)] = _HEIGHT * np.array(stimulus)[:, np.newaxis]
        (outputs,) = bench.from_start({name: samples}).values()
        answer[window - 1 - place :: window] = (outputs - rest) / _HEIGHT
    return answer


def compare_response(bench: Bench, stimulus: FloatArray, answer: FloatArray) -> None:
    n, lanes = answer.shape
    bins = np.unique(np.geomspace(1, n // 2, 100).astype(np.int64))
    bins = np.unique(np.concatenate([[0], bins, np.linspace(1, n // 2, 100).astype(np.int64)]))
    frequency = bins * bench.rate / n
    response = vars(type(bench.block))["response"]
    with np.errstate(all="ignore"):  # a pole at 0 Hz is no fault
        said: ComplexArray = np.asarray(response(bench.block, frequency, bench.rate))
        said = said.reshape(len(bins), -1) * np.fft.fft(stimulus, n)[bins, np.newaxis]
    found = np.fft.fft(answer, axis=0)[bins]
    off = np.abs(found - said)
    off[~np.isfinite(said).all(axis=1)] = 0.0
    bad = np.argwhere(off > _RESPONSE_TOLERANCE * np.abs(found).max())
    if len(bad):
        row, lane = (int(i) for i in bad[0])
        raise bench.broken(
            "response",
            f"at {frequency[row]:g} Hz" + (f", lane {lane}," if lanes > 1 else "") + " response is "
            f"{np.broadcast_to(said, found.shape)[row, lane]:.9g}, "
            f"but the DFT of the impulse response is {found[row, lane]:.9g}",
            "write response from the same coefficients as the step; frequency is in Hz",
        )
