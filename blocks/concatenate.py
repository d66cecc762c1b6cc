"""Several wires become a wide one."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.checks import FloatArray, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Concatenate(Block):
    """Put the lanes of several wires side by side: y = (x1, x2, ...).

    Parameters
    ----------
    parts : int, optional
        Number of wires, 2 to 26.

    Raises
    ------
    ParameterError
        If `parts` is not a whole number from 2 to 26.

    Examples
    --------
    >>> Concatenate(3).ports
    Ports(inputs=(x1[A], x2[B], x3[C]), outputs=(y[A+B+C],))
    """

    parts: int = 2

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_integer("Concatenate", 2, len(ascii_uppercase), parts=self.parts)
        letters = ascii_uppercase[: self.parts]
        inputs = ", ".join(f"x{number}[{letter}]" for number, letter in enumerate(letters, 1))
        object.__setattr__(self, "ports", Ports(inputs=inputs, outputs=f"y[{'+'.join(letters)}]"))

    @staticmethod
    def step(*wires: FloatArray) -> None:
        y = wires[-1]
        first = 0
        for part in wires[:-1]:
            for k in range(part.size):
                y[first + k] = part[k]
            first += part.size
