"""A device that goes on learning while it works, and while it drifts."""

from __future__ import annotations

from hgedsp.blocks import (
    Clip,
    Constant,
    DcBlock,
    Decimate,
    Input,
    Integrator,
    PlateauSequence,
    SquaredError,
)
from hgedsp.checks import as_vector, require_not_negative, require_positive
from hgedsp.graph import Graph
from hgedsp.graphs.boolean_gate import watched
from hgedsp.graphs.electrodes import to_electrodes
from hgedsp.graphs.gate_setup import GateSetup
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.graphs.sample import noisy_current
from hgedsp.wire import as_wire, scope

# What controls may leave their range by, in halves of it.
_HEAD_ROOM = 0.5


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
    control p, without epochs or any memory of past gradients::

        dp/dt = -learning_rate h^2 / swing^2 dL/dp - leak (p - m)

    h is half of the range of the control, m its middle. Controls may leave their range by h / 2, so
    that drift can be made up for at its ends, too; the leak brings them back where the clamp leaves
    no gradient.

    Parameters
    ----------
    setup : GateSetup
        Device, gate, tones and start; its `learning_rate` is not used. The sensor works best
        without ramps.
    swing_nA : float
        Wanted step of the current between low and high, nA.
    learning_rate : float, optional
        1/s. The loss over swing^2, as a function of controls over half their range, falls with
        about this rate times its curvature.
    leak : float, optional
        Of the integrators, 1/s.
    time_constant : float, optional
        Of the demodulators, s.

    Returns
    -------
    Graph
        Input `drift` (V, one lane per electrode). Outputs `loss` (nA^2, its mean over a cycle of
        the four cases), `margin` (nA), `levels` (nA) and `controls` (V), once per cycle.
    """
    require_positive("adaptive_sensor", "nA", swing_nA=swing_nA)
    require_not_negative("adaptive_sensor", "1/s", learning_rate=learning_rate)
    cycle = setup.epoch
    seconds = cycle / setup.sample_rate
    cases = PlateauSequence(setup.case_voltages, setup.plateau, setup.ramp, name="cases")
    target = setup.square_wave(swing_nA)
    tone = setup.tones()
    integrator = _integrator(setup, learning_rate / swing_nA**2, leak)
    lower, upper = setup.control_bounds
    control = as_wire(integrator.y) + Constant((lower + upper) / 2, name="middle")
    drift = Input("drift", width=len(setup.inputs) + len(setup.controls))

    with scope("sample"):
        voltage = to_electrodes(
            (setup.inputs, cases.values),
            (setup.controls, control + tone.perturbation),
        )
        clamped = Clip(setup.lower, setup.upper, name="clamp")(voltage + drift)
        current = noisy_current(setup.device, as_wire(clamped), setup.noise, setup.seed)
    in_nA = current * 1e9
    coupled = as_wire(DcBlock(2 * seconds, name="ac_coupling")(in_nA))
    loss = as_wire(SquaredError(name="loss")(coupled, target.values))
    # Without the mean of the loss its tones stand out, and the mixers have less to reject.
    ripple = as_wire(DcBlock(seconds, name="loss_coupling")(loss))
    integrator(demodulate(ripple, tone, time_constant=time_constant))

    controls = Decimate(cycle, name="controls")(control)
    return Graph(
        setup.sample_rate,
        {**watched(setup, in_nA, loss), "controls": controls},
        name=f"{setup.gate} that adapts",
    )


def _integrator(setup: GateSetup, share: float, leak: float) -> Integrator:
    """Return the integrator of the controls, from the middle of their range.

    `share` is in 1/s per unit of loss, for controls over half their range.
    """
    lower, upper = setup.control_bounds
    reach = (1.0 + _HEAD_ROOM) * setup.half_range
    start = as_vector("gate", "initial", setup.initial) - (lower + upper) / 2
    slope = -share * setup.half_range**2
    return Integrator(slope, leak, start, -reach, reach, name="integrator")
