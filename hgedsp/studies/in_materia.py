"""How far analog parts may be off before a circuit of them no longer learns XOR."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from hgedsp.checks import FloatArray
from hgedsp.devices import choose_device
from hgedsp.graphs import Tolerances
from hgedsp.studies.study import Study
from hgedsp.train.circuits import TYPICAL, Circuits
from hgedsp.train.common import WORKING_MARGIN_NA

_ALLOWED = 0.8  # of the starts from which ideal parts learn it

# What is swept, with the unit of its axis; None for all parts together, in units of TYPICAL.
SWEEPS: dict[str, tuple[str, tuple[float, ...]]] = {
    "offset": ("offsets, share of 10 V", (0.0003, 0.001, 0.003, 0.01, 0.03)),
    "gain": ("gains, relative", (0.03, 0.1, 0.3, 1.0)),
    "phase": ("reference phases, rad", (0.2, 0.5, 1.0, 1.5)),
    "time_constant": ("R C, relative", (0.1, 0.3, 1.0)),
    "leak": ("integrator leak, 1/s", (0.03, 0.1, 0.3, 1.0)),
    "all": ("all at once, times typical", (1.0, 3.0, 10.0)),
}


@dataclass(frozen=True)
class Swept:
    """One kind of error: how large, and the share of starts from which XOR is still learnt."""

    about: str
    sizes: FloatArray
    shares: FloatArray
    margins_nA: FloatArray

    @property
    def stands(self) -> float:
        """Largest size up to which the share stays at four fifths or above; 0 if none."""
        good = np.cumprod(self.shares >= _ALLOWED).astype(bool)
        return float(self.sizes[good].max(initial=0.0))


@dataclass(frozen=True)
class InMateriaStudy:
    """What the sweeps found.

    Attributes
    ----------
    starts, tried : int
        Starts from which ideal parts learn XOR, and of how many that were tried.
    swept : dict of str to Swept
        By the names of `SWEEPS`, as far as it got.
    """

    device: str
    seed: int
    starts: int
    tried: int
    swept: dict[str, Swept]
    interrupted: bool = False

    @property
    def success(self) -> bool:
        """Whether four fifths of the starts get there with typical parts, all off at once."""
        if self.interrupted or "all" not in self.swept:
            return False
        return bool(self.swept["all"].shares[0] >= _ALLOWED)

    def text(self) -> str:
        """Return a table for people."""
        if not self.tried:
            return f"XOR in materia on {self.device}: no start was tried"
        lines = [
            f"XOR in materia on {self.device}: {self.starts} of {self.tried} starts learn it with "
            "ideal parts; of these, with parts that are off:"
        ]
        for found in self.swept.values():
            pairs = zip(found.sizes, found.shares, strict=True)
            row = "  ".join(f"{size:g}: {100 * share:.0f} %" for size, share in pairs)
            lines.append(f"  {found.about:<26} {row}   (stands {found.stands:g})")
        return "\n".join(lines)

    def numbers(self) -> dict[str, Any]:
        """Return shares, sizes and settings in a form that JSON can take."""
        return {
            "study": "in_materia",
            "device": self.device,
            "seed": self.seed,
            "success": self.success,
            "starts": self.starts,
            "tried": self.tried,
            "stands": {name: found.stands for name, found in self.swept.items()},
            "shares": {
                name: dict(zip(map(str, found.sizes), map(float, found.shares), strict=True))
                for name, found in self.swept.items()
            },
            "interrupted": self.interrupted,
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return sizes, shares and the margin of every run."""
        return {
            f"{name}_{field}": getattr(found, field)
            for name, found in self.swept.items()
            for field in ("sizes", "shares", "margins_nA")
        }

    def draw(self, figure: Any) -> None:
        """Draw the share of starts against the size of each error."""
        axes = figure.subplots(2, 3, sharey=True).ravel()
        for place, (name, found) in zip(axes, self.swept.items(), strict=False):
            deviation = np.sqrt(found.shares * (1 - found.shares) / max(self.starts, 1))
            place.errorbar(found.sizes, found.shares, deviation, fmt="o-", capsize=3)
            place.axhline(_ALLOWED, color="0.6", ls=":", lw=1)
            place.set(xscale="log", xlabel=found.about, ylim=(-0.05, 1.1))
            place.set_xticks(found.sizes, [f"{size:g}" for size in found.sizes], minor=False)
            place.set_xticks([], minor=True)
            if name != "all" and getattr(TYPICAL, name) > 0:
                place.axvline(getattr(TYPICAL, name), color="tab:green", ls="--", lw=1)
        for place in axes[len(self.swept) :]:
            place.set_axis_off()
        for place in axes[::3]:
            place.set_ylabel("share of starts that learn XOR")
        figure.suptitle(
            f"XOR by analog parts on {self.device}, {self.starts} starts that ideal parts learn "
            "from (dashed: typical parts; bars: standard deviation)"
        )


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> InMateriaStudy:
    """Sweep one kind of error after the other, then all at once; see `hgedsp.studies.study.Run`.

    Each start has its own draw of parts and its own noise, the same ones at every size.
    """
    model, name = choose_device(device)
    runs, cycles = (4, 200) if quick else (10, 300)
    sweeps = {key: (about, _sizes(sizes, quick)) for key, (about, sizes) in SWEEPS.items()}
    swept: dict[str, Swept] = {}
    good, tried, interrupted = 0, 0, False
    total = sum(len(sizes) for _, sizes in sweeps.values())
    with tqdm(total=total, disable=not progress, unit="point", desc="in materia") as bar:
        try:
            circuits = Circuits(model, "xor", runs)
            starts, tried = _good_starts(circuits, seed, cycles)
            good = len(starts)
            for key, (about, sizes) in sweeps.items():
                margins = []
                for size in sizes:
                    margins.append(_margins(circuits, _off(key, size), starts, seed, cycles))
                    bar.update()
                table = np.array(margins)
                rate = (table > WORKING_MARGIN_NA).mean(axis=1)
                swept[key] = Swept(about, np.array(sizes), rate, table)
        except KeyboardInterrupt:
            interrupted = True
    return InMateriaStudy(name, seed, good, tried, swept, interrupted)


