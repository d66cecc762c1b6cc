"""A study by name: what it is about, and how to carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hgedsp.results import Result


class Run(Protocol):
    """Carry out a study."""

    def __call__(self, *, device: str | None, seed: int, quick: bool, progress: bool) -> Result:
        """Return what was found.

        Parameters
        ----------
        device : str or None
            Name or file of a device, see `hgedsp.devices.load_device`; None for the study's own.
        seed : int
            Of everything that is drawn at random.
        quick : bool
            Fewer repeats: seconds instead of minutes, with wider errors that are stated.
        progress : bool
            Show a progress bar.
        """


@dataclass(frozen=True)
class Study:
    """An entry in the catalogue of studies."""

    about: str
    run: Run
