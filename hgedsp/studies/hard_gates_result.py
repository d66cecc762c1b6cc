"""What the study of hard gates found: success per start, and what a success costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.studies.proportion import wilson_interval
from hgedsp.table import format_table

# Share of single starts that should work, by the best way.
_AIM = 0.5


@dataclass(frozen=True)
class Row:
    """One gate, one way: an entry per start.

    Attributes
    ----------
    inputs : tuple of int
        Input electrodes.
    works : array of bool
        Whether the margin without perturbation and noise came above 1 nA.
    epochs : array of int
        Until it worked or was given up.
    measured_s : float
        Measurement time of all starts, and of choosing electrodes, s.
    """

    gate: str
    way: str
    inputs: tuple[int, ...]
    works: npt.NDArray[np.bool_]
    margin_nA: FloatArray
    epochs: npt.NDArray[np.int64]
    measured_s: float

    @property
    def rate(self) -> float:
        """Share of the starts that work."""
        return float(self.works.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the rate."""
        return wilson_interval(int(self.works.sum()), self.works.size)

    @property
    def seconds_per_success(self) -> float:
        """Measurement time per start that works, s; infinite if none does."""
        count = int(self.works.sum())
        return self.measured_s / count if count else np.inf


@dataclass(frozen=True)
class HardGatesResult:
    """Success of single starts, by gate and way.

    Attributes
    ----------
    device : str
        Its name.
    seed : int
        Of starts and noise.
    rows : tuple of Row
        One per gate and way.
    interrupted : bool
        Whether some starts are missing.
    """

    device: str
    seed: int
    rows: tuple[Row, ...]
    interrupted: bool = False

    @property
    def gates(self) -> list[str]:
        """The gates that were tried."""
        return list(dict.fromkeys(row.gate for row in self.rows))

    @property
    def success(self) -> bool:
        """Whether the best way makes half of the single starts work, for every gate."""
        return not self.interrupted and all(self._best(gate).rate >= _AIM for gate in self.gates)

    def _best(self, gate: str) -> Row:
        return max((row for row in self.rows if row.gate == gate), key=lambda row: row.rate)

    def text(self) -> str:
        """Return the table, for people."""
        head = ("gate", "way", "inputs", "starts", "works", "95 %", "epochs", "s per success")
        rows = [
            (
                row.gate,
                row.way,
                ",".join(map(str, row.inputs)),
                str(row.works.size),
                f"{100 * row.rate:.0f} %",
                "{:.0f} to {:.0f} %".format(*(100 * end for end in row.interval)),
                f"{np.median(row.epochs[row.works]):g}" if row.works.any() else "-",
                f"{row.seconds_per_success:.1f}" if row.works.any() else "-",
            )
            for row in self.rows
        ]
        best = [self._best(gate) for gate in self.gates]
        return "\n".join(
            [
                f"success of single starts on {self.device}, no restarts: margin above 1 nA "
                "without perturbation and noise",
                f"(epochs: median until it works; s: measurement time of all starts; seed "
                f"{self.seed})",
                "",
                format_table(head, rows),
                "",
                *(f"{row.gate.upper()}: {100 * row.rate:.0f} % with {row.way}" for row in best),
            ]
        )

    def numbers(self) -> dict[str, Any]:
        """Return rates, costs and settings in a form that JSON can take."""
        return {
            "study": "hard_gates",
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "interrupted": self.interrupted,
            "rows": [
                {
                    "gate": row.gate,
                    "way": row.way,
                    "inputs": [int(e) for e in row.inputs],
                    "starts": int(row.works.size),
                    "works": int(row.works.sum()),
                    "rate": row.rate,
                    "rate_95": list(row.interval),
                    "epochs_median": float(np.median(row.epochs[row.works]))
                    if row.works.any()
                    else None,
                    "measured_s": row.measured_s,
                }
                for row in self.rows
            ],
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was measured, arrays of shape (rows, starts)."""
        return {
            "gate": np.array([row.gate for row in self.rows]),
            "way": np.array([row.way for row in self.rows]),
            "works": np.array([row.works for row in self.rows]),
            "margin_nA": np.array([row.margin_nA for row in self.rows]),
            "epochs": np.array([row.epochs for row in self.rows]),
            "measured_s": np.array([row.measured_s for row in self.rows]),
        }

    def draw(self, figure: Any) -> None:
        """Draw the success rate with its interval, and the measurement time per success."""
        if not self.rows:
            return
        grid = figure.subplots(len(self.gates), 2, sharex="col", squeeze=False)
        for (rates, costs), gate in zip(grid, self.gates, strict=True):
            rows = [row for row in self.rows if row.gate == gate][::-1]
            places, ends = np.arange(len(rows)), np.array([row.interval for row in rows])
            rate = np.array([row.rate for row in rows])
            rates.barh(places, 100 * rate, color="tab:blue", alpha=0.6)
            spread = 100 * np.abs(ends.T - rate)
            rates.errorbar(100 * rate, places, xerr=spread, fmt="none", ecolor="k", capsize=3)
            rates.axvline(100 * _AIM, color="k", ls="--", lw=1)
            rates.set_yticks(places, [row.way for row in rows])
            rates.set(title=f"{gate.upper()}: starts that work", xlim=(0, 105))
            costs.plot([row.seconds_per_success for row in rows], places, "o", color="tab:orange")
            costs.set_yticks(places, [])
            for place in places[rate == 0]:
                rates.annotate(
                    "none", (20, place), va="center", color="tab:red", annotation_clip=True
                )
            costs.set(title="measurement time per success", xscale="log", ylim=rates.get_ylim())
            costs.grid(axis="x", alpha=0.3)
        grid[-1, 0].set_xlabel("success per start (%), 95 % interval")
        grid[-1, 1].set_xlabel("s")
        figure.suptitle(f"Hard gates on {self.device}, single starts")
