"""Turn the references of a lock-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import VectorLike, as_vector, per_lane
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class PhaseShift(Block):
    """Turn K pairs of references by a phase each.

    in_phase_k   = sine_k cos phase_k + cosine_k sin phase_k   = sin(2 pi f_k t + phi_k + phase_k)
    quadrature_k = cosine_k cos phase_k - sine_k sin phase_k   = cos(2 pi f_k t + phi_k + phase_k)

    Mixed with references that are turned by the phase of the path from tone generator to
    detector, -2 pi f_k tau for a delay tau, a signal is all in phase.

    Parameters
    ----------
    phase : float or array of shape (K,), optional
        Phases, rad. They can be set during a run, as a calibration finds them.

    Raises
    ------
    ParameterError
        If a phase is not finite.
    """

    phase: VectorLike = 0.0

    is_linear: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="sine[K], cosine[K]",
        outputs="in_phase[K], quadrature[K]",
        coefficients="along[K], across[K]",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "phase", as_vector("PhaseShift", "phase", self.phase, "rad"))

    def lanes(self) -> dict[str, int]:
        return per_lane("PhaseShift", phase=self.phase)

    def coefficients(self, rate: float) -> Coefficients:
        return np.cos(self.phase), np.sin(self.phase)

    @staticmethod
    def step(sine: float, cosine: float, along: float, across: float) -> tuple[float, float]:
        return sine * along + cosine * across, cosine * along - sine * across
