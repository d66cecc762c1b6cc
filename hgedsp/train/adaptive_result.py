"""What became of a sensor that drifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.checks import FloatArray
from hgedsp.graphs import GateSetup
from hgedsp.results import finite_or_none
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.result import GateResult

_ALLOWED = 1.2  # mean loss under drift over that without it
_AT_WORK = 0.95  # share of the cycles in which a sensor must work
_COLOURS = {"still": "0.55", "adapting": "tab:green", "left alone": "tab:red"}
_WORDS = {"still": "no drift", "adapting": "drift, adapting", "left alone": "drift, left alone"}


@dataclass(frozen=True)
class Watch:
    """A sensor at work: one row per cycle of the four cases."""

    loss_nA2: FloatArray
    margin_nA: FloatArray
    controls_V: FloatArray
    trims_V: FloatArray

    @property
    def share_working(self) -> float:
        """Share of the cycles in which the measured margin was above 1 nA."""
        return float(np.mean(self.margin_nA > WORKING_MARGIN_NA))


@dataclass(frozen=True)
class AdaptiveResult:
    """A sensor without drift, with it, and with it but its parameters left alone.

    Attributes
    ----------
    trained : GateResult
        The gate that it begins with; its margin is the step of the current that it keeps.
    setup : GateSetup
        Of the sensor.
    walk, jump : float
        Drift, in halves of the range of each electrode.
    drift_V : array of shape (cycles, E)
        Offset of each electrode.
    watches : dict of str to Watch
        "still", "adapting" and "left alone", as far as it got; none of a gate that does not work.
    """

    trained: GateResult
    setup: GateSetup
    walk: float
    jump: float
    drift_V: FloatArray
    watches: dict[str, Watch]
    seconds: float
    interrupted: bool = False

    def ratio(self, name: str) -> float:
        """Return mean loss over mean loss without drift; NaN where one is missing."""
        if not {"still", name} <= set(self.watches):
            return float("nan")
        still, drifting = (self.watches[key].loss_nA2.mean() for key in ("still", name))
        return float(drifting / still)

    @property
    def _complete(self) -> bool:
        return len(self.watches) == len(_WORDS)

    @property
    def success(self) -> bool:
        """Whether it goes on working, and drift costs it at most a fifth of its loss."""
        return (
            self._complete
            and self.watches["adapting"].share_working >= _AT_WORK
            and self.ratio("adapting") <= _ALLOWED
        )

    def _compared(self) -> str:
        if not self._complete:
            if self.interrupted:
                return "stopped before losses could be compared"
            return f"no working gate to begin with, margin {self.trained.margin_nA:.2f} nA"
        return (
            f"mean loss under drift {self.ratio('adapting'):.2f} x that without ({_ALLOWED:g} "
            f"allowed), left alone {self.ratio('left alone'):.1f} x"
        )

    def text(self) -> str:
        """Return mean losses and their ratios, for people."""
        trained = self.trained
        head = f"adaptive {self.setup.gate.upper()}: {self._compared()}"
        rows = [
            f"  {_WORDS[name]:<18} loss {watch.loss_nA2.mean():8.3f} nA^2, "
            f"works {100 * watch.share_working:5.1f} % of the time"
            for name, watch in self.watches.items()
        ]
        tail = [
            f"  drift: random walk {100 * self.walk:g} %, jump {100 * self.jump:g} % of half the "
            f"range of every electrode in {self._times()[-1]:.0f} s",
            f"  gate: trained to {trained.margin_nA:.2f} nA in {trained.epochs} epochs, "
            f"{trained.starts} start(s); {self.seconds:.1f} s",
        ]
        return "\n".join([head, *rows, *tail])

    def numbers(self) -> dict[str, Any]:
        """Return result and settings in a form that JSON can take."""
        losses = {
            f"mean_loss_{name.replace(' ', '_')}_nA2": float(watch.loss_nA2.mean())
            for name, watch in self.watches.items()
        }
        shares = {
            f"share_working_{name.replace(' ', '_')}": watch.share_working
            for name, watch in self.watches.items()
        }
        return {
            "task": "adaptive",
            "gate": self.setup.gate,
            "device": self.trained.device,
            "seed": self.setup.seed,
            "success": self.success,
            **losses,
            "loss_ratio_adapting": self.ratio("adapting") if self._complete else None,
            "loss_ratio_left_alone": self.ratio("left alone") if self._complete else None,
            **shares,
            "margin_nA": finite_or_none(self.trained.margin_nA),
            "epochs": self.trained.epochs,
            "starts": self.trained.starts,
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "settings": {
                "walk_share": self.walk,
                "jump_share": self.jump,
                "cycles": len(self.drift_V),
                "swing_nA": finite_or_none(self.trained.margin_nA),
                "sample_rate_Hz": self.setup.sample_rate,
                "noise_A2_per_Hz": self.setup.noise,
                "amplitude_share": self.setup.amplitude,
            },
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that was measured: one row per cycle, and the training of the gate."""
        found: dict[str, npt.NDArray[Any]] = {"time_s": self._times(), "drift_V": self.drift_V}
        found |= {f"gate_{name}": values for name, values in self.trained.arrays().items()}
        for name, watch in self.watches.items():
            stem = name.replace(" ", "_")
            found[f"{stem}_loss_nA2"] = watch.loss_nA2
            found[f"{stem}_margin_nA"] = watch.margin_nA
            found[f"{stem}_controls_V"] = watch.controls_V
            found[f"{stem}_trims_V"] = watch.trims_V
        return found

    def draw(self, figure: Any) -> None:
        """Draw loss, controls and drift over time."""
        loss, controls, drift = figure.subplots(3, 1, sharex=True, height_ratios=(2, 1, 1))
        times = self._times()
        for name, watch in self.watches.items():
            smooth, ends = _binned(watch.loss_nA2), _binned(times)
            loss.semilogy(times, watch.loss_nA2, color=_COLOURS[name], lw=0.3, alpha=0.4)
            label = f"{_WORDS[name]}: mean {watch.loss_nA2.mean():.2f} nA$^2$"
            loss.semilogy(ends, smooth, color=_COLOURS[name], lw=1.8, label=label)
        loss.set(ylabel="loss (nA$^2$)")
        loss.set_title(
            f"{self.setup.gate.upper()} on a drifting device ({self.trained.device}, seed "
            f"{self.setup.seed}): {self._compared()}"
        )
        if self.watches:
            loss.legend(loc="upper left", frameon=False)
        if "adapting" in self.watches:
            adapting = self.watches["adapting"]
            lines = controls.plot(times, adapting.controls_V, lw=1)
            lines += controls.plot(times, adapting.trims_V, lw=1, ls="--")
            labels = [f"electrode {e}" for e in self.setup.controls]
            labels += [f"trim of input {e}" for e in self.setup.inputs]
            controls.legend(lines, labels, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=7)
        controls.set(ylabel="voltage (V)", title="Controls and trims of the inputs while adapting")
        lines = drift.plot(times, self.drift_V, lw=1)
        drift.legend(
            lines,
            [f"electrode {e}" for e in range(self.drift_V.shape[1])],
            loc="center left",
            bbox_to_anchor=(1, 0.5),
            fontsize=7,
        )
        drift.set(xlabel="time (s)", ylabel="offset (V)", title="Drift of the electrodes")
        drift.set_xlim(0, times[-1])

    def _times(self) -> FloatArray:
        """End of each cycle, s."""
        cycles = np.arange(1, len(self.drift_V) + 1)
        times: FloatArray = cycles * self.setup.epoch / self.setup.sample_rate
        return times


def _binned(values: FloatArray) -> FloatArray:
    """Return means of twenty cycles."""
    width = min(20, values.size)
    whole = values.size // width * width
    means: FloatArray = values[:whole].reshape(-1, width).mean(axis=1)
    return means
