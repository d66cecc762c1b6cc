"""Gradient and Hessian of a device in the same window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import (
    Concatenate,
    Constant,
    IntegrateAndDump,
    Matrix,
    Mixer,
    Oscillator,
    ToneGenerator,
)
from hgedsp.checks import VectorLike, require_integer
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import demodulate, measured
from hgedsp.graphs.gradient_with_error import tone_bins
from hgedsp.hge.hessian import HessianPlan, hessian_plan
from hgedsp.hge.second_order import Density, Response
from hgedsp.wire import Wire, as_wire, scope


def plan_of(
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int,
    diagonal: bool = False,
    response: Response | None = None,
    density: Density | None = None,
) -> HessianPlan:
    """Return which bins hold the second derivatives for these tones.

    Parameters
    ----------
    tone : ToneGenerator
    sample_rate : float
        Hz.
    window : int
        Samples that are averaged, whole periods of every tone.
    diagonal, response, density
        As for `hgedsp.hge.hessian_plan`.

    Returns
    -------
    HessianPlan

    Raises
    ------
    ParameterError
        If a tone makes no whole number of periods, or an entry has no bin of its own.
    """
    return hessian_plan(
        tone_bins(tone, sample_rate, window),
        tone.amplitude,
        tone.phase,
        highest=(window - 1) // 2,
        spacing=sample_rate / window,
        diagonal=diagonal,
        response=response,
        density=density,
    )


def demodulate_second(
    signal: Wire, plan: HessianPlan, *, sample_rate: float, window: int, skip: int = 0
) -> Wire:
    """Wire a demodulator for every bin of a plan, and put the second derivatives together.

    Parameters
    ----------
    signal : Wire
        One lane: an output current or a loss.
    plan : HessianPlan
        Of ``window - skip`` samples, see `plan_of`.
    sample_rate : float
        Of the signal, Hz.
    window, skip : int
        Average windows of so many samples without their first ones.

    Returns
    -------
    Wire
        One lane per pair of the plan, in units of the signal per V^2, one value per window.
    """
    with scope("second"):
        spacing = sample_rate / (window - skip)
        reference = Oscillator((plan.bins * spacing).tolist(), name="bins")()

        def amplitude(of: Wire, name: str) -> Wire:
            mixed = Mixer(2.0, name=f"{name}_mixer")(signal, of)
            return as_wire(IntegrateAndDump(window, skip, name=name)(mixed))

        both = Concatenate(2, name="amplitudes")(
            amplitude(reference.in_phase, "in_phase"), amplitude(reference.quadrature, "quadrature")
        )
        return as_wire(Matrix(plan.weights, name="hessian")(both))


def hessian_extraction(
    device: Block,
    voltage: VectorLike,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int,
    diagonal: bool = False,
    chain: Sequence[Block] = (),
    response: Response | None = None,
    density: Density | None = None,
) -> Graph:
    """Return a graph that measures gradient and Hessian of a device, once per window.

    The second derivatives cost no time: they are in bins of the same window that a gradient leaves
    unused. They are noisier: 16 S / (a_i^4 T) on the diagonal, against S / (a_i^2 T) for f_i.

    Parameters
    ----------
    device, voltage, tone, sample_rate, chain
        As for `gradient_extraction`.
    window : int
        Samples per average, a whole number of periods of every tone; more than four periods of
        the fastest tone fit into it.
    diagonal : bool, optional
        Only the second derivatives f_ii.
    response : callable, optional
        Complex gain of the chain at frequencies (Hz), gradient and Hessian are corrected for it.
    density : callable, optional
        Noise density at frequencies (Hz), for weighing sum and difference bins.

    Returns
    -------
    Graph
        Without inputs; outputs, one value per window: `gradient` (K lanes, A/V) and `hessian`
        (A/V^2) with K lanes f_00, f_11 ... if `diagonal`, else K (K + 1) / 2 lanes, the upper
        triangle row by row: f_00, f_01 ... f_0K, f_11 ...; `hgedsp.hge.as_matrix` makes a matrix.

    Raises
    ------
    ParameterError
        If a tone makes no whole number of periods, or an entry has no bin of its own.
    """
    require_integer("hessian_extraction", 2, window=window)
    plan = plan_of(
        tone,
        sample_rate=sample_rate,
        window=window,
        diagonal=diagonal,
        response=response,
        density=density,
    )
    point = Constant(voltage, name="operating_point")
    current = measured(device, point + tone.perturbation, chain)
    if response is None:
        gradient = demodulate(current, tone, window=window)
    else:
        path = response(np.asarray(tone.frequency, dtype=np.float64))
        gradient = demodulate(current, tone, window=window, phase=np.angle(path), gain=np.abs(path))
    outputs = {
        "gradient": gradient,
        "hessian": demodulate_second(current, plan, sample_rate=sample_rate, window=window),
    }
    return Graph(sample_rate, outputs, name="hessian extraction")
