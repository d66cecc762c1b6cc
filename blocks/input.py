"""Samples from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.checks import require, require_integer
from hgedsp.ports import DTYPES, Ports


@final
@dataclass(frozen=True, eq=False)
class Input(Block):
    """Bring samples from outside into the graph, one per tick of the base clock.

    Parameters
    ----------
    name : str
        Name under which `process` and `run` are given the samples.
    width : int, optional
        Number of lanes; samples then have shape (N, width).
    dtype : {"float64", "int64"}, optional
        Type of a sample.

    Raises
    ------
    ParameterError
        If `name` is no identifier, `width` is not a whole number from 1, or `dtype` is another
        type.
    """

    # Redefined to come first and by position.
    name: str = field(kw_only=False)
    width: int = 1
    dtype: str = "float64"

    external: ClassVar[bool] = True

    def __post_init__(self) -> None:
        named = isinstance(self.name, str) and self.name.isidentifier()
        require(
            named,
            f"Input needs a name that can stand in Python, got {self.name!r}",
            'write Input("current")',
        )
        require_integer("Input", 1, width=self.width)
        require(
            self.dtype in DTYPES,
            f"Input takes no samples of type {self.dtype!r}",
            'give dtype "float64" or "int64"',
        )
        object.__setattr__(self, "ports", Ports(outputs=f"x: {self.dtype}[width]"))
