"""A device learnt by a neural network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.blocks.activation import ACTIVATIONS, slope, value
from hgedsp.blocks.dense_layer import check_layers, layer_size, one_point, packed, starts_of
from hgedsp.blocks.dense_layer_of_four import several_points
from hgedsp.blocks.surrogate_file import read_surrogate
from hgedsp.checks import (
    FloatArray,
    PathLike,
    VectorLike,
    as_vector,
    require,
    require_integer,
)
from hgedsp.errors import ParameterError
from hgedsp.ports import Ports

_COEFFICIENTS = (
    "weights[weight_size], units: int64[depth+1], starts: int64[depth], number: int64, "
    "amplification, lower, upper"
)
_PORTS_OF_SEVERAL = Ports(
    inputs="voltage[points*K]",
    outputs="current[points]",
    state="work[8*layer_size], active: int64[layer_size]",
    coefficients=_COEFFICIENTS,
)


@final
@dataclass(frozen=True, eq=False)
class SurrogateDevice(Block):
    """A fully connected network that stands for a measured device.

    h_0 = voltage,   h_i = activation(W_i h_{i-1} + b_i),
    current = clip(amplification (W_L h_{L-1} + b_L), output_clip)

    Parameters
    ----------
    weights : sequence of arrays of shape (units, inputs)
        W_1 ... W_L; the last has one row.
    biases : sequence of arrays of shape (units,)
        b_1 ... b_L.
    activation : str, optional
        One of relu, linear, leaky_relu (slope 0.01), elu, tanh, hard_tanh, sigmoid, softplus.
    offset, amplitude : float or array of shape (K,), optional
        Voltages from offset - amplitude to offset + amplitude are those the network has learnt, V.
    amplification : float, optional
        Current per output of the network, A.
    output_clip : pair of float, optional
        Least and greatest current, A; NaN where there is none.
    points : int, optional
        Points per sample that do not depend on each other, such as the cases of an epoch. The
        input then carries their voltages side by side, point after point, and the output one
        current per point; the bits are those of as many devices of one point.

    Raises
    ------
    ParameterError
        If layers do not chain, a value is not finite, or the activation is not known.

    Notes
    -----
    Voltages outside `lower` to `upper` are taken as they are: the network extrapolates. With seven
    electrodes and five layers of 90 relu units a point takes 1.1 us, 0.7 us if there are four of
    them; in a graph in float32 0.55 and 0.36 us (Xeon with AVX-512, one core). The fewer units relu
    has left above zero, the less.
    """

    weights: Sequence[FloatArray]
    biases: Sequence[FloatArray]
    activation: str = "relu"
    offset: VectorLike = 0.0
    amplitude: VectorLike = 1.0
    amplification: float = 1.0
    output_clip: Sequence[float] = (math.nan, math.nan)
    points: int = 1

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="voltage[K]",
        outputs="current",
        state="work[2*layer_size], active: int64[layer_size]",
        coefficients=_COEFFICIENTS,
    )

    def __post_init__(self) -> None:
        for name in ("weights", "biases"):
            stem = {"weights": "weight", "biases": "bias"}[name]
            layers = [_numbers(f"{stem}_{i}", x) for i, x in enumerate(getattr(self, name))]
            object.__setattr__(self, name, tuple(layers))
        check_layers(self.weights, self.biases)
        require(
            self.activation in ACTIVATIONS,
            f"SurrogateDevice knows no activation {self.activation!r}",
            f"take one of {', '.join(ACTIVATIONS)}",
        )
        for name in ("offset", "amplitude"):
            vector = as_vector("SurrogateDevice", name, getattr(self, name), "V")
            require(
                vector.size in (1, self.electrodes),
                f"SurrogateDevice has {self.electrodes} electrodes, but {name} has {vector.size}",
                f"give {name} one number per electrode, or one for all, in V",
            )
            object.__setattr__(self, name, vector)
        amplification = _numbers("amplification", self.amplification)
        require(
            amplification.size == 1,
            f"SurrogateDevice needs one amplification, got {amplification.size}",
            "give the one that belongs to the row kept of the last layer",
        )
        object.__setattr__(self, "amplification", float(amplification.ravel()[0]))
        self._check_clip()
        require_integer("SurrogateDevice", 1, points=self.points)
        if self.points > 1:
            object.__setattr__(self, "ports", _PORTS_OF_SEVERAL)

    @classmethod
    def load(
        cls, path: PathLike, *, unit: float = 1e-9, points: int = 1, name: str = ""
    ) -> SurrogateDevice:
        """Read a surrogate from a NumPy archive.

        Parameters
        ----------
        path : str or Path
            File with arrays weight_0, bias_0, ..., activation, offset, amplitude (V),
            amplification and perhaps output_clip; others are ignored.
        unit : float, optional
            Unit of the file's amplification and output_clip, A; files are in nA as a rule.
        points : int, optional
            Points per sample.
        name : str, optional
            Name of the block.

        Raises
        ------
        TraceError
            If there is no such file, or it is damaged or no archive.
        ParameterError
            If an array is missing, or does not fit the others.
        """
        fields = read_surrogate(path, unit)
        try:
            return cls(**fields, points=points, name=name)
        except ParameterError as error:
            raise ParameterError(error.what, where=(str(path),), mend=error.mend) from None

    @property
    def electrodes(self) -> int:
        """Number of voltages K."""
        return int(self.weights[0].shape[1])

    @property
    def lower(self) -> FloatArray:
        """Lowest voltage of each electrode that the network has learnt, V, shape (K,)."""
        return np.broadcast_to(np.subtract(self.offset, self.amplitude), (self.electrodes,))

    @property
    def upper(self) -> FloatArray:
        """Highest voltage of each electrode that the network has learnt, V, shape (K,)."""
        return np.broadcast_to(np.add(self.offset, self.amplitude), (self.electrodes,))

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the current (A) at voltages of shape (K,) or (N, K), V."""
        output = self.amplification * self._sums(voltage)[-1][..., 0]
        result: FloatArray = np.clip(output, *self._limits())
        return result

    def gradient(self, voltage: VectorLike) -> FloatArray:
        """Return d current / d voltage (A/V) by backpropagation, shape as `voltage`.

        It is exact but on the edges of a relu; where the current is clipped it is 0.
        """
        *hidden, last = self._sums(voltage)
        back = np.broadcast_to(self.weights[-1][0], (*last.shape[:-1], self.weights[-1].shape[1]))
        for weight, z in zip(self.weights[-2::-1], hidden[::-1], strict=True):
            back = (back * slope(self.activation, z)) @ weight
        output = self.amplification * last
        lower, upper = self._limits()
        free = (lower < output) & (output < upper)
        result: FloatArray = np.where(free, self.amplification * back, 0.0)
        return result

    def lanes(self) -> dict[str, int]:
        return {
            "K": self.electrodes,
            "depth": len(self.weights),
            "weight_size": starts_of(self.weights)[-1],
            "layer_size": layer_size(self.weights),
        }

    def coefficients(self, rate: float) -> Coefficients:
        return (
            packed(self.weights, self.biases),
            np.array([self.electrodes, *(len(weight) for weight in self.weights)]),
            np.array(starts_of(self.weights)[:-1]),
            ACTIVATIONS.index(self.activation),
            self.amplification,
            *self._limits(),
        )

    # One point is most of all that is asked for, and several would take longer to compile.
    step = staticmethod(one_point)

    @property
    def step_function(self) -> Callable[..., Any]:
        return several_points if self.points > 1 else one_point

    def _sums(self, voltage: VectorLike) -> list[FloatArray]:
        """Return W h + b of every layer, each of shape (units,) or (N, units)."""
        h = np.asarray(voltage, dtype=np.float64)
        require(
            h.ndim in (1, 2) and h.shape[-1] == self.electrodes,
            f"SurrogateDevice has {self.electrodes} electrodes, got voltages of shape {h.shape}",
            f"give voltages of shape ({self.electrodes},) or (N, {self.electrodes}), in V",
        )
        sums: list[FloatArray] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            sums.append(h @ weight.T + bias)
            h = value(self.activation, sums[-1])
        return sums

    def _limits(self) -> tuple[float, float]:
        low, high = self.output_clip
        return (-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high)

    def _check_clip(self) -> None:
        pair = np.asarray(self.output_clip, dtype=np.float64)
        fits = pair.shape == (2,)
        if fits:
            object.__setattr__(self, "output_clip", (float(pair[0]), float(pair[1])))
        require(
            fits and self._limits()[0] < self._limits()[1],
            f"SurrogateDevice needs a lower and a higher output_clip, got {self.output_clip}",
            "give the pair in A, NaN where there is no limit",
        )


def _numbers(name: str, numbers: object) -> FloatArray:
    try:
        array = np.array(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array(math.nan)
    require(
        array.size > 0 and bool(np.isfinite(array).all()),
        f"SurrogateDevice needs finite numbers in {name}",
        f"look at {name}; a training that diverged leaves NaN",
    )
    array.flags.writeable = False
    return array
