"""Wires and the nodes they join: what a call of a block leaves behind.

A node is one use of a block in a graph. A wire is one output port of a node. Both only remember;
the graph reads them backwards from its outputs.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.errors import WiringError

if TYPE_CHECKING:
    from hgedsp.block import Block

_SERIAL = itertools.count()
_ROOT = Path(__file__).resolve().parent
# Frames in these rooms are ours: the user's line is the first one outside. graphs/ counts as a
# user, since it is written the way users write.
_OWN_FOLDERS = (str(_ROOT) + os.sep, str((_ROOT / "blocks").resolve()) + os.sep)
_GRAPHS = str((_ROOT / "graphs").resolve()) + os.sep
_LINKED_GRAPHS = str(_ROOT / "graphs") + os.sep


@dataclass(frozen=True)
class Location:
    """A line in the user's file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}"


def caller() -> Location:
    """Return the innermost line outside this package's own machinery."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        generated = file == "<string>" and frame.f_code.co_name == "__init__"
        generated |= file == dataclasses.__file__  # as `replace`, for a copy of a block
        ours = file.startswith(_OWN_FOLDERS) and not file.startswith((_GRAPHS, _LINKED_GRAPHS))
        if not ours and not generated:
            break
        frame = frame.f_back
    return Location(frame.f_code.co_filename, frame.f_lineno)


@dataclass(frozen=True)
class Scope:
    """Where new nodes are born: their path prefix, and the line to blame if it is not theirs."""

    path: str = ""
    location: Location | None = None


_OUTERMOST = Scope()
_SCOPE: ContextVar[Scope] = ContextVar("hgedsp_scope", default=_OUTERMOST)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put all blocks made inside under `name`, so that their names nest: ``demod/low_pass``.

    Examples
    --------
    >>> import hgedsp as hg
    >>> def demodulate(current, tone):
    ...     with hg.scope("demod"):
    ...         return hg.LowPass(1e-3)(hg.Mixer()(current, tone.in_phase))
    """
    outer = _SCOPE.get()
    path = f"{outer.path}/{name}" if outer.path else name
    with born_in(Scope(path, outer.location)):
        yield


@contextmanager
def born_in(where: Scope) -> Iterator[None]:
    """Make `where` the scope of all nodes made inside."""
    token = _SCOPE.set(where)
    try:
        yield
    finally:
        _SCOPE.reset(token)


@dataclass(eq=False)
class Node:
    """One use of a block: where it was made, and what its inputs are wired to."""

    block: Block
    location: Location
    scope: str
    serial: int = field(default_factory=lambda: next(_SERIAL))
    inputs: dict[str, Wire] | None = None
    wired_at: Location | None = None
    wired: int = -1  # when, on the same count as `serial`

    @classmethod
    def of(cls, block: Block) -> Node:
        """Make the node of a new block, born here and now."""
        here = _SCOPE.get()
        return cls(block, here.location or caller(), here.path)

    def wire(self, inputs: dict[str, Wire]) -> None:
        """Connect the inputs, here and now."""
        self.inputs = inputs
        self.wired_at = caller()
        self.wired = next(_SERIAL)

    @property
    def place(self) -> str:
        """One line for an error: what was made where."""
        return f"{self.block.label:<24} {self.location}"


# Blocks that serve operators of wires sign in here, so that this file need not know them.
OPERATORS: dict[str, Callable[..., Block]] = {}


class Wireable:
    """Arithmetic on wires, and on blocks that stand for their only output."""

    # Without this an array times a wire would be tried element by element by NumPy.
    __array_ufunc__ = None

    def as_wire(self) -> Wire:
        """Return the wire this stands for."""
        raise TypeError(f"{type(self).__name__} stands for no wire")

    def __add__(self, other: Any) -> Wire:
        return _operate("add", self, other)

    def __radd__(self, other: Any) -> Wire:
        return _operate("add", other, self)

    def __sub__(self, other: Any) -> Wire:
        return _operate("subtract", self, other)

    def __rsub__(self, other: Any) -> Wire:
        return _operate("subtract", other, self)

    def __mul__(self, other: Any) -> Wire:
        return _operate("multiply", self, other) if _is_wireable(other) else _scale(self, other)

    def __rmul__(self, other: Any) -> Wire:
        return _scale(self, other)

    def __truediv__(self, other: Any) -> Wire:
        if _is_wireable(other):
            raise WiringError(
                "a wire cannot be divided by a wire: it may pass through zero",
                where=(str(caller()),),
                mend="divide by a number, or write a block whose step says what 0 gives",
            )
        with np.errstate(divide="ignore"):  # Gain refuses what is not finite
            return _scale(self, 1.0 / np.asarray(other, dtype=np.float64))

    def __neg__(self) -> Wire:
        return _scale(self, -1.0)


class Wire(Wireable):
    """One output port of a node. It carries one value, or one per lane, at every tick."""

    __slots__ = ("node", "port")

    def __init__(self, node: Node, port: str) -> None:
        self.node = node
        self.port = port

    def as_wire(self) -> Wire:
        return self

    def __repr__(self) -> str:
        return f"<wire {self.node.block.label}.{self.port}>"


def as_wire(value: object) -> Wire:
    """Return the wire a wire, a block or a number stands for."""
    if isinstance(value, Wireable):
        return value.as_wire()
    return OPERATORS["constant"](value).as_wire()


def _is_wireable(value: object) -> bool:
    return isinstance(value, Wireable)


def _operate(operator: str, left: Any, right: Any) -> Wire:
    wire: Wire = OPERATORS[operator]()(as_wire(left), as_wire(right))
    return wire


def _scale(wire: Wireable, factor: Any) -> Wire:
    scaled: Wire = OPERATORS["gain"](factor)(wire.as_wire())
    return scaled
