"""A device that goes on learning while it works, and while it drifts."""

from __future__ import annotations

import numpy as np

from hgedsp.blocks import (
    Clip,
    Constant,
    DcBlock,
    Decimate,
    Input,
    Integrator,
    PlateauSequence,
    Select,
    SquaredError,
    ToneGenerator,
)
from hgedsp.checks import FloatArray, as_vector, require_not_negative, require_positive
from hgedsp.graph import Graph
from hgedsp.graphs.boolean_gate import watched
from hgedsp.graphs.gate_setup import GateSetup, tone_periods
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.graphs.sample import noisy_current
from hgedsp.wire import as_wire, scope

# What controls may leave their range by, and inputs be trimmed by, in halves of it.
_HEAD_ROOM = 0.5
# Per plateau: of seven tones below half of 128 samples no set has fewer products of third order on
# tones, as `plan_tones` finds. A plan without any needs twice the samples, and the loop
# twice the time; at amplitudes of 2 % of the range these 20 do not show.
_PERIODS = (23, 25, 33, 37, 51, 53, 59)


def adaptive_sensor(
    setup: GateSetup,
    *,
    swing_nA: float,
    learning_rate: float = 3.0,
    leak: float = 0.02,
    time_constant: float = 0.02,
) -> Graph:
    """Return the graph of a gate that keeps itself at its optimum by plain gradient descent.

    The voltages of all electrodes, inputs and controls, are off by the input `drift`, which stands
    for what changes around the device; a clamp keeps what reaches it within its range. As in
    `continuous`, the AC-coupled current is compared with a square wave that follows the cases, and
    the squared error itself is demodulated; here it goes straight to an integrator of each
    parameter p, without epochs or any memory of past gradients::

        dp/dt = -learning_rate h^2 / swing^2 dL/dp - leak (p - m)

    Parameters are the controls and an offset of each input, its trim: what drifts at an input, no
    control can make up for in general. h is half of the range of the electrode, m its middle for
    a control and 0 for a trim. Controls may leave their range by h / 2, so that drift can be made
    up for at its ends, too; the leak brings them back where the clamp leaves no gradient. Trims
    reach as far.

    Parameters
    ----------
    setup : GateSetup
        Device, gate, tones and start; its `learning_rate` is not used. The sensor works best
        without ramps.
    swing_nA : float
        Wanted step of the current between low and high, nA.
    learning_rate : float, optional
        1/s. The loss over swing^2, as a function of parameters over half their range, falls with
        about this rate times its curvature.
    leak : float, optional
        Of the integrators, 1/s.
    time_constant : float, optional
        Of the demodulators, s.

    Returns
    -------
    Graph
        Input `drift` (V, one lane per electrode). Outputs `loss` (nA^2, its mean over a cycle of
        the four cases), `margin` (nA), `levels` (nA), `controls` and `trims` (V), once per cycle.
    """
    require_positive("adaptive_sensor", "nA", swing_nA=swing_nA)
    require_not_negative("adaptive_sensor", "1/s", learning_rate=learning_rate)
    cycle = setup.epoch
    seconds = cycle / setup.sample_rate
    resting = setup.electrode_voltages(np.zeros(len(setup.controls)))
    cases = PlateauSequence(resting, setup.held, setup.ramp, name="cases")
    target = setup.square_wave(swing_nA)
    half_range, middle = _ranges(setup)
    tone = _tones(setup, half_range)
    integrator = _integrator(setup, learning_rate / swing_nA**2, leak, half_range, middle)
    learnt = as_wire(integrator.y) + Constant(middle, name="middle")
    drift = Input("drift", width=half_range.size)

    with scope("sample"):
        voltage = cases.values + learnt + tone.perturbation
        clamped = Clip(setup.lower, setup.upper, name="clamp")(voltage + drift)
        current = noisy_current(setup.device, as_wire(clamped), setup.noise, setup.seed, setup.path)
    in_nA = current * 1e9
    coupled = as_wire(DcBlock(2 * seconds, name="ac_coupling")(in_nA))
    wanted = setup.path.delayed(target.values, setup.sample_rate, "target_delay")
    loss = as_wire(SquaredError(name="loss")(coupled, wanted))
    # Without the mean of the loss its tones stand out, and the mixers have less to reject.
    ripple = as_wire(DcBlock(seconds, name="loss_coupling")(loss))
    integrator(
        demodulate(
            ripple,
            tone,
            time_constant=time_constant,
            **setup.path.corrections(tone.frequency),
        )
    )

    parameters = as_wire(Decimate(cycle, name="parameters")(learnt))
    outputs = {
        **watched(setup, in_nA, loss),
        "controls": Select(setup.controls, name="controls")(parameters),
        "trims": Select(setup.inputs, name="trims")(parameters),
    }
    return Graph(setup.sample_rate, outputs, name=f"{setup.gate} that adapts")


def _ranges(setup: GateSetup) -> tuple[FloatArray, FloatArray]:
    """Return half of the range of every electrode, and where its parameter rests, V."""
    lower, upper = (as_vector("gate", name, getattr(setup, name)) for name in ("lower", "upper"))
    middle = (lower + upper) / 2
    middle[list(setup.inputs)] = 0.0
    return (upper - lower) / 2, middle


def _tones(setup: GateSetup, half_range: FloatArray) -> ToneGenerator:
    """Return one tone per electrode."""
    count = half_range.size
    if count <= len(_PERIODS) and 2 * _PERIODS[-1] < setup.plateau:
        periods = np.array(_PERIODS[:count], dtype=np.float64)
    else:
        periods = tone_periods(count, setup.plateau)
    base = setup.sample_rate / setup.plateau
    return ToneGenerator(periods * base, setup.amplitude * half_range, name="tones")


def _integrator(
    setup: GateSetup, share: float, leak: float, half_range: FloatArray, middle: FloatArray
) -> Integrator:
    """Return the integrator of the parameters, from where they rest.

    `share` is in 1/s per unit of loss, for parameters over half their range.
    """
    reach = (1.0 + _HEAD_ROOM) * half_range
    reach[list(setup.inputs)] = _HEAD_ROOM * half_range[list(setup.inputs)]
    start = np.zeros_like(middle)
    controls = list(setup.controls)
    start[controls] = as_vector("gate", "initial", setup.initial) - middle[controls]
    return Integrator(-share * half_range**2, leak, start, -reach, reach, name="integrator")
