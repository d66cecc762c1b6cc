"""What all trainings say in the same way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from hgedsp.checks import VectorLike, as_vector
from hgedsp.graphs import SignalPath

WORKING_MARGIN_NA = 1.0


class Measured(Protocol):
    """What the setups of training graphs have in common."""

    @property
    def sample_rate(self) -> float:
        """Hz."""

    @property
    def plateau(self) -> int:
        """Samples per case."""

    @property
    def ramp(self) -> int:
        """Samples between cases."""

    @property
    def settle(self) -> int:
        """Samples that each case is held longer, and which are not averaged."""

    @property
    def path(self) -> SignalPath:
        """What the current passes before it is recorded."""

    @property
    def amplitude(self) -> float:
        """Of the perturbation, share of half of each electrode's range."""

    @property
    def noise(self) -> float:
        """One-sided density, A^2/Hz."""

    @property
    def learning_rate(self) -> float:
        """Share of half of each electrode's range."""


def measurement_settings(setup: Measured) -> dict[str, Any]:
    """Return how it was measured and learnt, in a form that JSON can take."""
    return {
        "sample_rate_Hz": setup.sample_rate,
        "plateau_samples": setup.plateau,
        "ramp_samples": setup.ramp,
        "settle_samples": setup.settle,
        "delay_s": setup.path.delay,
        "amplitude_share": setup.amplitude,
        "noise_A2_per_Hz": setup.noise,
        "learning_rate_share": setup.learning_rate,
    }


def case_names(cases: int) -> list[str]:
    """Return the inputs of each case, of which the first counts the most: 00, 01, 10, 11."""
    width = (cases - 1).bit_length()
    return [format(case, f"0{width}b") for case in range(cases)]


def case_lines(levels_nA: Iterable[float], target: VectorLike) -> list[str]:
    """Return a line per case, its level and which one was wanted, for people."""
    wanted = as_vector("training", "target", target)
    return [
        f"  {name} -> {level:8.2f} nA  ({'high' if high else 'low'})"
        for name, level, high in zip(case_names(wanted.size), levels_nA, wanted, strict=True)
    ]
