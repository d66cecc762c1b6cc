"""Any loss made smaller by any updater, with second derivatives for those that take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hgedsp.block import Block
from hgedsp.blocks import Decimate, Hold, IntegrateAndDump, ToneGenerator
from hgedsp.checks import require, require_integer
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.graphs.hessian_extraction import demodulate_second, plan_of
from hgedsp.hge.second_order import Density
from hgedsp.wire import Wire, as_wire

_SECOND = ("curvature", "hessian")


def loss_descent(
    loss: Callable[[Wire], Wire],
    tone: ToneGenerator,
    updater: Block,
    *,
    sample_rate: float,
    window: int,
    cases: int = 1,
    density: Density | None = None,
) -> Graph:
    """Return a graph that demodulates a loss and moves its parameters once per epoch.

    An epoch is `cases` windows, between which `loss` may change its data; gradient and second
    derivatives are means over them.

    Parameters
    ----------
    loss : callable
        Given the wire of the perturbed parameters (K lanes), returns the loss (one lane) at every
        sample.
    tone : ToneGenerator
        K tones, whole periods per window, amplitudes in the unit of the parameters.
    updater : Block
        With inputs `gradient` and, perhaps, `curvature` (`Newton`) or `hessian` (`FullNewton`),
        and the registered output `parameters`.
    sample_rate : float
        Hz.
    window : int
        Samples per case.
    cases : int, optional
        Windows per epoch.
    density : callable, optional
        Noise density of the loss at frequencies (Hz), for weighing second-order bins.

    Returns
    -------
    Graph
        Without inputs of its own. Outputs once per epoch: `loss`, its mean with the perturbation
        on, and `parameters`, those it was measured with.

    Raises
    ------
    ParameterError
        If the updater has no such ports, or the tones do not fit the window.
    """
    require_integer("loss_descent", 2, window=window)
    require_integer("loss_descent", 1, cases=cases)
    ports = [port.name for port in updater.ports.inputs]
    require(
        ports[:1] == ["gradient"]
        and all(name in _SECOND for name in ports[1:])
        and "parameters" in updater.ports.registered,
        f"{updater.label} is no updater: its inputs are {', '.join(ports) or 'none'}",
        "take GradientDescent, Momentum, Adam, Newton or FullNewton, or a block with these ports",
    )
    epoch = cases * window
    parameters: Any = updater.parameters  # a registered output, read before it is wired
    held = as_wire(Hold(epoch, name="hold")(parameters))
    measured = loss(held + tone.perturbation)
    inputs = {"gradient": _mean(demodulate(measured, tone, window=window), cases, "gradient")}
    for name in ports[1:]:
        plan = plan_of(
            tone,
            sample_rate=sample_rate,
            window=window,
            diagonal=name == "curvature",
            density=density,
        )
        second = demodulate_second(measured, plan, sample_rate=sample_rate, window=window)
        inputs[name] = _mean(second, cases, name)
    updater(**inputs)
    outputs = {
        "loss": IntegrateAndDump(epoch, name="mean_loss")(measured),
        "parameters": Decimate(epoch, name="parameters")(held),
    }
    return Graph(sample_rate, outputs, name="loss descent")


def _mean(wire: Wire, cases: int, name: str) -> Wire:
    if cases == 1:
        return wire
    return as_wire(IntegrateAndDump(cases, name=f"mean_{name}")(wire))
