"""The mixer of a lock-in amplifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from hgedsp.block import Block, Coefficients
from hgedsp.checks import VectorLike, as_vector, per_lane
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class Mixer(Block):
    """Multiply a signal with K references: product_k = gain_k signal reference_k.

    After a low-pass, a signal A sin(2 pi f_k t) has become gain_k A / 2. With
    gain_k = 2 / (perturbation amplitude of tone k) it has become the homodyne gradient.

    Parameters
    ----------
    gain : float or array of shape (K,), optional
        One gain for all references, or one for each.

    Raises
    ------
    ParameterError
        If a gain is not finite.
    """

    gain: VectorLike = 1.0

    multiplies: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="signal[K], reference[K]", outputs="product[K]", coefficients="gain[K]"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "gain", as_vector("Mixer", "gain", self.gain))

    def lanes(self) -> dict[str, int]:
        return per_lane("Mixer", gain=self.gain)

    def coefficients(self, rate: float) -> Coefficients:
        return (as_vector("Mixer", "gain", self.gain),)

    @staticmethod
    def step(signal: float, reference: float, gain: float) -> float:
        # The gain goes with the reference, which is there before the signal.
        return signal * (gain * reference)
