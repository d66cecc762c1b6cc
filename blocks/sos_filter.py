"""Any linear filter, in second-order sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.blocks.biquad import Biquad, require_stable
from hgedsp.checks import ComplexArray, FloatArray, as_vector, require
from hgedsp.errors import ParameterError
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class SosFilter(Block):
    """Filter with a cascade of second-order sections, as designed by `scipy.signal`.

    H(z) = product of (b0 + b1 z^-1 + b2 z^-2) / (a0 + a1 z^-1 + a2 z^-2) over the sections

    Parameters
    ----------
    sos : array of shape (n, 6), or flat
        One row b0, b1, b2, a0, a1, a2 per section. Design it for the rate at which the filter
        runs: ``scipy.signal.butter(4, 50.0, fs=rate, output="sos")``.

    Raises
    ------
    ParameterError
        If there are no rows of six finite numbers, an a0 is 0, or a pole is not inside the unit
        circle.

    Examples
    --------
    >>> SosFilter([[0.5, 0.5, 0.0, 1.0, 0.0, 0.0]]).response(np.array([0.0]), 1e4)
    array([1.+0.j])
    """

    sos: FloatArray | Sequence[Sequence[float]] | Sequence[float]

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        sections = _as_sections(self.sos)
        for number, (_, _, _, a0, a1, a2) in enumerate(sections, 1):
            require(
                a0 != 0.0,
                f"SosFilter has a0 = 0 in section {number}",
                "put the sections as rows b0, b1, b2, a0, a1, a2, with a0 = 1 as SciPy does",
            )
            require_stable(f"SosFilter section {number}", a1 / a0, a2 / a0)
        object.__setattr__(self, "sos", sections)

    def compose(self, x: Wire) -> Wire:
        for number, section in enumerate(self._biquads(), 1):
            x = as_wire(Biquad(*section, name=f"section_{number}")(x))
        return x

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        parts = [Biquad(*section).response(frequency, rate) for section in self._biquads()]
        gain: ComplexArray = np.prod(parts, axis=0)
        return gain

    def _biquads(self) -> list[list[float]]:
        """b0, b1, b2, a1, a2 of each section, with a0 = 1."""
        rows = np.asarray(self.sos)
        return [[float(value) for value in row[[0, 1, 2, 4, 5]] / row[3]] for row in rows]


def _as_sections(sos: npt.ArrayLike) -> FloatArray:
    """Return a read-only array of shape (n, 6)."""
    try:
        flat = np.array(sos, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise ParameterError(
            f"SosFilter needs rows of six numbers, got {sos!r}",
            mend='give what scipy.signal returns for output="sos"',
        ) from None
    require(
        flat.size > 0 and flat.size % 6 == 0,
        f"SosFilter needs rows of six numbers, got shape {np.shape(sos)}",
        'give what scipy.signal returns for output="sos", not b and a',
    )
    sections: FloatArray = as_vector("SosFilter", "sos", flat).reshape(-1, 6)
    return sections
