"""The delay of a recording, found in its own tones and taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hgedsp.analyze.estimate import Estimate
from hgedsp.analyze.extract import Extraction
from hgedsp.blocks.tone_generator import ToneGenerator
from hgedsp.checks import FloatArray, as_vector
from hgedsp.hge.calibration import derotate
from hgedsp.hge.delay import DelayFit, fit_delay


def without_delay(result: Extraction, longest: float) -> tuple[Extraction, DelayFit]:
    """Find the delay from tone generator to detector in the recording itself, and take it out.

    The signs of the derivatives need not be known: squares of in-phase + j quadrature turn with
    the delay alone, see `hgedsp.hge.fit_delay`.

    Parameters
    ----------
    result : Extraction
        Of a recording with phases known at the tone generator.
    longest : float
        Delays from 0 to this one are searched, s (or samples, where no rate is known); on top of
        the delay that the tones already have.

    Returns
    -------
    Extraction, DelayFit
        With tones, in-phase and quadrature values turned, and a note.

    Raises
    ------
    ParameterError
        If `longest` is not positive, or there is one tone in one window only.

    Notes
    -----
    An inverting amplifier cannot be seen in this way: it changes all signs.
    """
    estimate, frequency = result.estimate, result.tones.frequency
    z = estimate.in_phase + 1j * estimate.quadrature
    fit = fit_delay(frequency, z, longest=longest)
    phase = fit.phase(frequency)
    old = result.tones.generator
    generator = ToneGenerator(old.frequency, old.amplitude, _phases(old, phase))
    unit = "samples" if result.tones.in_cycles else "s"
    note = f"a delay of {fit.delay:.6g} +- {fit.standard_error:.2g} {unit} was found and taken out"
    turned = replace(
        result,
        tones=replace(result.tones, generator=generator),
        estimate=_turned(estimate, phase),
        comparison=None if result.comparison is None else _turned(result.comparison, phase),
        notes=[*result.notes, note, *([fit.warning] if fit.warning else [])],
    )
    return turned, fit


def _turned(estimate: Estimate, phase: FloatArray) -> Estimate:
    in_phase, quadrature = derotate(estimate.in_phase + 1j * estimate.quadrature, phase)
    return replace(estimate, in_phase=in_phase, quadrature=quadrature)


def _phases(tones: ToneGenerator, more: FloatArray) -> FloatArray:
    phase: FloatArray = np.asarray(as_vector("tones", "phase", tones.phase) + more)
    return phase
