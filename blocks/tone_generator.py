"""K tones: perturbation and references, tied to one sample clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks.gain import Gain
from hgedsp.blocks.oscillator import Oscillator, require_positive_frequency
from hgedsp.checks import FloatArray, VectorLike, as_vector, common_lanes
from hgedsp.ports import Ports
from hgedsp.wire import Wire


@final
@dataclass(frozen=True, eq=False)
class ToneGenerator(Block):
    """Make K tones, each with its two references.

    perturbation_k = amplitude_k sin(2 pi f_k t + phase_k)
    in_phase_k     = sin(2 pi f_k t + phase_k)
    quadrature_k   = cos(2 pi f_k t + phase_k)

    Parameters
    ----------
    frequency : array of shape (K,)
        Frequencies f_k, Hz; above 0 and below half the sample rate.
    amplitude : float or array of shape (K,)
        Perturbation amplitude (peak), V.
    phase : float or array of shape (K,), optional
        Phase at sample 0, rad.

    Raises
    ------
    ParameterError
        If lengths differ, a value is not finite, a frequency is not positive, or, once the rate
        is known, a tone lies at or above half of it.

    Notes
    -----
    The references are those of an `Oscillator`: they never drift, and are off by less than 1e-13.
    """

    frequency: VectorLike
    amplitude: VectorLike
    phase: VectorLike = 0.0

    ports: ClassVar[Ports] = Ports(outputs="perturbation[K], in_phase[K], quadrature[K]")

    def __post_init__(self) -> None:
        for name, unit in (("frequency", "Hz"), ("amplitude", "V"), ("phase", "rad")):
            vector = as_vector("ToneGenerator", name, getattr(self, name), unit)
            object.__setattr__(self, name, vector)
        require_positive_frequency("ToneGenerator", self.frequency)
        common_lanes("ToneGenerator", **self._vectors())

    def lanes(self) -> dict[str, int]:
        return {"K": common_lanes("ToneGenerator", **self._vectors())}

    def check_rate(self, rate: float) -> None:
        Oscillator(self.frequency, self.phase).check_rate(rate)

    def compose(self) -> tuple[Wire, Wire, Wire]:
        reference = self._oscillator()()
        perturbation = Gain(self.amplitude, name="amplitude")(reference.in_phase)
        return perturbation, reference.in_phase, reference.quadrature

    def phase_at(self, sample: int, rate: float) -> FloatArray:
        """Return the phase of each tone at any sample index, rad in [0, 2 pi), shape (K,)."""
        return self._oscillator().phase_at(sample, rate)

    def _oscillator(self) -> Oscillator:
        vectors = self._vectors()
        lanes = common_lanes("ToneGenerator", **vectors)
        return Oscillator(np.broadcast_to(vectors["frequency"], (lanes,)), self.phase)

    def _vectors(self) -> dict[str, FloatArray]:
        return {
            name: as_vector("ToneGenerator", name, getattr(self, name))
            for name in ("frequency", "amplitude", "phase")
        }
