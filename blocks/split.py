"""One wide wire becomes several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.checks import FloatArray, require, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Split(Block):
    """Cut the lanes of a wire into neighbouring parts, as outputs y1, y2, ...

    Parameters
    ----------
    sizes : sequence of int
        Lanes of each part, from 1; together as many as the wire has.

    Raises
    ------
    ParameterError
        If there are no sizes, or one is not a whole number from 1.

    Examples
    --------
    >>> Split([2, 1]).ports
    Ports(inputs=(x[3],), outputs=(y1[2], y2[1]))
    """

    sizes: Sequence[int]

    is_linear: ClassVar[bool] = True
    vector: ClassVar[bool] = True

    def __post_init__(self) -> None:
        sizes = tuple(self.sizes) if isinstance(self.sizes, Sequence) else ()
        require(
            len(sizes) > 0,
            f"Split needs the size of each part, got {self.sizes!r}",
            "give a list with the number of lanes of each part, such as [3, 4]",
        )
        for number, size in enumerate(sizes, 1):
            require_integer("Split", 1, **{f"size {number}": size})
        outputs = ", ".join(f"y{number}[{size}]" for number, size in enumerate(sizes, 1))
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "ports", Ports(inputs=f"x[{sum(sizes)}]", outputs=outputs))

    @staticmethod
    def step(x: FloatArray, *parts: FloatArray) -> None:
        first = 0
        for part in parts:
            for k in range(part.size):
                part[k] = x[first + k]
            first += part.size
