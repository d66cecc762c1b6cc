"""Something a device can be trained to be: what it is about, what can be set, how it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hgedsp.results import Result


@dataclass(frozen=True)
class Option:
    """A setting that some targets know, ``--NAME VALUE`` on the command line.

    Parameters
    ----------
    about : str
        What it sets, with unit and defaults.
    kind : callable, optional
        Makes the value from what was typed.
    choices : tuple of str, optional
        The only values there are; none for any.
    metavar : str, optional
        What the help calls the value.
    """

    about: str
    kind: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    metavar: str | None = None


@dataclass(frozen=True)
class Target:
    """An entry in the catalogue of targets.

    Parameters
    ----------
    about : str
        One line for the list in the help.
    run : callable
        Trains a device: ``run(*, device, seed, progress, **options) -> Result`` with `device` a
        name or file for `hgedsp.devices.load_device`, or None for the target's own, `seed` that
        of everything drawn at random, and `progress` whether to show a progress bar.
    options : tuple of str, optional
        Names in `hgedsp.train.targets.OPTIONS` of the settings that `run` takes besides; only
        those that were given are handed on.
    """

    about: str
    run: Callable[..., Result]
    options: tuple[str, ...] = ()


def numbers(text: str) -> tuple[float, ...]:
    """Return numbers from a list such as "-1,1"; ValueError where it is none."""
    return tuple(float(part) for part in text.split(","))


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return whole numbers from a list such as "0,3,6"; ValueError where it is none."""
    return tuple(int(part) for part in text.split(","))
