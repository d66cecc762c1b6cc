"""Ports: what a block takes, gives and keeps, written as short text such as ``"x[K], gate=1"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from hgedsp.errors import ParameterError

DTYPES = ("float64", "int64")

_PORT = re.compile(
    r"^(?P<name>[A-Za-z_]\w*)"
    r"(?:\s*:\s*(?P<dtype>\w+))?"
    r"(?:\s*\[(?P<lanes>[^\]]+)\])?"
    r"(?:\s*=\s*(?P<default>[-+0-9.eE]+))?$"
)


@dataclass(frozen=True)
class Port:
    """One port, state variable or coefficient.

    Parameters
    ----------
    name : str
        Name of the argument of the step.
    lanes : str
        Number of lanes: an expression of whole numbers, attributes of the block and lane letters
        such as ``"K"`` or ``"A+B"``; empty for a scalar.
    dtype : {"float64", "int64"}
        Type of one sample.
    default : float or None
        Value of an input that is left unconnected; None where it must be connected.
    """

    name: str
    lanes: str = ""
    dtype: str = "float64"
    default: float | None = None

    def size(self, known: Mapping[str, int]) -> int | None:
        """Return the number of lanes, or None while a lane letter is not known yet."""
        if not self.lanes:
            return 1
        names = lane_names(self.lanes)
        if any(name not in known for name in names):
            return None
        return int(eval(_compiled(self.lanes), {"__builtins__": {}}, dict(known)))

    def __repr__(self) -> str:
        lanes = f"[{self.lanes}]" if self.lanes else ""
        dtype = "" if self.dtype == "float64" else f": {self.dtype}"
        default = "" if self.default is None else f"={self.default:g}"
        return f"{self.name}{dtype}{lanes}{default}"


class Ports:
    """All ports of a block.

    An output that bears the name of a state variable is *registered*: it shows that state as it
    was before this tick, depends on no input of this tick, and may be read before the block is
    wired. Every other output depends on all inputs.

    Parameters
    ----------
    inputs, outputs, state, coefficients : str
        Comma-separated ports, each ``name``, ``name[lanes]``, ``name: int64[lanes]`` or, for an
        input that may stay unconnected, ``name=1``.

    Raises
    ------
    ParameterError
        If the text is not of that form.

    Examples
    --------
    >>> Ports(inputs="x[K], gate=1", outputs="y[K]", state="y[K]").registered
    ('y',)
    """

    def __init__(
        self, inputs: str = "", outputs: str = "", state: str = "", coefficients: str = ""
    ) -> None:
        self.inputs = parse_ports(inputs)
        self.outputs = parse_ports(outputs)
        self.state = parse_ports(state)
        self.coefficients = parse_ports(coefficients)
        kept = {port.name for port in self.state}
        self.registered = tuple(port.name for port in self.outputs if port.name in kept)

    def __iter__(self) -> Iterator[Port]:
        return iter((*self.inputs, *self.outputs, *self.state, *self.coefficients))

    def __repr__(self) -> str:
        shown = (
            ("inputs", self.inputs),
            ("outputs", self.outputs),
            ("state", self.state),
            ("coefficients", self.coefficients),
        )
        return f"Ports({', '.join(f'{k}={v}' for k, v in shown if v)})"


def parse_ports(text: str) -> tuple[Port, ...]:
    """Read a comma-separated list of ports."""
    return tuple(_parse_port(part.strip()) for part in text.split(",") if part.strip())


@lru_cache(maxsize=512)
def lane_names(expression: str) -> frozenset[str]:
    """Return the names that occur in a lane expression."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        raise _bad_text(expression) from None
    allowed = (
        ast.Expression,
        ast.BinOp,
        ast.Add,
        ast.Sub,
        ast.Mult,
        ast.Name,
        ast.Load,
        ast.Constant,
    )
    if not all(isinstance(node, allowed) for node in ast.walk(tree)):
        raise _bad_text(expression)
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


@lru_cache(maxsize=512)
def _compiled(expression: str) -> CodeType:
    # lane_names has admitted nothing but sums and products of names and numbers.
    lane_names(expression)
    return compile(expression, "<lanes>", "eval")


def _parse_port(text: str) -> Port:
    match = _PORT.match(text)
    if match is None or (match["dtype"] or "float64") not in DTYPES:
        raise _bad_text(text)
    default = None if match["default"] is None else float(match["default"])
    lanes = (match["lanes"] or "").replace(" ", "")
    if lanes:
        lane_names(lanes)
    return Port(match["name"], lanes, match["dtype"] or "float64", default)


def _bad_text(text: str) -> ParameterError:
    return ParameterError(
        f"a port is not written as {text!r}",
        mend="write name, name[K], name[2], name: int64[K] or name=1 (default of an input)",
    )
