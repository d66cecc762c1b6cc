"""An error bar from bins without tones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, VectorLike, as_vector, require, require_integer
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class NoiseFloor(Block):
    """Give K derivatives their standard errors, from M empty bins beside each tone.

    error_k = scale_k sqrt(sum_m (I_km^2 + Q_km^2) / (2 M))

    I and Q of an empty bin are each as uncertain as I of the tone beside it: with noise of
    one-sided density S over a window T both have variance S / T.

    Parameters
    ----------
    tones : int
        Number of tones K.
    bins : int
        Empty bins M per tone. The lanes of the inputs are those of tone 0 first, then of tone 1,
        and so on.
    scale : float or array of shape (K,), optional
        Derivative per amplitude: 1 / perturbation amplitude, 1/V.

    Raises
    ------
    ParameterError
        If a number is not whole and positive, or a scale is not finite.

    Notes
    -----
    (estimate - truth) / error follows Student's t with 2 M degrees of freedom where the noise is
    normal and flat over the bins. With 1/f noise, bins on both sides of a tone keep the mean
    density right to second order in their distance over its frequency.
    """

    tones: int
    bins: int
    scale: VectorLike = 1.0

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="in_phase[K*M], quadrature[K*M]", outputs="error[K]", coefficients="scale[K]"
    )

    def __post_init__(self) -> None:
        require_integer("NoiseFloor", 1, tones=self.tones, bins=self.bins)
        scale = as_vector("NoiseFloor", "scale", self.scale)
        require(
            scale.size in (1, self.tones),
            f"NoiseFloor has {self.tones} tones, but scale has {scale.size}",
            "give scale one number per tone, or one for all",
        )
        object.__setattr__(self, "scale", scale)

    def lanes(self) -> dict[str, int]:
        return {"K": self.tones, "M": self.bins}

    def coefficients(self, rate: float) -> Coefficients:
        return (np.broadcast_to(np.asarray(self.scale), (self.tones,)),)

    @staticmethod
    def step(
        in_phase: FloatArray, quadrature: FloatArray, error: FloatArray, scale: FloatArray
    ) -> None:
        count = in_phase.size // error.size
        for k in range(error.size):
            total = 0.0
            for m in range(k * count, (k + 1) * count):
                total += in_phase[m] * in_phase[m] + quadrature[m] * quadrature[m]
            error[k] = scale[k] * math.sqrt(total / (2 * count))
