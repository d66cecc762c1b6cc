"""A device with a known gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks.gain import Gain
from hgedsp.blocks.sum import Sum
from hgedsp.checks import FloatArray, VectorLike, as_vector, common_lanes
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class PolynomialDevice(Block):
    """A device whose current is a cubic polynomial of its voltages, with an exact gradient.

    current = offset + l.v + (q.v)^2 + (c.v)^3

    Parameters
    ----------
    linear : array of shape (K,)
        l, A/V.
    quadratic : array of shape (K,), optional
        q, A^(1/2)/V; 0 for none.
    cubic : array of shape (K,), optional
        c, A^(1/3)/V; 0 for none.
    offset : float, optional
        Current at zero voltage, A.

    Raises
    ------
    ParameterError
        If the vectors differ in length, or hold values that are not finite.

    Examples
    --------
    >>> device = PolynomialDevice([1.0, 2.0], quadratic=[1.0, 0.0])
    >>> device.gradient([0.5, 0.0])
    array([2., 2.])
    """

    linear: VectorLike
    quadratic: VectorLike = 0.0
    cubic: VectorLike = 0.0
    offset: float = 0.0

    ports: ClassVar[Ports] = Ports(inputs="voltage[K]", outputs="current")

    def __post_init__(self) -> None:
        for name in ("linear", "quadratic", "cubic"):
            vector = as_vector("PolynomialDevice", name, getattr(self, name))
            object.__setattr__(self, name, vector)
        common_lanes("PolynomialDevice", **self._vectors())

    def lanes(self) -> dict[str, int]:
        return {"K": common_lanes("PolynomialDevice", **self._vectors())}

    def compose(self, voltage: Wire) -> Wire:
        linear = as_wire(Sum(name="linear")(Gain(self.linear)(voltage)))
        square = as_wire(Sum(name="quadratic")(Gain(self.quadratic)(voltage)))
        cube = as_wire(Sum(name="cubic")(Gain(self.cubic)(voltage)))
        return linear + square * square + cube * cube * cube + self.offset

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (K,) or (N, K), V."""
        v = np.asarray(voltage, dtype=np.float64)
        linear, quadratic, cubic = self._wide()
        result: FloatArray = self.offset + v @ linear + (v @ quadratic) ** 2 + (v @ cubic) ** 3
        return result

    def gradient(self, voltage: VectorLike) -> FloatArray:
        """Return d current / d voltage (A/V), shape (K,) or (N, K) as `voltage`."""
        v = np.asarray(voltage, dtype=np.float64)
        linear, quadratic, cubic = self._wide()
        result: FloatArray = (
            linear
            + np.multiply.outer(2 * (v @ quadratic), quadratic)
            + np.multiply.outer(3 * (v @ cubic) ** 2, cubic)
        )
        return result

    def _vectors(self) -> dict[str, FloatArray]:
        return {
            name: as_vector("PolynomialDevice", name, getattr(self, name))
            for name in ("linear", "quadratic", "cubic")
        }

    def _wide(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        vectors = self._vectors()
        width = common_lanes("PolynomialDevice", **vectors)
        linear, quadratic, cubic = (np.broadcast_to(v, (width,)) for v in vectors.values())
        return linear, quadratic, cubic
