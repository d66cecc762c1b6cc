"""Both quadratures of every tone at many operating points, to find delay and phases from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.blocks import IntegrateAndDump, Mixer, PlateauSequence, ToneGenerator
from hgedsp.checks import require_integer
from hgedsp.graph import Graph
from hgedsp.graphs.gradient_extraction import measured
from hgedsp.graphs.gradient_with_error import tone_bins
from hgedsp.wire import Wire, as_wire


def phase_calibration(
    device: Block,
    points: npt.ArrayLike,
    tone: ToneGenerator,
    *,
    sample_rate: float,
    window: int,
    settle: int,
    ramp: int = 0,
    chain: Sequence[Block] = (),
) -> Graph:
    """Return a graph that measures I and Q of every tone at one operating point after another.

    Parameters
    ----------
    device : Block
        A device with K electrodes (V) and one output (A); for a loop-back an adder,
        ``PolynomialDevice(np.ones(K))``, or whatever known linear path is plugged in.
    points : array of shape (P, K)
        Operating points, V; at those where the derivative for an electrode is large its phase
        is found best.
    tone : ToneGenerator
        K tones, one per electrode, amplitudes in V.
    sample_rate : float
        Hz.
    window : int
        Samples per average, a whole number of periods of every tone.
    settle : int
        Samples on each point that are left out at its start; longer than the delay and the
        settling time of device and chain.
    ramp : int, optional
        Samples from one point to the next, left out, too; 0 for a jump.
    chain : sequence of Block, optional
        What the current passes before it is recorded: amplifier, bandwidth, delay.

    Returns
    -------
    Graph
        Without inputs; outputs `in_phase` and `quadrature` (A), K lanes, one value per point:
        I + jQ is what `hgedsp.hge.fit_delay` and `fit_phase` take. It begins again after the
        last point.

    Raises
    ------
    ParameterError
        If a tone makes no whole number of periods per window, or a value does not fit.
    """
    require_integer("phase_calibration", 2, window=window)
    require_integer("phase_calibration", 0, settle=settle, ramp=ramp)
    tone_bins(tone, sample_rate, window)
    skip = ramp + settle
    table = np.asarray(points, dtype=np.float64)
    sequence = PlateauSequence(table, settle + window, ramp, name="points")
    current = measured(device, sequence.values + tone.perturbation, chain)

    def amplitude(reference: Wire, name: str) -> Wire:
        mixed = Mixer(2.0, name=f"{name}_mixer")(current, reference)
        return as_wire(IntegrateAndDump(skip + window, skip, name=name)(mixed))

    outputs = {
        "in_phase": amplitude(tone.in_phase, "in_phase"),
        "quadrature": amplitude(tone.quadrature, "quadrature"),
    }
    return Graph(sample_rate, outputs, name="phase calibration")
