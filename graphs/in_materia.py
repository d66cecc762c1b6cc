"""The whole loop from analog parts: nothing in it counts, stores or computes."""

from __future__ import annotations

from typing import Any

import numpy as np

from hgedsp.blocks import (
    Amplifier,
    AnalogMultiplier,
    Constant,
    DcBlock,
    Decimate,
    Gain,
    Integrator,
    PlateauSequence,
    RcLowPass,
    ToneGenerator,
)
from hgedsp.checks import require, require_positive
from hgedsp.graph import Graph
from hgedsp.graphs.analog_parts import RAIL_V, AnalogParts
from hgedsp.graphs.boolean_gate import watched
from hgedsp.graphs.electrodes import to_electrodes
from hgedsp.graphs.gate_setup import GateSetup
from hgedsp.graphs.sample import noisy_current
from hgedsp.wire import Wire, as_wire, scope

_SWING_V = 2.0  # what the wanted step of the current becomes behind the input amplifier
_SQUARE_SCALE_V = 1.0  # scale of the squarer: the loss is (error / V)^2 V
# Of the AC-coupled loss, towards the mixers. More would make the steps between cases hit the rails,
# and what is cut off of them no longer adds up to nothing over a cycle.
_LOSS_GAIN = 4.0
_REFERENCE_V = 10.0  # amplitude of the references
_DEMODULATOR_OHM, _DEMODULATOR_FARAD = 200e3, 100e-9  # 20 ms
# Lets the tones through (1.8 to 3.5 kHz), and of the steps between cases only their beginning.
_LOSS_COUPLING_S = 1e-3


def in_materia(
    setup: GateSetup,
    parts: AnalogParts,
    *,
    swing_nA: float,
    learning_rate: float = 3.0,
) -> Graph:
    """Return the graph that trains a gate with a circuit of analog parts.

    Transimpedance amplifier, AC coupling, difference to a square wave, squarer, AC coupling and
    amplifier, and for each control a multiplier with the tone's reference, an R C and an
    integrator, whose output and tone go through a summing amplifier to the electrode::

        I -> A -> C -> (- target) -> x^2 -> C -> A -> x reference_k -> R C -> integrator_k -> V_k

    Every part saturates at a supply of +-10 V and has the errors of `parts`. (`margin` and
    `levels` only watch.)

    Parameters
    ----------
    setup : GateSetup
        Device, gate, tones and start; its `learning_rate` is not used. The circuit works best
        without ramps.
    parts : AnalogParts
        What the parts really are.
    swing_nA : float
        Wanted step of the current between low and high, nA; 2 V behind the first amplifier.
    learning_rate : float, optional
        That of `adaptive_sensor`, 1/s, for parts without errors and tones that the couplings let
        through.

    Returns
    -------
    Graph
        Without inputs. Outputs `loss` (V, behind the squarer, its mean over a cycle of the four
        cases), `margin` (nA), `levels` (nA) and `controls` (V), once per cycle.
    """
    require_positive("in_materia", "nA", swing_nA=swing_nA)
    require_positive("in_materia", "1/s", learning_rate=learning_rate)
    require(
        setup.path.is_plain,
        "no part of this circuit takes delay, phase or gain of the signal path out",
        "turn the references, AnalogParts(phase=...), and give the path its chain only",
    )
    given = part_parameters(setup, parts, swing_nA=swing_nA, learning_rate=learning_rate)
    tone = setup.tones()
    lower, upper = setup.control_bounds
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    starts = RAIL_V * (np.asarray(setup.initial) - middle) / half
    integrator = Integrator(
        **_of("integrator", given), initial_value=starts, lower=-RAIL_V, upper=RAIL_V,
        name="integrator",
    )  # fmt: skip

    with scope("sample"):
        cases = PlateauSequence(setup.case_voltages, setup.held, setup.ramp, name="cases")
        control = as_wire(Gain(**_of("sample/control", given), name="control")(integrator.y))
        control = control + Constant(middle, name="middle")
        attenuated = Gain(**_of("sample/tone", given), name="tone")(tone.perturbation)
        voltage = to_electrodes(
            (setup.inputs, cases.values), (setup.controls, control + attenuated)
        )
        current = noisy_current(setup.device, voltage, setup.noise, setup.seed, setup.path)
    loss = _loss(setup, current, given)
    gradient = _demodulated(loss, tone, given)
    integrator(gradient + Constant(**_of("integrator_offset", given), name="integrator_offset"))

    controls = Decimate(setup.epoch, name="controls")(control)
    return Graph(
        setup.sample_rate,
        {**watched(setup, current * 1e9, loss), "controls": controls},
        name=f"{setup.gate} in materia",
    )


