"""What the study of accuracy found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.studies.accuracy_case import TOLERANCE, Case, Ratio
from hgedsp.studies.accuracy_picture import draw_accuracy

LEAST_EFFICIENCY = 0.98


@dataclass(frozen=True)
class Accuracy:
    """Bias and variance, predicted and measured; see `hgedsp.results.Result`."""

    cases: tuple[Case, ...]
    device: str
    seed: int
    quick: bool
    interrupted: bool = False

    @property
    def efficiency(self) -> Ratio | None:
        """Cramer-Rao bound over variance of whole windows in white noise, all cases together."""
        found = [case.efficiency for case in self.cases]
        known = [ratio for ratio in found if ratio is not None]
        if not known:
            return None
        weight = np.array([ratio.standard_error**-2 for ratio in known])
        value = float(weight @ [ratio.value for ratio in known] / weight.sum())
        return Ratio(value, float(weight.sum() ** -0.5))

    @property
    def success(self) -> bool:
        """Whether all cases agree, and averaging over whole periods is as good as can be."""
        ratio = self.efficiency
        if self.interrupted or ratio is None:
            return False
        margin = ratio.half_width if not self.quick else -ratio.half_width
        efficient = ratio.value - margin >= LEAST_EFFICIENCY
        return efficient and all(case.agrees(not self.quick) for case in self.cases)

    def text(self) -> str:
        """Return a table of all cases, and the verdict."""
        head = (
            f"{'device':<15}{'K':>3} {'noise':<6}{'filter':<8}{'repeats':>8}"
            f"{'bias, nA/V':>12}{'measured/predicted':>20}{'missed':>8}"
            f"{'sigma, nA/V':>13}{'variance ratio':>17}"
        )
        rows = [_row(case, case.agrees(not self.quick)) for case in self.cases]
        good = sum(case.agrees(not self.quick) for case in self.cases)
        rule = (
            f"{good} of {len(self.cases)} cases agree: the 95 % intervals of both ratios "
            f"{'meet' if self.quick else 'lie within'} 1 +- {TOLERANCE:g}, "
            f"and no more than {TOLERANCE:.0%} of the bias is missed"
        )
        lines = [head, *rows, rule]
        ratio = self.efficiency
        if ratio is not None:
            lines.append(
                f"efficiency of whole windows in white noise: {ratio.value:.4f} +- "
                f"{ratio.half_width:.4f} of the Cramer-Rao bound, {LEAST_EFFICIENCY} is asked for"
            )
        return "\n".join([*lines, "PASSED" if self.success else "FAILED"])

    def numbers(self) -> dict[str, Any]:
        """Return all ratios with their errors, settings and seed."""
        ratio = self.efficiency
        return {
            "study": "accuracy",
            "success": self.success,
            "device": self.device,
            "seed": self.seed,
            "quick": self.quick,
            "interrupted": self.interrupted,
            "efficiency": None if ratio is None else ratio.value,
            "efficiency_standard_error": None if ratio is None else ratio.standard_error,
            "cases": [_numbers(case, case.agrees(not self.quick)) for case in self.cases],
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return predictions and measurements of every tone of every case."""
        found: dict[str, npt.NDArray[Any]] = {}
        for number, case in enumerate(self.cases):
            stem = f"case_{number:02d}"
            found[f"{stem}_bias_predicted_A_per_V"] = case.predicted_bias
            found[f"{stem}_bias_measured_A_per_V"] = case.measured_bias
            found[f"{stem}_variance_predicted_A2_per_V2"] = case.predicted_variance
            found[f"{stem}_variance_measured_A2_per_V2"] = case.values.var(axis=0, ddof=1)
        return found

    def draw(self, figure: Any) -> None:
        """Draw measured against predicted, tone by tone, and both ratios case by case."""
        if not self.cases:
            return
        draw_accuracy(figure, self.cases)


def _row(case: Case, good: bool) -> str:
    bias = 1e9 * np.sqrt(np.mean(case.predicted_bias**2))
    sigma = 1e9 * np.sqrt(np.mean(case.predicted_variance))
    name = Path(case.device).stem[:14]
    return (
        f"{name:<15}{case.tones:>3} {case.noise:<6}{case.filter:<8}{case.repeats:>8}"
        f"{bias:>12.4g}{case.bias_ratio!s:>20}{case.unexplained:>8.1%}"
        f"{sigma:>13.4g}{case.variance_ratio!s:>17}{'' if good else '   <-'}"
    )


def _numbers(case: Case, good: bool) -> dict[str, Any]:
    return {
        "device": case.device,
        "prediction": case.law,
        "tones": case.tones,
        "noise": case.noise,
        "filter": case.filter,
        "repeats": case.repeats,
        "bias_ratio": case.bias_ratio.value,
        "bias_ratio_standard_error": case.bias_ratio.standard_error,
        "bias_missed": case.unexplained,
        "variance_ratio": case.variance_ratio.value,
        "variance_ratio_standard_error": case.variance_ratio.standard_error,
        "agrees": good,
    }