def _sizes(sizes: tuple[float, ...], quick: bool) -> tuple[float, ...]:
    return sizes[::2] if quick else sizes


def _off(name: str, size: float) -> Tolerances:
    """Return tolerances with one kind of error, or all of them."""
    if name != "all":
        return replace(Tolerances(), **{name: size})
    return Tolerances(
        offset=size * TYPICAL.offset,
        gain=size * TYPICAL.gain,
        phase=size * TYPICAL.phase,
        time_constant=size * TYPICAL.time_constant,
        leak=size * TYPICAL.leak,
    )


def _good_starts(circuits: Circuits, seed: int, cycles: int) -> tuple[FloatArray, int]:
    """Return as many starts as runs from which ideal parts learn, and how many were tried."""
    generator = np.random.default_rng([seed, 0])
    good: list[FloatArray] = []
    tried = 0
    while len(good) < circuits.runs and tried < 6 * circuits.runs:
        starts = generator.uniform(-1.0, 1.0, (circuits.runs, circuits.lower.size))
        seeds = _seeds(seed, circuits.runs)
        works = circuits.learn(Tolerances(), seeds, starts, cycles).works
        tried += len(starts)
        good += list(starts[works])
    return np.array(good[: circuits.runs]).reshape(-1, circuits.lower.size), tried


def _margins(
    circuits: Circuits, tolerances: Tolerances, starts: FloatArray, seed: int, cycles: int
) -> FloatArray:
    """Return the margin that each of the starts ends with, nA."""
    # All kernels run, whether there are as many starts or not.
    filled = np.resize(starts, (circuits.runs, circuits.lower.size))
    seeds = _seeds(seed, circuits.runs)
    margins: FloatArray = circuits.learn(tolerances, seeds, filled, cycles).final_margin_nA
    return margins[: len(starts)]


def _seeds(seed: int, runs: int) -> list[int]:
    return [seed * 1000 + run for run in range(runs)]


STUDY = Study("how far analog parts may be off before XOR is no longer learnt in materia", run)
