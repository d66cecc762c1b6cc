"""Six Boolean gates, ten seeds, two ways of learning: how many work, and how soon."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from hgedsp.checks import FloatArray
from hgedsp.devices import choose_device
from hgedsp.studies.study import Study
from hgedsp.table import format_table
from hgedsp.train.gate import MODES, train_gate
from hgedsp.train.result import GateResult

# The two-input gates that take both inputs.
SIX = ("and", "or", "nand", "nor", "xor", "xnor")

# Share of the seeds that have to work.
_ENOUGH = 0.8


def enough(seeds: int) -> int:
    """Return how many of the seeds have to work."""
    return math.ceil(_ENOUGH * seeds)


@dataclass(frozen=True)
class Cell:
    """One gate in one mode: an entry per seed."""

    gate: str
    mode: str
    works: npt.NDArray[np.bool_]
    margin_nA: FloatArray
    epochs: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    measured_s: FloatArray

    @property
    def reached(self) -> bool:
        """Whether enough of the seeds work."""
        return bool(self.works.sum() >= enough(self.works.size))


@dataclass(frozen=True)
class GatesResult:
    """Outcomes of all trainings.

    Attributes
    ----------
    device : str
        Its name.
    seeds : tuple of int
        Of starts and noise, for each gate and mode.
    cells : tuple of Cell
        One per gate and mode that was trained with all seeds.
    interrupted : bool
        Whether some trainings are missing.
    """

    device: str
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether every gate works for enough of the seeds, in both modes."""
        return not self.interrupted and all(cell.reached for cell in self.cells)

    def text(self) -> str:
        """Return the table, for people."""
        head = ("gate", "mode", "works", "starts", "epochs", "measured s", "margin nA")
        rows = [
            (
                cell.gate,
                cell.mode,
                f"{cell.works.sum()} of {len(self.seeds)}",
                f"{np.mean(cell.starts):.1f}",
                f"{np.median(cell.epochs):g}",
                f"{np.median(cell.measured_s):.2f}",
                f"{np.median(cell.margin_nA):.1f}",
            )
            for cell in self.cells
        ]
        return (
            f"six gates on {self.device}, seeds {self.seeds[0]} to {self.seeds[-1]}, with restarts "
            "(starts: mean; others: median)\n\n"
            + format_table(head, rows)
            + f"\n\n{self._verdict()}"
        )

    def _verdict(self) -> str:
        if self.interrupted:
            reached = sum(cell.reached for cell in self.cells)
            gates = f"so far {reached} of {len(self.cells)} gates, counted in each mode, work"
            return f"{gates} for at least {self._asked_for} seeds"
        gates = "every gate" if self.success else "NOT every gate"
        return f"{gates} works for at least {self._asked_for} seeds, in both modes"

    @property
    def _asked_for(self) -> str:
        count = len(self.seeds)
        return f"{enough(count)} of {count}"

    def numbers(self) -> dict[str, Any]:
        """Return outcomes and settings in a form that JSON can take."""
        return {
            "study": "gates",
            "device": self.device,
            "seeds": list(self.seeds),
            "success": self.success,
            "interrupted": self.interrupted,
            "gates": [
                {
                    "gate": cell.gate,
                    "mode": cell.mode,
                    "works": int(cell.works.sum()),
                    "epochs_median": float(np.median(cell.epochs)),
                    "starts_mean": float(np.mean(cell.starts)),
                    "measured_median_s": float(np.median(cell.measured_s)),
                    "margin_median_nA": float(np.median(cell.margin_nA)),
                }
                for cell in self.cells
            ],
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was measured, arrays of shape (gates and modes, seeds)."""
        return {
            "gate": np.array([cell.gate for cell in self.cells]),
            "mode": np.array([cell.mode for cell in self.cells]),
            "works": np.array([cell.works for cell in self.cells]),
            "margin_nA": np.array([cell.margin_nA for cell in self.cells]),
            "epochs": np.array([cell.epochs for cell in self.cells]),
            "starts": np.array([cell.starts for cell in self.cells]),
            "measured_s": np.array([cell.measured_s for cell in self.cells]),
        }

    def draw(self, figure: Any) -> None:
        """Draw how many seeds work, and the measurement time of each."""
        if not self.cells:
            return
        counts, times = figure.subplots(2, 1, sharex=True)
        for side, (mode, colour) in enumerate(zip(MODES, ("tab:blue", "tab:orange"), strict=True)):
            cells = [cell for cell in self.cells if cell.mode == mode]
            if not cells:
                continue
            x = np.arange(len(cells)) + 0.4 * (side - 0.5)
            bars = counts.bar(
                x, [cell.works.sum() for cell in cells], 0.38, color=colour, label=mode
            )
            counts.bar_label(bars)
            for at, cell in zip(x, cells, strict=True):
                spread = at + np.linspace(-0.13, 0.13, len(self.seeds))
                times.plot(spread[cell.works], cell.measured_s[cell.works], "o", color=colour, ms=4)
                lost = ~cell.works
                times.plot(spread[lost], cell.measured_s[lost], "x", color="tab:red", ms=6)
        needed = enough(len(self.seeds))
        counts.axhline(needed, color="k", ls="--", lw=1, label=f"{self._asked_for} asked for")
        counts.set(ylabel=f"working, of {len(self.seeds)} seeds", ylim=(0, 1.3 * len(self.seeds)))
        counts.legend(loc="upper right", ncols=3)
        names = list(dict.fromkeys(cell.gate.upper() for cell in self.cells))
        times.set_xticks(np.arange(len(names)), names)
        times.set(yscale="log", ylabel="measurement time until it works (s)")
        times.plot([], [], "x", color="tab:red", label="does not work")
        times.legend(loc="upper left")
        times.grid(axis="y", alpha=0.3)
        figure.suptitle(f"Six gates on {self.device}, with restarts")


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> GatesResult:
    """Train six gates on a device, ten seeds each (three if quick), in both modes."""
    model, name = choose_device(device)
    seeds = range(seed, seed + (3 if quick else 10))
    todo = [(gate, mode) for mode in MODES for gate in SIX]
    cells: list[Cell] = []
    interrupted = False
    with tqdm(total=len(todo) * len(seeds), unit="training", disable=not progress) as bar:
        try:
            for gate, mode in todo:
                bar.set_description(f"{gate} ({mode})")
                results = []
                for each in seeds:
                    results.append(train_gate(gate, model, seed=each, mode=mode, progress=False))
                    if results[-1].interrupted:
                        raise KeyboardInterrupt
                    bar.update()
                cells.append(_cell(gate, mode, results))
        except KeyboardInterrupt:  # between trainings as well
            interrupted = True
    return GatesResult(name, tuple(seeds), tuple(cells), interrupted)


def _cell(gate: str, mode: str, results: Iterable[GateResult]) -> Cell:
    found = list(results)
    return Cell(
        gate,
        mode,
        np.array([result.success for result in found]),
        np.array([result.margin_nA for result in found]),
        np.array([result.epochs for result in found]),
        np.array([result.starts for result in found]),
        np.array([result.samples / result.setup.sample_rate for result in found]),
    )


STUDY = Study("six Boolean gates, ten seeds, per epoch and continuously: how many work", run)
