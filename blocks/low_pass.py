"""The low-pass of a lock-in amplifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block
from hgedsp.blocks.one_pole import OnePole
from hgedsp.blocks.pole import MOST_POLES, Pole
from hgedsp.blocks.pole_gain import PoleGain
from hgedsp.checks import ComplexArray, FloatArray, require_integer, require_positive
from hgedsp.ports import Ports
from hgedsp.wire import Wire, as_wire


@final
@dataclass(frozen=True, eq=False)
class LowPass(Block):
    """Average a bank of K signals with a cascade of equal one-poles.

    H(f) = H_1(f)^order,   H_1 the response of `OnePole`; 6 dB per octave and order

    Parameters
    ----------
    time_constant : float
        Time constant tau of each pole, s.
    order : int, optional
        Number of poles, 1 to 8. A step settles to 1 % after 4.6, 6.6, 8.4, 10.0 tau for orders
        1 to 4.

    Raises
    ------
    ParameterError
        If `time_constant` is not positive and finite, or `order` is not 1 to 8.

    Notes
    -----
    The equivalent noise bandwidth is 1/(4 tau), 1/(8 tau), 3/(32 tau), 5/(64 tau) for orders
    1 to 4 (integral of abs(H)^2 of the analog filter over positive frequencies).

    The state of pole j is its output over (1 - exp(-1 / (tau rate)))^j (5th to 8th pole: j - 4). A
    time constant that is set during a run leaves the output where it is. See `Pole` for rounding.
    """

    time_constant: float
    order: int = 1

    ports: ClassVar[Ports] = Ports(inputs="x[K]", outputs="y[K]")

    def __post_init__(self) -> None:
        require_positive("LowPass", "s", time_constant=self.time_constant)
        require_integer("LowPass", 1, 8, order=self.order)

    def compose(self, x: Wire) -> Wire:
        # One gain for several poles: each takes one multiply-add a sample then, not two. Not one
        # for all eight, whose sums would leave float32 where time constants are long.
        for first in range(0, self.order, MOST_POLES):
            poles = range(1, min(self.order - first, MOST_POLES) + 1)
            for place in poles:
                pole = Pole(self.time_constant, place, name=f"pole_{first + place}")
                x = as_wire(pole(x))
            gain = "gain" if self.order <= MOST_POLES else f"gain_{first // MOST_POLES + 1}"
            x = as_wire(PoleGain(self.time_constant, len(poles), name=gain)(x))
        return x

    def response(self, frequency: FloatArray, rate: float) -> ComplexArray:
        """Return the complex gain at each frequency (Hz)."""
        return OnePole(self.time_constant).response(frequency, rate) ** self.order
