"""Training a device to be a Boolean gate, per epoch or continuously."""

from __future__ import annotations

from hgedsp.blocks import (
    DcBlock,
    Decimate,
    Hold,
    IntegrateAndDump,
    Margin,
    PlateauSequence,
    SquaredError,
)
from hgedsp.checks import require
from hgedsp.graph import Graph
from hgedsp.graphs.electrodes import to_electrodes
from hgedsp.graphs.gate_inputs import (
    Stimulus,
    learnt_inputs,
    part,
)
from hgedsp.graphs.gate_setup import GateSetup
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.graphs.losses import make_loss
from hgedsp.graphs.plateau_means import plateau_means
from hgedsp.graphs.sample import noisy_current
from hgedsp.wire import Wire, as_wire, scope


def per_epoch(setup: GateSetup) -> Graph:
    """Return the graph that trains a gate per epoch, as in the paper's experiments.

    In each of the four cases mean current and derivatives are averaged over a plateau; a
    loss over the cases chains them, and the control voltages step once per epoch.

    Returns
    -------
    Graph
        Without inputs. Outputs `current` (A, every sample); `loss`, `margin` (nA), `levels` (nA,
        four cases) and `controls` (V), once per epoch; `input_levels` (V), too, if learnt.

    Raises
    ------
    ParameterError
        If `setup.settle` is shorter than the delay of the signal path.
    """
    setup.path.require_settled(setup.settle, setup.sample_rate)
    tone = setup.tones()
    updater = setup.updater()

    parameters = as_wire(Hold(setup.epoch, name="hold")(updater.parameters))
    stimulus = _stimulus(setup, parameters + tone.perturbation)
    current = _device(setup, stimulus)
    in_nA = current * 1e9
    level, derivative = plateau_means(
        in_nA, tone, window=setup.window, skip=setup.skip, path=setup.path, shares=stimulus.shares
    )
    loss, gradient = make_loss(setup.loss, setup.target)(level, derivative)
    updater(gradient)

    margin, levels = Margin(setup.target, name="margin")(level)
    return Graph(
        setup.sample_rate,
        {
            "current": current,
            "loss": loss,
            "margin": margin,
            "levels": levels,
            **_parts(setup, updater.parameters),
        },
        name=f"{setup.gate} per epoch",
    )


def continuous(setup: GateSetup, *, swing_nA: float = 12.0) -> Graph:
    """Return the graph that trains a gate continuously, the loss itself demodulated.

    Nothing knows of epochs: the cases go by, the AC-coupled current is compared with a square wave
    of `swing_nA`, the squared error is mixed with each tone and low-passed, and the control
    voltages move at every sample. (`margin` and `levels` only watch.)

    Returns
    -------
    Graph
        Without inputs. Outputs `current` (A, every sample); `loss` (nA^2, its mean over a cycle),
        `margin` (nA), `levels` (nA) and `controls` (V), once per cycle of the four cases;
        `input_levels` (V), too, if learnt.
    """
    cycle = setup.epoch
    seconds = cycle / setup.sample_rate
    target = setup.square_wave(swing_nA)
    tone = setup.tones()
    updater = setup.updater(ticks_per_epoch=cycle, beta2=0.999)

    stimulus = _stimulus(setup, updater.parameters + tone.perturbation)
    shares = stimulus.shares
    if shares is not None:
        shares = setup.path.delayed(shares, setup.sample_rate, "shares_delay")
    current = _device(setup, stimulus)
    in_nA = current * 1e9
    coupled = as_wire(DcBlock(2 * seconds, name="ac_coupling")(in_nA))
    wanted = setup.path.delayed(target.values, setup.sample_rate, "target_delay")
    loss = as_wire(SquaredError(name="loss")(coupled, wanted))
    updater(
        demodulate(
            loss,
            tone,
            time_constant=seconds,
            order=2,
            **setup.path.corrections(tone.frequency),
            shares=shares,
        )
    )

    return Graph(
        setup.sample_rate,
        {
            "current": current,
            **watched(setup, in_nA, loss),
            **_parts(setup, as_wire(Decimate(cycle, name="parameters")(updater.parameters))),
        },
        name=f"{setup.gate} continuously",
    )


def watched(setup: GateSetup, in_nA: Wire, loss: Wire) -> dict[str, Wire]:
    """Return what tells people how learning at every sample goes, once per cycle of the cases.

    Returns
    -------
    dict of str to Wire
        `loss`, its mean over a cycle; `margin` and `levels`, in nA as the current.
    """
    late = setup.path.samples(setup.sample_rate)
    require(
        late < setup.held,
        f"the signal path is late by {late} samples, but a case is held for {setup.held} only",
        "hold it longer: give a larger plateau",
    )
    skip = setup.ramp + max(setup.settle, late)
    level = as_wire(IntegrateAndDump(setup.window, skip, name="level")(in_nA))
    margin, levels = Margin(setup.target, name="margin")(level)
    mean_loss = as_wire(IntegrateAndDump(setup.epoch, name="mean_loss")(loss))
    return {"loss": mean_loss, "margin": margin, "levels": levels}


def _stimulus(setup: GateSetup, parameters: Wire) -> Stimulus:
    """Wire the cases, and the perturbed parameters to where they belong."""
    if setup.learn_inputs:
        return learnt_inputs(parameters, len(setup.controls), setup.held, setup.ramp)
    cases = PlateauSequence(setup.case_voltages, setup.held, setup.ramp, name="cases")
    return Stimulus(cases.values, parameters)


def _parts(setup: GateSetup, parameters: Wire) -> dict[str, Wire]:
    """Return control voltages and, if they are learnt, input levels as outputs."""
    if not setup.learn_inputs:
        return {"controls": parameters}
    controls, levels = part(parameters, len(setup.controls))
    return {"controls": controls, "input_levels": levels}


def _device(setup: GateSetup, stimulus: Stimulus) -> Wire:
    """Wire inputs and controls to their electrodes, and noise, if any, to the output."""
    with scope("sample"):
        voltage = to_electrodes(
            (setup.inputs, stimulus.inputs), (setup.controls, stimulus.controls)
        )
        return noisy_current(setup.device, voltage, setup.noise, setup.seed, setup.path)
