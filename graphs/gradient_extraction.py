"""All derivatives of a device at one operating point, at once."""

from __future__ import annotations

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import Constant, IntegrateAndDump, LowPass, Mixer, ToneGenerator
from hgedsp.checks import VectorLike
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.wire import Wire, as_wire, scope


def demodulate(
    signal: Wire,
    tone: ToneGenerator,
    *,
    window: int = 0,
    skip: int = 0,
    time_constant: float = 0.0,
    order: int = 1,
    shares: Wire | None = None,
) -> Wire:
    """Wire K demodulators: gradient_k = (2 / amplitude_k) lowpass(signal in_phase_k).

    Parameters
    ----------
    signal : Wire
        One lane: an output current or a loss.
    tone : ToneGenerator
        The tones that perturb the device.
    window, skip : int
        Average windows of so many samples without their first ones; or
    time_constant, order : float (s), int
        average with a cascade of one-poles.
    shares : Wire, optional
        What weighs each of the K references at every sample; 1 if left out. A parameter that
        reaches the device only at times has a derivative only then.

    Returns
    -------
    Wire
        K lanes, in units of the signal per volt.
    """
    with scope("demodulate"):
        reference = tone.in_phase if shares is None else tone.in_phase * shares
        mixed = Mixer(2.0 / np.asarray(tone.amplitude), name="mixer")(signal, reference)
        if window:
            return as_wire(IntegrateAndDump(window, skip, name="average")(mixed))
        return as_wire(LowPass(time_constant, order, name="average")(mixed))


def gradient_extraction(
    device: Block,
    voltage: VectorLike,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int = 0,
    time_constant: float = 0.0,
    order: int = 1,
) -> Graph:
    """Return a graph that measures d current / d voltage of a device at one operating point.

    Parameters
    ----------
    device : Block
        A device model with K electrodes: one input of K lanes (V), one output (A).
    voltage : array of shape (K,)
        Operating point, V. It can be changed between chunks: parameter
        ``operating_point.value``.
    tone : ToneGenerator
        K tones, one per electrode, amplitudes in V.
    sample_rate : float
        Hz.
    window : int
        Samples per average, a whole number of periods of every tone; or
    time_constant, order : float (s), int
        the low-pass to use instead.

    Returns
    -------
    Graph
        Without inputs; outputs `gradient` (K lanes, A/V; one value per window if there is one)
        and `current` (A).

    Raises
    ------
    ParameterError
        If neither, or both, of window and time constant are given.
    """
    if bool(window) == bool(time_constant):
        raise ParameterError(
            "gradient_extraction needs either a window or a time constant",
            mend="give window=... in samples, or time_constant=... in seconds",
        )
    point = Constant(voltage, name="operating_point")
    current = as_wire(device.copy()(point + tone.perturbation))
    gradient = demodulate(current, tone, window=window, time_constant=time_constant, order=order)
    outputs = {"gradient": gradient, "current": current}
    return Graph(sample_rate, outputs, name="gradient extraction")
