"""What an analog circuit learnt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.graphs import GateSetup, Tolerances
from hgedsp.train.circuits import Learnt
from hgedsp.train.common import WORKING_MARGIN_NA, case_lines


@dataclass(frozen=True)
class InMateriaResult:
    """A gate trained by analog parts, or the failure to train one.

    Attributes
    ----------
    tolerances : Tolerances
        Standard deviations of the parts' errors.
    swing_nA : float
        Wanted step of the current.
    starts : tuple of Learnt
        One run each; the last is the one that works, if any does.
    """

    setup: GateSetup
    device: str
    seed: int
    tolerances: Tolerances
    swing_nA: float
    starts: tuple[Learnt, ...]
    seconds: float
    interrupted: bool = False

    @property
    def best(self) -> Learnt | None:
        """The start with the widest margin, without noise and perturbation."""
        return max(self.starts, key=lambda run: float(run.final_margin_nA[0]), default=None)

    @property
    def margin_nA(self) -> float:
        """Its margin."""
        return float("-inf") if self.best is None else float(self.best.final_margin_nA[0])

    @property
    def success(self) -> bool:
        """Whether the margin is above 1 nA."""
        return self.best is not None and bool(self.best.works[0])

    def text(self) -> str:
        """Return the outcome, the four cases and what the parts are, for people."""
        outcome = "works" if self.success else "does not work"
        learnt = sum(run.loss_V.shape[1] for run in self.starts)
        time = learnt * self.setup.epoch / self.setup.sample_rate
        lines = [
            f"{self.setup.gate.upper()} in materia {outcome}: margin {self.margin_nA:.2f} nA, "
            f"{time:.1f} s of learning, {len(self.starts)} start(s), {self.seconds:.1f} s"
        ]
        if self.best is not None:
            lines += case_lines(self.best.final_nA[0], self.setup.target)
        return "\n".join([*lines, f"  parts: {describe(self.tolerances)}"])

    def numbers(self) -> dict[str, Any]:
        """Return result and settings in a form that JSON can take."""
        best = self.best
        return {
            "task": "in-materia",
            "gate": self.setup.gate,
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "margin_nA": None if best is None else self.margin_nA,
            "starts": len(self.starts),
            "output_nA": [] if best is None else [float(i) for i in best.final_nA[0]],
            "parameters_V": [] if best is None else [float(v) for v in best.controls_V[0, -1]],
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "settings": {
                "tolerances": asdict(self.tolerances),
                "swing_nA": self.swing_nA,
                "sample_rate_Hz": self.setup.sample_rate,
                "plateau_samples": self.setup.plateau,
                "amplitude_share": self.setup.amplitude,
                "noise_A2_per_Hz": self.setup.noise,
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that was measured, one row per cycle of the four cases."""
        if not self.starts:
            return {}
        lengths = [run.loss_V.shape[1] for run in self.starts]
        return {
            "start": np.repeat(np.arange(len(lengths)), lengths),
            "loss_V": self._column("loss_V"),
            "margin_nA": self._column("margin_nA"),
            "controls_V": self._column("controls_V"),
        }

    def draw(self, figure: Any) -> None:
        """Draw loss, margin and control voltages over time."""
        loss, margin, controls = figure.subplots(3, 1, sharex=True)
        outcome = "works" if self.success else "does not work"
        loss.set_title(
            f"{self.setup.gate.upper()} in materia {outcome}: margin {self.margin_nA:.2f} nA, "
            f"{len(self.starts)} start(s) (device {self.device}, seed {self.seed})\n"
            f"parts: {describe(self.tolerances)}",
            fontsize=11,
        )
        if not self.starts:
            return
        cycles = np.arange(1, len(self._column("loss_V")) + 1)
        times = cycles * self.setup.epoch / self.setup.sample_rate
        loss.semilogy(times, self._column("loss_V"), color="tab:purple", lw=1)
        loss.set_ylabel("loss behind the squarer (V)")
        margin.plot(times, self._column("margin_nA"), color="tab:green", lw=1)
        margin.axhline(WORKING_MARGIN_NA, color="tab:green", ls=":", lw=1)
        margin.set_ylabel("measured margin (nA)")
        lines = controls.plot(times, self._column("controls_V"), lw=1)
        names = [f"electrode {e}" for e in self.setup.controls]
        controls.legend(lines, names, loc="center left", bbox_to_anchor=(1, 0.5))
        controls.set(xlabel="time (s)", ylabel="controls (V)")
        per_start = self.starts[0].loss_V.shape[1]
        for axes in (loss, margin, controls):
            for edge in range(per_start, len(cycles), per_start):
                axes.axvline(times[edge - 1], color="0.8", lw=0.8, zorder=0)

    def _column(self, name: str) -> FloatArray:
        joined: FloatArray = np.concatenate([getattr(run, name)[0] for run in self.starts])
        return joined


def describe(tolerances: Tolerances) -> str:
    """Return tolerances in words."""
    return (
        f"offsets {100 * tolerances.offset:g} % of 10 V, gains {100 * tolerances.gain:g} %, "
        f"phases {tolerances.phase:g} rad, R C {100 * tolerances.time_constant:g} %, "
        f"integrator leak {tolerances.leak:g}/s"
    )
