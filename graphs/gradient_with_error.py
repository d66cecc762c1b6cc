"""All derivatives of a device with their error bars, and a look at what should be zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import (
    Constant,
    IntegrateAndDump,
    Mixer,
    NoiseFloor,
    Oscillator,
    Significance,
    ToneGenerator,
)
from hgedsp.blocks.oscillator import bins
from hgedsp.checks import IntArray, VectorLike, as_vector, require, require_integer
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import demodulate_both, measured
from hgedsp.hge.empty_bins import empty_bins
from hgedsp.wire import Wire, as_wire, scope


def standard_errors(
    signal: Wire,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int,
    skip: int = 0,
    bins_per_tone: int = 4,
    gain: VectorLike = 1.0,
) -> Wire:
    """Wire a demodulator for empty bins beside each tone, and return the K standard errors.

    Parameters
    ----------
    signal : Wire
        One lane.
    tone : ToneGenerator
        The tones that perturb the device.
    sample_rate : float
        Of the signal, Hz.
    window, skip : int
        As the derivatives are averaged; ``window - skip`` holds whole periods of every tone.
    bins_per_tone : int, optional
        Empty bins M beside each tone; the error has 2 M degrees of freedom.
    gain : float or array of shape (K,), optional
        Of the path at each tone, as for `demodulate`.

    Returns
    -------
    Wire
        K lanes, in units of the signal per volt, one value per window.

    Raises
    ------
    ParameterError
        If a tone makes no whole number of periods per window, or too few bins are empty.
    """
    count = window - skip
    tones = tone_bins(tone, sample_rate, count)
    beside = empty_bins(tones, bins_per_tone, highest=(count - 1) // 2)
    scale = 1.0 / (np.asarray(tone.amplitude) * np.asarray(gain))
    with scope("noise"):
        empty = Oscillator(beside.ravel() * sample_rate / count, name="empty_bins")()

        def amplitude(reference: Wire, name: str) -> Wire:
            mixed = Mixer(2.0, name=f"{name}_mixer")(signal, reference)
            return as_wire(IntegrateAndDump(window, skip, name=name)(mixed))

        floor = NoiseFloor(tones.size, bins_per_tone, scale, name="floor")
        return as_wire(
            floor(amplitude(empty.in_phase, "in_phase"), amplitude(empty.quadrature, "quadrature"))
        )


def gradient_with_error(
    device: Block,
    voltage: VectorLike,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int,
    chain: Sequence[Block] = (),
    phase: VectorLike | None = None,
    gain: VectorLike = 1.0,
    bins_per_tone: int = 4,
) -> Graph:
    """Return a graph that measures derivatives, each with an error bar of its own, per window.

    The error is that of this very window, from `bins_per_tone` empty bins beside each tone:
    (gradient - truth) / error follows Student's t with twice as many degrees of freedom.

    Parameters
    ----------
    device, voltage, tone, sample_rate, chain, phase, gain
        As for `gradient_extraction`.
    window : int
        Samples per average, a whole number of periods of every tone.
    bins_per_tone : int, optional
        Empty bins beside each tone.

    Returns
    -------
    Graph
        Without inputs; outputs with K lanes, one value per window: `gradient`, `error` and
        `quadrature` (A/V), and `health`, the quadrature in units of the error. A health beyond
        +-4 in window after window tells of capacitive current, a wrong delay or hysteresis.

    Raises
    ------
    ParameterError
        If a tone makes no whole number of periods per window, or too few bins are empty.

    Notes
    -----
    Third derivatives bias the gradient by a^2/8 f_kkk + sum_j a_j^2/4 f_kjj; that is not in the
    error, for no empty bin shows it.
    """
    require_integer("gradient_with_error", 2, window=window)
    point = Constant(voltage, name="operating_point")
    current = measured(device, point + tone.perturbation, chain)
    gradient, quadrature = demodulate_both(current, tone, window=window, phase=phase, gain=gain)
    error = standard_errors(
        current,
        tone,
        sample_rate=sample_rate,
        window=window,
        bins_per_tone=bins_per_tone,
        gain=gain,
    )
    outputs = {
        "gradient": gradient,
        "error": error,
        "quadrature": quadrature,
        "health": Significance(name="health")(quadrature, error),
    }
    return Graph(sample_rate, outputs, name="gradient with error")


def tone_bins(tone: ToneGenerator, sample_rate: float, window: int) -> IntArray:
    """Return the whole periods of each tone per window; refuse a tone that makes none."""
    frequency = as_vector("ToneGenerator", "frequency", tone.frequency, "Hz")
    counts = bins(frequency, sample_rate, window)
    if counts is None:
        periods = frequency * window / sample_rate
        k = int(np.argmax(np.abs(periods - np.round(periods))))
        raise ParameterError(
            f"tone {k} makes {periods[k]:.9g} periods in {window} samples, not a whole number",
            mend="give frequencies that are multiples of sample_rate / window",
        )
    require(
        len(set(counts.tolist())) == counts.size,
        "two tones have the same frequency",
        "give every electrode a tone of its own",
    )
    return counts
