"""What the study of accuracy found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray

TOLERANCE = 0.10  # relative, of bias and variance
LEAST_EFFICIENCY = 0.98
_Z = 1.96  # half the width of a 95 % interval, in standard errors
_COLOURS = {"boxcar": "#1f5fa8", "1 pole": "#c8402f", "4 poles": "#d9a441"}


@dataclass(frozen=True)
class Ratio:
    """A measured value over the predicted one, with its standard error."""

    value: float
    standard_error: float

    @property
    def half_width(self) -> float:
        """Of the 95 % interval."""
        return _Z * self.standard_error

    def agrees(self, strictly: bool) -> bool:
        """Tell whether the 95 % interval lies within the tolerance, or, not strictly, meets it."""
        off = abs(self.value - 1)
        return off + (self.half_width if strictly else -self.half_width) <= TOLERANCE

    def __str__(self) -> str:
        return f"{self.value:6.3f} +- {self.half_width:.3f}"


def _ratio(per_repeat: FloatArray) -> Ratio:
    """Return the mean over repeats, and its standard error by their scatter.

    Tones that scatter together are dealt with by this: each repeat gives one number for all.
    """
    return Ratio(float(per_repeat.mean()), float(per_repeat.std(ddof=1) / np.sqrt(per_repeat.size)))


@dataclass(frozen=True)
class Case:
    """A device under one noise behind one filter: repeated estimates and their prediction.

    Attributes
    ----------
    values : array of shape (R, K)
        Estimates, A/V.
    gradient, predicted_mean, predicted_variance : array of shape (K,)
        A/V, A/V, (A/V)^2.
    bound : array of shape (K,) or None
        The Cramer-Rao bound, (A/V)^2, where there is one.
    """

    device: str
    law: str
    noise: str
    filter: str
    values: FloatArray
    gradient: FloatArray
    predicted_mean: FloatArray
    predicted_variance: FloatArray
    bound: FloatArray | None = None

    @property
    def repeats(self) -> int:
        """Number of estimates R."""
        return len(self.values)

    @property
    def tones(self) -> int:
        """Number of tones K."""
        return self.gradient.size

    @property
    def predicted_bias(self) -> FloatArray:
        """A/V, shape (K,)."""
        result: FloatArray = self.predicted_mean - self.gradient
        return result

    @property
    def measured_bias(self) -> FloatArray:
        """A/V, shape (K,)."""
        result: FloatArray = self.values.mean(axis=0) - self.gradient
        return result

    @property
    def bias_ratio(self) -> Ratio:
        """Measured bias over predicted one, of all tones together: least squares through zero."""
        predicted = self.predicted_bias
        return _ratio((self.values - self.gradient) @ predicted / (predicted @ predicted))

    @property
    def unexplained(self) -> float:
        """Bias that the prediction misses, noise taken off, rms over that of the prediction."""
        miss = self.values.mean(axis=0) - self.predicted_mean
        by_chance = self.values.var(axis=0, ddof=1) / self.repeats
        left = max(0.0, float(np.sum(miss**2 - by_chance)))
        return float(np.sqrt(left) / np.linalg.norm(self.predicted_bias))

    @property
    def variance_ratio(self) -> Ratio:
        """Measured variance over predicted one, mean of all tones."""
        return _ratio(self._squares(self.predicted_variance))

    @property
    def efficiency(self) -> Ratio | None:
        """Cramer-Rao bound over measured variance."""
        if self.bound is None:
            return None
        inverse = _ratio(self._squares(self.bound))
        return Ratio(1 / inverse.value, inverse.standard_error / inverse.value**2)

    def agrees(self, strictly: bool) -> bool:
        """Tell whether bias and variance are as predicted."""
        ratios = self.bias_ratio.agrees(strictly) and self.variance_ratio.agrees(strictly)
        return ratios and self.unexplained <= TOLERANCE

    def _squares(self, variance: FloatArray) -> FloatArray:
        deviation = self.values - self.values.mean(axis=0)
        share = self.repeats / (self.repeats - 1)
        result: FloatArray = share * np.mean(deviation**2 / variance, axis=1)
        return result


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
        grid = figure.add_gridspec(2, 2, height_ratios=(5, 4))
        _draw_bias(figure.add_subplot(grid[0, 0]), self.cases)
        _draw_sigma(figure.add_subplot(grid[0, 1]), self.cases)
        _draw_ratios(figure.add_subplot(grid[1, :]), self.cases)


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


def _draw_bias(axes: Any, cases: tuple[Case, ...]) -> None:
    # On logarithmic axes, so a point whose sign is wrong is missing: noise, below its own error.
    for case in cases:
        x, y = 1e9 * np.abs(case.predicted_bias), 1e9 * np.sign(case.predicted_bias)
        error = 1e9 * _Z * case.values.std(axis=0, ddof=1) / np.sqrt(case.repeats)
        _points(axes, case, x, y * case.measured_bias, error)
    _finish(axes, "bias of a derivative, nA/V")


def _draw_sigma(axes: Any, cases: tuple[Case, ...]) -> None:
    for case in cases:
        x = 1e9 * np.sqrt(case.predicted_variance)
        y = 1e9 * case.values.std(axis=0, ddof=1)
        _points(axes, case, x, y, _Z * y / np.sqrt(2 * (case.repeats - 1)))
    _finish(axes, "standard deviation of a derivative, nA/V")


def _points(axes: Any, case: Case, x: FloatArray, y: FloatArray, error: FloatArray) -> None:
    seen = y > 0
    axes.errorbar(
        x[seen],
        y[seen],
        np.minimum(error, 0.9 * np.abs(y))[seen],
        fmt="o" if case.device == "polynomial" else "s",
        color=_COLOURS[case.filter],
        markersize=2.5,
        linewidth=0.6,
        alpha=0.6,
    )


def _finish(axes: Any, name: str) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color="black", linewidth=0.8, zorder=0)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_title(name, loc="left")
    axes.set_xlabel("predicted")
    axes.set_ylabel("measured")
    axes.grid(alpha=0.25)


def _draw_ratios(axes: Any, cases: tuple[Case, ...]) -> None:
    axes.axhspan(1 - TOLERANCE, 1 + TOLERANCE, color="#8a8f98", alpha=0.15)
    axes.axhline(1, color="black", linewidth=0.6)
    for number, case in enumerate(cases):
        for place, ratio, mark in ((-0.2, case.bias_ratio, "D"), (0.2, case.variance_ratio, "o")):
            axes.errorbar(
                number + place,
                ratio.value,
                ratio.half_width,
                fmt=mark,
                color=_COLOURS[case.filter],
                markersize=3.5,
            )
    for way, colour in _COLOURS.items():
        axes.plot([], [], color=colour, label=way)
    axes.plot([], [], "D", color="black", markersize=3.5, label="bias")
    axes.plot([], [], "o", color="black", markersize=3.5, label="variance")
    axes.legend(ncols=5, loc="upper right", frameon=False)
    _name_groups(axes, cases)
    axes.set_xlim(-1, len(cases))
    axes.set_ylabel("measured / predicted, 95 %")
    axes.set_ylim(1 - 2 * TOLERANCE, 1 + 2.4 * TOLERANCE)
    axes.grid(alpha=0.25, axis="y")


def _name_groups(axes: Any, cases: tuple[Case, ...]) -> None:
    """Name each run of cases of one device and number of tones, below its middle."""
    names = [f"{Path(case.device).stem[:16]}\n{_tones(case.tones)}" for case in cases]
    starts = [n for n, name in enumerate(names) if n == 0 or name != names[n - 1]]
    ends = [*starts[1:], len(cases)]
    for start in starts[1:]:
        axes.axvline(start - 0.5, color="#8a8f98", linewidth=0.6)
    middles = [(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)]
    axes.set_xticks(middles, [names[start] for start in starts])
    axes.tick_params(axis="x", length=0)
    kinds = list(dict.fromkeys(case.noise for case in cases))
    axes.set_title(f"from left to right in each part: {', '.join(kinds)}", loc="left")


def _tones(number: int) -> str:
    return "1 tone" if number == 1 else f"{number} tones"
