"""What the comparison of estimators has to tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.hge.estimators import ExpectedError
from hgedsp.studies.estimators_methods import METHODS, Method
from hgedsp.studies.estimators_picture import draw

Sweep = Literal["time", "electrodes", "white", "power"]

_SHARE = 0.15  # of the expected error that a measured one may be off
_RIVALS = ("finite differences", "SPSA")
_SIGMAS = 4.0  # or so many standard deviations: there are about a hundred points


@dataclass(frozen=True)
class Measured:
    """One estimator at one setting; NaN where the time was too short for it.

    Attributes
    ----------
    time : float
        Total measurement time, s.
    amplitude : float
        Peak perturbation of an electrode, V.
    error : float
        Mean of |estimate - gradient|^2 / |gradient|^2 over the repeats.
    deviation : float
        Standard deviation of that mean.
    expected, floor : float
        What theory says, and what of it no measurement time takes away.
    angle, expected_angle : float
        Mean angle to the gradient by backpropagation, rad, and its root mean square by theory.
    """

    sweep: Sweep
    label: str
    of_loss: bool
    electrodes: int
    time: float
    amplitude: float
    error: float
    deviation: float
    expected: float
    floor: float
    angle: float
    expected_angle: float

    @classmethod
    def of(
        cls,
        sweep: Sweep,
        method: Method,
        electrodes: int,
        time: float,
        amplitude: float,
        estimate: FloatArray,
        truth: FloatArray,
        expected: ExpectedError,
    ) -> Measured:
        """Compare estimates of shape (repeats, K) with the true gradient."""
        errors = ((estimate - truth) ** 2).sum(axis=1) / (truth**2).sum()
        lengths = np.linalg.norm(estimate, axis=1) * np.linalg.norm(truth)
        angles = np.arccos(np.clip(estimate @ truth / lengths, -1.0, 1.0))
        by_scatter = float(errors.std(ddof=1)) / math.sqrt(len(errors))
        by_theory = expected.spread(truth, len(errors))
        return cls(
            sweep=sweep,
            label=method.label,
            of_loss=method.of_loss,
            electrodes=electrodes,
            time=time,
            amplitude=amplitude,
            error=float(errors.mean()),
            deviation=max(by_scatter, by_theory),
            expected=expected.relative(truth),
            floor=expected.floor(truth),
            angle=float(angles.mean()),
            expected_angle=expected.angle(truth),
        )

    @classmethod
    def missing(
        cls, sweep: Sweep, method: Method, electrodes: int, time: float, amplitude: float
    ) -> Measured:
        """Return a point for which there is not enough time."""
        nothing = [math.nan] * 6
        return cls(sweep, method.label, method.of_loss, electrodes, time, amplitude, *nothing)

    @property
    def possible(self) -> bool:
        """Whether there was time for it."""
        return math.isfinite(self.error)

    @property
    def agrees(self) -> bool:
        """Whether measured and expected error agree within their statistics, or 15 %."""
        allowed = max(_SHARE * self.expected, _SIGMAS * self.deviation)
        return not self.possible or abs(self.error - self.expected) <= allowed


@dataclass(frozen=True)
class EstimatorsResult:
    """All points of the comparison."""

    points: tuple[Measured, ...]
    device: str
    seed: int
    quick: bool
    interrupted: bool

    @property
    def success(self) -> bool:
        """HGE with all tones beats finite differences and SPSA at K = 64, and theory holds."""
        return self.hge_is_best and not self.off_theory and not self.interrupted

    @property
    def hge_is_best(self) -> bool:
        """Whether HGE is below finite differences and SPSA at K = 64, equal peak and time."""
        ours, *others = self._contest()
        return ours is not None and all(p is not None and ours.error < p.error for p in others)

    def _contest(self) -> list[Measured | None]:
        """Return HGE with all tones and its rivals at K = 64; None for what was not measured."""
        rivals = [method.label for method in METHODS if method.label.startswith(_RIVALS)]
        return [self._at("electrodes", label) for label in (METHODS[0].label, *rivals)]

    @property
    def off_theory(self) -> tuple[Measured, ...]:
        """Points that theory does not explain."""
        return tuple(point for point in self.points if not point.agrees)

    def of(self, sweep: Sweep) -> list[Measured]:
        """Return the points of one comparison that were possible."""
        return [point for point in self.points if point.sweep == sweep and point.possible]

    def text(self) -> str:
        """Return tables over time and at K = 64, and what they come to."""
        parts = [
            f"relative squared error of the gradient, and angle to backpropagation; {self.device}",
            *self._over_time(),
            "",
            "K = 64, the same time for all: relative squared error, measured (theory)",
            *self._at_64(),
            "",
            f"{sum(p.possible for p in self.points)} points, {len(self.off_theory)} off theory by "
            f"more than {_SHARE:.0%} and {_SIGMAS:g} standard deviations",
            *(f"  {_place(p)}: {p.error:.3g} ({p.expected:.3g})" for p in self.off_theory),
            self._verdict(),
        ]
        return "\n".join(parts)

    def _verdict(self) -> str:
        if None in self._contest():
            return "HGE with all tones, finite differences and SPSA were not all measured at K = 64"
        if self.hge_is_best:
            return (
                "HGE with all tones is below finite differences and SPSA at K = 64, equal peak and "
                "time"
            )
        return "HGE with all tones is not below finite differences and SPSA at K = 64"

    def _over_time(self) -> list[str]:
        points = self.of("time")
        times = sorted({point.time for point in points})
        lines = [_row("", [f"{time:g} s" for time in times])]
        for method in METHODS:
            found = {p.time: p for p in points if p.label == method.label}
            cells = [
                f"{found[t].error:.2g} {math.degrees(found[t].angle):.2g}\N{DEGREE SIGN}"
                if t in found
                else "-"
                for t in times
            ]
            lines.append(_row(method.label, cells))
        return [*lines, _row("backpropagation", ["0"] * len(times))]

    def _at_64(self) -> list[str]:
        sweeps: tuple[Sweep, ...] = ("electrodes", "white", "power")
        lines = [_row("", ["equal peak", "white noise only", "equal power", "floor"], 20)]
        for method in METHODS:
            cells = []
            for sweep in sweeps:
                found = self._at(sweep, method.label)
                cells.append(f"{found.error:.2g} ({found.expected:.2g})" if found else "-")
            peak = self._at("electrodes", method.label)
            cells.append(f"{peak.floor:.1g}" if peak else "-")
            lines.append(_row(method.label, cells, 20))
        return lines

    def _at(self, sweep: Sweep, label: str) -> Measured | None:
        """Return the point of an estimator at K = 64, if there is one."""
        found = [p for p in self.of(sweep) if p.label == label and p.electrodes == 64]
        return found[0] if found else None

    def numbers(self) -> dict[str, Any]:
        """Return settings and all points."""
        return {
            "study": "estimators",
            "device": self.device,
            "seed": self.seed,
            "quick": self.quick,
            "success": self.success,
            "interrupted": self.interrupted,
            "off_theory": len(self.off_theory),
            "points": [
                {
                    "comparison": p.sweep,
                    "estimator": p.label,
                    "of_loss": p.of_loss,
                    "electrodes": p.electrodes,
                    "time_s": p.time,
                    "amplitude_V": p.amplitude,
                    "relative_error": p.error,
                    "relative_error_deviation": p.deviation,
                    "relative_error_expected": p.expected,
                    "relative_error_floor": p.floor,
                    "angle_rad": p.angle,
                    "angle_expected_rad": p.expected_angle,
                }
                for p in self.points
                if p.possible
            ],
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns of all points."""
        columns = {
            "electrodes": "electrodes",
            "time_s": "time",
            "amplitude_V": "amplitude",
            "relative_error": "error",
            "relative_error_deviation": "deviation",
            "relative_error_expected": "expected",
            "angle_rad": "angle",
        }
        made = {
            name: np.array([getattr(p, field) for p in self.points])
            for name, field in columns.items()
        }
        texts = {"estimator": "label", "comparison": "sweep"}
        made |= {
            name: np.array([getattr(p, field) for p in self.points])
            for name, field in texts.items()
        }
        return made

    def draw(self, figure: Any) -> None:
        """Draw error against time and against K, and the angle, with lines of theory."""
        draw(self, figure)


def _row(label: str, cells: list[str], width: int = 15) -> str:
    return f"  {label:<40}" + "".join(f"{cell:>{width}}" for cell in cells)


def _place(point: Measured) -> str:
    return f"{point.sweep}, {point.label}, K = {point.electrodes}, {point.time:g} s"
