"""Newton steps from second derivatives that cost no time, against Adam and gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.blocks import Adam, FullNewton, GradientDescent, Newton
from hgedsp.checks import FloatArray
from hgedsp.devices import DEFAULT, load_device
from hgedsp.graphs import loss_descent
from hgedsp.results import finite_or_none
from hgedsp.studies.newton_problems import Problem, teacher, valley

METHODS = ("gradient descent", "Adam", "Newton, diagonal", "Newton, full")
_COLOURS = ("tab:gray", "tab:orange", "tab:blue", "tab:green")


@dataclass(frozen=True)
class Descent:
    """What one method did on one problem, with its best setting of those tried.

    Attributes
    ----------
    method, setting : str
    loss : array of shape (S, E)
        Loss without noise and perturbation before each of E epochs, for S starts.
    steps : array of shape (S,)
        Epochs until the goal was reached; infinite where it was not.
    """

    method: str
    setting: str
    loss: FloatArray
    steps: FloatArray

    @property
    def reached(self) -> float:
        """Share of the starts that reached the goal."""
        return float(np.mean(np.isfinite(self.steps)))

    @property
    def median(self) -> float:
        """Median number of epochs to the goal; infinite if fewer than half got there."""
        return float(np.median(self.steps))


@dataclass
class NewtonResult:
    """All methods on all problems; see `hgedsp.results.Result`."""

    seed: int
    device: str
    problems: list[Problem]
    descents: dict[str, list[Descent]] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether full Newton needed fewer steps than Adam in the quiet valley."""
        found = {d.method: d for d in self.descents.get("valley", [])}
        if self.interrupted or "Newton, full" not in found or "Adam" not in found:
            return False
        return found["Newton, full"].median < found["Adam"].median

    def text(self) -> str:
        """Return one table per problem."""
        lines = ["steps and measurement time until the goal is reached, best of six settings each"]
        for problem in self.problems:
            if problem.name in self.descents:
                lines += ["", *self._table(problem)]
        if not self.descents:
            lines.append("no method was tried with all its settings")
        return "\n".join(lines)

    def numbers(self) -> dict[str, Any]:
        """Return settings and what was found, for JSON."""
        return {
            "study": "newton",
            "seed": self.seed,
            "device": self.device,
            "success": self.success,
            "interrupted": self.interrupted,
            "problems": {
                problem.name: {
                    "goal": problem.goal,
                    "starts": len(problem.starts),
                    "epoch_s": problem.cases * problem.seconds,
                    "curvature": problem.curvature(),
                    "curvature_error": problem.curvature_error(),
                    "methods": {
                        d.method: {
                            "setting": d.setting,
                            "reached": d.reached,
                            "median_steps": finite_or_none(d.median),
                            "median_s": finite_or_none(d.median * problem.cases * problem.seconds),
                        }
                        for d in self.descents.get(problem.name, [])
                    },
                }
                for problem in self.problems
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all losses and steps."""
        found: dict[str, npt.NDArray[Any]] = {}
        for name, descents in self.descents.items():
            for d in descents:
                key = f"{name}_{d.method}".replace(", ", "_").replace(" ", "_")
                found[f"{key}_loss"] = d.loss
                found[f"{key}_steps"] = d.steps
        return found

    def draw(self, figure: Any) -> None:
        """Draw the loss against measurement time, median and quartiles over the starts."""
        axes = figure.subplots(1, len(self.problems), squeeze=False)[0]
        for axis, problem in zip(axes, self.problems, strict=True):
            epoch = problem.cases * problem.seconds
            for colour, d in zip(_COLOURS, self.descents.get(problem.name, []), strict=False):
                time = epoch * np.arange(d.loss.shape[1])
                low, middle, high = np.percentile(d.loss, [25, 50, 75], axis=0)
                axis.semilogy(time, middle, color=colour, label=d.method)
                axis.fill_between(time, low, high, color=colour, alpha=0.2, linewidth=0)
            axis.axhline(problem.goal, color="black", linestyle=":", linewidth=1)
            axis.annotate("goal", (0.98, problem.goal), xycoords=("axes fraction", "data"),
                          ha="right", va="bottom")  # fmt: skip
            axis.set(title=problem.name, xlabel="measurement time (s)")
        axes[0].set_ylabel("loss (device: nA$^2$); median and quartiles over starts")
        if self.descents:
            axes[0].legend()

    def _table(self, problem: Problem) -> list[str]:
        epoch = problem.cases * problem.seconds
        lines = [
            f"{problem.name}: {len(problem.starts)} starts, goal {problem.goal:.3g}, "
            f"{problem.cases} window(s) of {problem.seconds * 1e3:g} ms per step",
            f"  second derivatives +- {problem.curvature_error():.3g} per step, "
            f"largest curvature {problem.curvature():.3g}",
            f"  {'method':<18}{'reached':>8}{'steps':>8}{'quartiles':>14}{'time':>10}  setting",
        ]
        for d in self.descents[problem.name]:
            low, high = np.percentile(d.steps, [25, 75], method="nearest")
            lines.append(
                f"  {d.method:<18}{d.reached:>8.0%}{_steps(d.median):>8}"
                f"{_steps(low) + ' - ' + _steps(high):>14}{_seconds(d.median * epoch):>10}"
                f"  {d.setting}"
            )
        return lines


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> NewtonResult:
    """Let four methods descend three losses, each with six settings.

    Every step is one epoch of the same length for all: Newton's second derivatives come from bins
    of the same windows. Of the settings, those are kept that reach the goal from most starts, and
    of these the fastest; all methods see the same noise.

    Parameters
    ----------
    device, seed, quick, progress
        See `hgedsp.studies.study.Run`.
    """
    starts, epochs = (4, 40) if quick else (12, 100)
    problems = _problems(device or DEFAULT, starts, seed)
    result = NewtonResult(seed, device or DEFAULT, problems)
    total = sum(len(s) for p in problems for _, s in _methods(p).values()) * starts
    with tqdm(total=total, unit="descent", disable=not progress, desc="newton") as bar:
        try:
            for problem in problems:
                for method, (make, settings) in _methods(problem).items():
                    tried = [_descend(problem, method, make, s, epochs, bar) for s in settings]
                    best = min(tried, key=lambda d: (-d.reached, d.median, d.loss[:, -1].sum()))
                    result.descents.setdefault(problem.name, []).append(best)
        except KeyboardInterrupt:
            result.interrupted = True
    return result


def _problems(device: str, starts: int, seed: int) -> list[Problem]:
    return [
        valley("valley", 1e-5, starts, seed),
        valley("noisy valley", 3e-2, starts, seed),
        teacher(load_device(device), starts, seed),
    ]


Settings = list[dict[str, float]]


def _methods(problem: Problem) -> dict[str, tuple[Callable[..., Block], Settings]]:
    """Return per method how to make its updater, and six settings to try."""
    scale, half, start = problem.curvature(), problem.half_range, problem.starts[0]
    within: dict[str, Any] = {"lower": problem.lower, "upper": problem.upper, "name": "updater"}

    def gradient_descent(rate: float) -> Block:
        return GradientDescent(rate / scale, start, **within)

    def adam(rate: float) -> Block:
        return Adam(rate * half, start, beta2=0.99, **within)

    def newton(rate: float, damping: float, memory: float) -> Block:
        return Newton(rate, start, damping * scale, 0.5 * half, memory, **within)

    def full_newton(rate: float, damping: float, memory: float) -> Block:
        longest = 0.5 * float(half.min())
        return FullNewton(rate, start, damping * scale, longest, memory, **within)

    rates = [{"rate": r} for r in (0.03, 0.1, 0.3, 1.0, 1.4, 1.8)]
    adams = [{"rate": r} for r in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)]
    damped = [
        {"rate": r, "damping": d, "memory": m}
        for r, d, m in (
            (1.0, 0.005, 0.0),
            (1.0, 0.05, 0.0),
            (1.0, 0.05, 0.7),
            (0.3, 0.05, 0.7),
            (0.3, 0.5, 0.0),
            (1.0, 0.5, 0.7),
        )
    ]
    return {
        METHODS[0]: (gradient_descent, rates),
        METHODS[1]: (adam, adams),
        METHODS[2]: (newton, damped),
        METHODS[3]: (full_newton, damped),
    }


def _descend(
    problem: Problem,
    method: str,
    make: Callable[..., Block],
    setting: dict[str, float],
    epochs: int,
    bar: Any,
) -> Descent:
    """Descend from every start with one setting."""
    graph = loss_descent(
        problem.wire,
        problem.tones(),
        make(**setting),
        sample_rate=problem.sample_rate,
        window=problem.window,
        cases=problem.cases,
    )
    kernel = graph.compile()
    losses = []
    for number, start in enumerate(problem.starts):
        kernel.parameters["noise.seed"] = number
        kernel.reset()
        kernel.states["updater.parameters"] = start
        moved = kernel.process((epochs + 1) * problem.cases * problem.window)["parameters"]
        losses.append(problem.exact(moved))
        bar.update()
    loss = np.array(losses)
    below = loss <= problem.goal
    steps = np.where(below.any(axis=1), below.argmax(axis=1), np.inf)
    return Descent(method, ", ".join(f"{k} {v:g}" for k, v in setting.items()), loss, steps)


def _steps(count: float) -> str:
    return f"{count:.0f}" if np.isfinite(count) else "never"


def _seconds(time: float) -> str:
    return f"{time:.2f} s" if np.isfinite(time) else "never"
