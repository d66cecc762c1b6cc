"""``hgedsp reproduce fig3``: derivatives by all tones at once against those by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import ComplexArray, FloatArray
from hgedsp.devices import DEFAULT, load_device
from hgedsp.hge.noise import window_variance
from hgedsp.hge.smoothing import smoothed_one_by_one
from hgedsp.reproduce.fig3_picture import draw
from hgedsp.reproduce.table import Row, as_numbers, as_text
from hgedsp.studies.derivatives import Setting, lines_without_noise, measure, without_noise
from hgedsp.studies.points import points_in_range
from hgedsp.studies.smoothed import smoothed_by_all

SPACINGS = (10.0, 40.0)
POLES = 4  # of the low-pass that is shown beside the window; the paper's is not stated
SHORT, MANY = 200, 1000
_FEWEST = 2  # points that are compared: a correlation needs two values, of any device
_WORKED_OUT = 10  # one of so many points is worked out without noise
_MOST_COST = 1.1  # of all tones at once, at the wider spacing


@dataclass(frozen=True)
class Comparison:
    """Derivatives of N operating points by all tones at once and by one at a time.

    Attributes
    ----------
    setting : Setting
    multi, single : array of shape (N, K)
        Measured, A/V.
    multi_truth, single_truth : array of shape (N, K)
        What each would find without noise and without other tones' leakage or products: the
        derivative, smoothed by the perturbation (all tones, or the tone alone).
    noiseless : array of shape (M, K)
        What all tones at once find without noise at the first M points, worked out; A/V.
    """

    setting: Setting
    multi: FloatArray
    single: FloatArray
    multi_truth: FloatArray
    single_truth: FloatArray
    noiseless: FloatArray

    @property
    def correlation(self) -> float:
        """Between the two ways."""
        return float(np.corrcoef(self.multi.ravel(), self.single.ravel())[0, 1])

    @property
    def errors(self) -> tuple[float, float]:
        """Mean square error of all tones at once and of one at a time, (A/V)^2."""
        multi, single = self.multi - self.multi_truth, self.single - self.single_truth
        return float(np.mean(multi**2)), float(np.mean(single**2))

    @property
    def cost(self) -> float:
        """Mean square error of all tones at once over that of one at a time."""
        multi, single = self.errors
        return multi / single

    @property
    def whole_cost(self) -> float:
        """The same, with what the other tones' amplitudes smooth counted as an error, too."""
        _, single = self.errors
        return float(np.mean((self.multi - self.single_truth) ** 2)) / single

    @property
    def expected_errors(self) -> tuple[float, float]:
        """The errors by theory, (A/V)^2: noise, S / (T a^2), and `disturbance` of all at once."""
        setting = self.setting
        frequency = setting.frequency(self.multi.shape[1])
        amplitude, time = setting.amplitude, setting.time
        noise = float(window_variance(setting.density, frequency, amplitude, time)[0])
        return noise + self.disturbance, noise

    @property
    def disturbance(self) -> float:
        """Mean square of what products and neighbours of tones add, without noise, (A/V)^2."""
        return float(np.mean((self.noiseless - self.multi_truth[: len(self.noiseless)]) ** 2))

    @property
    def smoothing(self) -> float:
        """Root mean square of what the other tones' amplitudes change about a derivative, A/V."""
        return float(np.sqrt(np.mean((self.multi_truth - self.single_truth) ** 2)))

    @property
    def filter(self) -> str:
        """The averaging filter in words."""
        return f"{self.setting.order}-pole low-pass" if self.setting.order else "window"

    @property
    def tones(self) -> str:
        """The tones in words."""
        spacing = self.setting.spacing
        return f"{spacing:g} Hz apart" if spacing else "planned"