def part_parameters(
    setup: GateSetup, parts: AnalogParts, *, swing_nA: float, learning_rate: float = 3.0
) -> dict[str, Any]:
    """Return the parameters of all blocks that depend on the parts, by their name in the graph.

    They are those that `in_materia` is made with, and can be set on its kernel, or with one
    `PerRun` each on many runs of it.
    """
    seconds = setup.epoch / setup.sample_rate
    # A step of the whole range is 2 x 10 V at an integrator. Behind the mixer the slope of the
    # loss in V per half range stands as half of loss gain x share of the perturbation.
    slope = _LOSS_GAIN * setup.amplitude / 2 * _REFERENCE_V / RAIL_V
    rate = learning_rate * RAIL_V / (slope * _SWING_V**2 / _SQUARE_SCALE_V)
    lower, upper = setup.control_bounds
    return {
        "input_amplifier.gain": parts.input_gain * _SWING_V / (1e-9 * swing_nA),
        "ac_coupling.time_constant": parts.coupling * 2 * seconds,
        "squarer.gain_error": parts.squarer_gain_error,
        "squarer.x_offset": parts.squarer_offset,
        "squarer.y_offset": parts.squarer_offset,
        "squarer.output_offset": parts.squarer_output_offset,
        "loss_coupling.time_constant": parts.loss_coupling * _LOSS_COUPLING_S,
        "loss_amplifier.gain": parts.loss_gain * _LOSS_GAIN,
        "reference_in_phase.factor": _REFERENCE_V * np.cos(parts.phase),
        "reference_quadrature.factor": _REFERENCE_V * np.sin(parts.phase),
        "mixers.gain_error": parts.mixer_gain_error,
        "mixers.x_offset": parts.mixer_x_offset,
        "mixers.y_offset": parts.mixer_y_offset,
        "mixers.output_offset": parts.mixer_output_offset,
        "demodulators.resistance": parts.resistance * _DEMODULATOR_OHM,
        "integrator_offset.value": parts.integrator_offset,
        "integrator.gain": -rate * parts.integrator_gain,
        "integrator.leak": parts.leak,
        "sample/control.factor": parts.control_gain * (upper - lower) / (2 * RAIL_V),
        "sample/tone.factor": parts.tone_gain,
    }


def _of(block: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of one block by their own name."""
    names = (path.rpartition(".") for path in given)
    return {name: given[f"{owner}.{name}"] for owner, _, name in names if owner == block}


def _loss(setup: GateSetup, current: Wire, given: dict[str, Any]) -> Wire:
    """Wire the squared difference between the AC-coupled current and a square wave, V."""
    amplifier = Amplifier(**_of("input_amplifier", given), clip=RAIL_V, name="input_amplifier")
    coupling = DcBlock(**_of("ac_coupling", given), name="ac_coupling")
    target = setup.square_wave(_SWING_V)
    error = as_wire(coupling(amplifier(current))) - target.values
    squarer = AnalogMultiplier(_SQUARE_SCALE_V, RAIL_V, **_of("squarer", given), name="squarer")
    return as_wire(squarer(error, error))


def _demodulated(loss: Wire, tone: ToneGenerator, given: dict[str, Any]) -> Wire:
    """Wire AC coupling, amplifier, mixers and R C of the loss, V for each control."""
    coupling = DcBlock(**_of("loss_coupling", given), name="loss_coupling")
    amplifier = Amplifier(**_of("loss_amplifier", given), clip=RAIL_V, name="loss_amplifier")
    in_phase = Gain(**_of("reference_in_phase", given), name="reference_in_phase")
    quadrature = Gain(**_of("reference_quadrature", given), name="reference_quadrature")
    reference = as_wire(in_phase(tone.in_phase)) + quadrature(tone.quadrature)
    mixers = AnalogMultiplier(RAIL_V, RAIL_V, **_of("mixers", given), name="mixers")
    low_pass = RcLowPass(
        **_of("demodulators", given), capacitance=_DEMODULATOR_FARAD, name="demodulators"
    )
    return as_wire(low_pass(mixers(amplifier(coupling(loss)), reference)))
