"""What can go wrong, one class for one reason; each says what, where and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any


class HgedspError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    what : str
        What was wrong, with the value that was found.
    where : sequence of str, optional
        Places, each a block with the user's file and line, or a file and a sample.
    shown : sequence of str, optional
        Lines of numbers to look at.
    mend : str
        What the user can do about it. It is required: an error without advice is not finished.
    """

    def __init__(
        self, what: str, *, where: Sequence[str] = (), shown: Sequence[str] = (), mend: str
    ) -> None:
        self.what = what
        self.where = tuple(where)
        self.mend = mend
        places = (f"  at   {place}" for place in self.where)
        lines = [what, *places, *(f"  {line}" for line in shown), f"  mend {mend}"]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew from its text, as from another process, it would lack its advice.
        return _without_init, (type(self), self.args), self.__dict__


def _without_init(kind: type[HgedspError], args: tuple[Any, ...]) -> HgedspError:
    return kind.__new__(kind, *args)


class ParameterError(HgedspError, ValueError):
    """A block or function was given a value it cannot work with."""


class ConvergenceError(HgedspError, ArithmeticError):
    """A solution was not found to the digits asked for."""


class WiringError(HgedspError):
    """A port is unconnected, connected twice, or does not exist."""


class LanesError(HgedspError):
    """Two ends of a wire disagree on the number of lanes."""


class DtypeError(HgedspError, TypeError):
    """Two ends of a wire disagree on the type of a sample."""


class RateError(HgedspError):
    """Two ends of a wire disagree on the sample rate."""


class LoopError(HgedspError):
    """A feedback loop passes through no registered output."""


class StepError(HgedspError):
    """The step of a block cannot be compiled, or does not keep the block's contract."""


class SampleError(HgedspError, ValueError):
    """Samples handed to a graph, or made by it, are not usable.

    Attributes
    ----------
    record : Record or None
        What a run had recorded before these samples, if it was a run that met them.
    block, port : str or None
        Nested name of the block that made the first bad value, and its output or state.
    lane, sample : int or None
        Where and when; the sample is counted from the start of the run, at the base rate.
    value : float or None
        The bad value.
    """

    record: Any = None
    block: str | None = None
    port: str | None = None
    lane: int | None = None
    sample: int | None = None
    value: float | None = None


class TraceError(HgedspError):
    """A file does not hold the trace it should hold."""


class PathError(HgedspError, LookupError):
    """A nested name leads to no block, port or parameter."""


class MissingExtraError(HgedspError, ImportError):
    """A function needs a package that is not installed."""


def import_extra(module: str, extra: str, purpose: str) -> Any:
    """Import a module of an optional package, or give the pip line to type.

    Raises
    ------
    MissingExtraError
        If the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError(
            f"{purpose} needs the package {module.partition('.')[0]}, which is not installed",
            mend=f'type: pip install "hgedsp[{extra}]"',
        ) from None
