"""All derivatives of a device at one operating point, at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import Constant, IntegrateAndDump, LowPass, Mixer, PhaseShift, ToneGenerator
from hgedsp.checks import FloatArray, VectorLike
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.wire import Wire, as_wire, scope


def demodulate(
    signal: Wire,
    tone: ToneGenerator,
    *,
    window: int = 0,
    skip: int = 0,
    time_constant: float = 0.0,
    order: int = 1,
    phase: VectorLike | None = None,
    gain: VectorLike = 1.0,
    shares: Wire | None = None,
) -> Wire:
    """Wire K demodulators: gradient_k = (2 / amplitude_k) lowpass(signal in_phase_k).

    With a phase theta the references are turned by it, which gives
    (I_k cos theta_k + Q_k sin theta_k) / (amplitude_k gain_k), with its sign.

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
    phase : float or array of shape (K,), optional
        Phase theta_k of the path from `tone` to `signal`, rad: -2 pi f_k tau for a delay tau, as
        `hgedsp.hge.fit_delay` and `fit_phase` find it. It is parameter
        ``demodulate/phase_shift.phase``.
    gain : float or array of shape (K,), optional
        Gain |H_k| of the path at each tone.
    shares : Wire, optional
        What weighs each of the K references at every sample; 1 if left out. A parameter that
        reaches the device only at times has a derivative only then.

    Returns
    -------
    Wire
        K lanes, in units of the signal per volt.
    """
    with scope("demodulate"):
        reference, _ = _references(tone, phase)
        if shares is not None:
            reference = reference * shares
        mixed = Mixer(_scale(tone, gain), name="mixer")(signal, reference)
        return as_wire(_average(window, skip, time_constant, order, "average")(mixed))


def demodulate_both(
    signal: Wire,
    tone: ToneGenerator,
    *,
    window: int = 0,
    skip: int = 0,
    time_constant: float = 0.0,
    order: int = 1,
    phase: VectorLike | None = None,
    gain: VectorLike = 1.0,
) -> tuple[Wire, Wire]:
    """Wire K demodulators with both references: gradient, and what should be zero.

    Parameters
    ----------
    signal, tone, window, skip, time_constant, order, phase, gain
        As for `demodulate`.

    Returns
    -------
    gradient, quadrature : Wire
        K lanes each, in units of the signal per volt. The quadrature, (Q_k cos theta_k
        - I_k sin theta_k) / (amplitude_k gain_k), is zero within the noise for a device without
        memory at the right phase; capacitive currents, a wrong delay and hysteresis show in it.
    """
    with scope("demodulate"):
        in_phase, quadrature = _references(tone, phase)
        wires = []
        for reference, prefix in ((in_phase, ""), (quadrature, "quadrature_")):
            mixed = Mixer(_scale(tone, gain), name=f"{prefix}mixer")(signal, reference)
            average = _average(window, skip, time_constant, order, f"{prefix}average")
            wires.append(as_wire(average(mixed)))
        return wires[0], wires[1]


def gradient_extraction(
    device: Block,
    voltage: VectorLike,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int = 0,
    time_constant: float = 0.0,
    order: int = 1,
    chain: Sequence[Block] = (),
    phase: VectorLike | None = None,
    gain: VectorLike = 1.0,
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
    chain : sequence of Block, optional
        What the current passes before it is recorded, in this order: noise, amplifier, bandwidth,
        delay.
    phase, gain : float or array of shape (K,), optional
        Of this chain and the device at each tone, rad and 1, as for `demodulate`.

    Returns
    -------
    Graph
        Without inputs; outputs `gradient` (K lanes, A/V; one value per window if there is one)
        and `current` (A), behind the chain.

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
    current = measured(device, point + tone.perturbation, chain)
    gradient = demodulate(
        current,
        tone,
        window=window,
        time_constant=time_constant,
        order=order,
        phase=phase,
        gain=gain,
    )
    outputs = {"gradient": gradient, "current": current}
    return Graph(sample_rate, outputs, name="gradient extraction")


def measured(device: Block, voltage: Wire, chain: Sequence[Block]) -> Wire:
    """Wire copies of a device and of the blocks its current passes before it is recorded."""
    return SignalPath(chain).passed(as_wire(device.copy()(voltage)))


def _references(tone: ToneGenerator, phase: VectorLike | None) -> tuple[Wire, Wire]:
    if phase is None:
        return tone.in_phase, tone.quadrature
    in_phase, quadrature = PhaseShift(phase)(tone.in_phase, tone.quadrature)
    return in_phase, quadrature


def _scale(tone: ToneGenerator, gain: VectorLike) -> FloatArray:
    scale: FloatArray = 2.0 / (np.asarray(tone.amplitude) * np.asarray(gain))
    return scale


def _average(window: int, skip: int, time_constant: float, order: int, name: str) -> Block:
    if window:
        return IntegrateAndDump(window, skip, name=name)
    return LowPass(time_constant, order, name=name)