@dataclass(frozen=True)
class Figure3:
    """All comparisons, by filter and spacing."""

    device: str
    seed: int
    comparisons: tuple[Comparison, ...]
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether all tones at once cost at most a tenth, at the wider spacing and as planned."""
        found = self._by_window(max(SPACINGS), 0.0)
        return not self.interrupted and all(c.cost <= _MOST_COST for c in found)

    def _by_window(self, *spacings: float) -> list[Comparison]:
        return [
            c for c in self.comparisons if c.setting.spacing in spacings and c.setting.order == 0
        ]

    def _tones(self, comparison: Comparison) -> str:
        """Return tones in words, and how many points they had before it was stopped."""
        points = f", {len(comparison.multi)} points" if self.interrupted else ""
        return comparison.tones + points

    @property
    def rows(self) -> list[Row]:
        """The table of our numbers beside the paper's; none if nothing was compared."""
        if not self.comparisons:
            return []
        first, last = self.comparisons[0], self.comparisons[-1]
        points, tones = first.multi.shape
        fewer = f", {len(last.multi)} of them behind low-passes" if last.setting.order else ""
        caption = "caption of figure 3"
        rows = [
            Row("operating points", f"{points}{fewer}", "1000", caption),
            Row("derivatives per point", f"{tones}"),
            Row("measurement time per point", f"{first.setting.time:g} s", "0.1 s", caption),
            Row(
                "noise of the analysis",
                f"{1e18 * first.setting.density:.3g} nA^2/Hz",
                "1e-5 nA^2/Hz",
                caption,
            ),
            Row("perturbation amplitude", f"{1e3 * first.setting.amplitude:g} mV"),
            Row(
                "tones",
                f"{first.setting.lowest:g} Hz and up, equally spaced, or planned for an octave",
            ),
        ]
        for c in self.comparisons:
            where = f"{self._tones(c)}, {c.filter}"
            multi, single = (1e18 * error for error in c.errors)
            multi_expected, single_expected = (1e18 * error for error in c.expected_errors)
            rows += [
                Row(f"correlation multi to single, {where}", f"{c.correlation:.5f}"),
                Row(
                    f"MSE multi, {where}",
                    f"{multi:.3g} (nA/V)^2, theory {multi_expected:.3g}",
                ),
                Row(
                    f"MSE single, {where}",
                    f"{single:.3g} (nA/V)^2, theory {single_expected:.3g}",
                ),
                Row(f"MSE multi over single, {where}", f"{c.cost:.3f}"),
                Row(f"the same from the truth of one tone, {where}", f"{c.whole_cost:.3f}"),
            ]
        return rows

    def text(self) -> str:
        """Return the table, and what all tones at once cost, as far as it was measured."""
        where = f"(device {self.device}, seed {self.seed})"
        if not self.comparisons:
            return f"too few derivatives to compare {where}"
        found = self._by_window(max(SPACINGS), 0.0)
        costs = ", ".join(f"{100 * (c.cost - 1):+.1f} % ({self._tones(c)})" for c in found)
        first = self.comparisons[0]
        cost = f"cost {costs} in MSE, and " if costs else ""
        return (
            f"{as_text(self.rows)}\n"
            "theory: noise, and what products of tones and neighbours add without it\n"
            f"all tones at once {cost}take {first.multi.shape[1]} times less time; their "
            f"amplitudes smooth derivatives by {1e9 * first.smoothing:.2g} nA/V rms more {where}"
        )

    def numbers(self) -> dict[str, Any]:
        """Return the table and settings for JSON."""
        return {
            "figure": "fig3",
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "interrupted": self.interrupted,
            "comparisons": [
                {
                    "points": len(c.multi),
                    "tones": c.tones,
                    "filter": c.filter,
                    "correlation": c.correlation,
                    "mse_multi_A2_per_V2": c.errors[0],
                    "mse_single_A2_per_V2": c.errors[1],
                    "expected_mse_multi_A2_per_V2": c.expected_errors[0],
                    "expected_mse_single_A2_per_V2": c.expected_errors[1],
                    "mse_multi_over_single": c.cost,
                    "mse_multi_over_single_from_truth_of_one_tone": c.whole_cost,
                    "disturbance_A2_per_V2": c.disturbance,
                    "smoothing_A_per_V": c.smoothing,
                }
                for c in self.comparisons
            ],
            "rows": as_numbers(self.rows),
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all derivatives."""
        arrays = {}
        for c in self.comparisons:
            tones = f"{c.setting.spacing:g}_Hz" if c.setting.spacing else "planned"
            end = f"{tones}_{c.setting.order}_poles_A_per_V"
            for name in ("multi", "single", "multi_truth", "single_truth", "noiseless"):
                arrays[f"{name}_{end}"] = getattr(c, name)
        return arrays

    def draw(self, figure: Any) -> None:
        """Draw the expected error against spacing, and the derivatives against each other."""
        if self.comparisons:
            draw(figure, self.comparisons, self.device)


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> Figure3:
    """Measure derivatives of random operating points of a device both ways.

    Parameters
    ----------
    device : str or None
        Name or file; the default device if None.
    seed : int
        Of operating points and noise.
    quick : bool
        200 points instead of 1000.
    progress : bool
        Show progress bars.
    """
    name = DEFAULT if device is None else device
    model = load_device(name)
    amplitude = Setting(SPACINGS[0]).amplitude
    points = points_in_range(model, amplitude, SHORT if quick else MANY, seed)
    truth: tuple[FloatArray, FloatArray] | None = None
    found: dict[Setting, list[tuple[FloatArray, FloatArray]]] = {}
    noiseless: dict[Setting, FloatArray] = {}
    lines: dict[float, ComplexArray] = {}
    interrupted = False
    try:
        single = smoothed_one_by_one(lambda v: np.asarray(model.current(v)), points, amplitude)
        truth = smoothed_by_all(model, points, amplitude, progress=progress)[0], single
        for setting, count in _settings(len(points)):
            some = points[:count]
            if setting.spacing not in lines:
                few = points[: len(points) // _WORKED_OUT]
                lines[setting.spacing] = lines_without_noise(model, few, setting)
            noiseless[setting] = without_noise(lines[setting.spacing], points.shape[1], setting)
            found[setting] = []
            for pair in measure(model, some, setting, seed=seed, progress=progress):
                found[setting].append(pair)
    except KeyboardInterrupt:
        interrupted = True
    comparisons = () if truth is None else tuple(_compared(found, truth, noiseless))
    return Figure3(name, seed, comparisons, interrupted)


def _settings(points: int) -> Iterator[tuple[Setting, int]]:
    """Return how derivatives are measured, and at how many of the points."""
    for spacing in (*SPACINGS, 0.0):
        yield Setting(spacing), points
    # A plan is one for windows of whole periods. A low-pass needs some time constants for each
    # point: fewer points show what it does.
    for spacing in SPACINGS:
        yield Setting(spacing, order=POLES), points // 5


def _compared(
    found: dict[Setting, list[tuple[FloatArray, FloatArray]]],
    truth: tuple[FloatArray, FloatArray],
    noiseless: dict[Setting, FloatArray],
) -> Iterator[Comparison]:
    for setting, pairs in found.items():
        if len(pairs) >= _FEWEST:
            multi, single = np.array(pairs).swapaxes(0, 1)
            by_all, by_one = (each[: len(pairs)] for each in truth)
            known = noiseless[setting][: len(pairs)]
            yield Comparison(setting, multi, single, by_all, by_one, known)
