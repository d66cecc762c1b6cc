"""Everything a Boolean gate is trained from: device, inputs, tones, times and noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import (
    Adam,
    PlateauSequence,
    ToneGenerator,
)
from hgedsp.checks import FloatArray, VectorLike, as_vector, require, require_integer
from hgedsp.errors import ParameterError
from hgedsp.graphs.gate_inputs import (
    CASES,
    as_levels,
    check_levels,
    level_bounds,
)
from hgedsp.graphs.sample import DIRECT
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.hge import plan_tones

# Target of each input case a, b in the order 00, 01, 10, 11: all two-input Boolean functions but
# the two constants, which ask nothing of a device.
GATES: dict[str, tuple[int, int, int, int]] = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
    "a": (0, 0, 1, 1),
    "b": (0, 1, 0, 1),
    "not-a": (1, 1, 0, 0),
    "not-b": (1, 0, 1, 0),
    "a-and-not-b": (0, 0, 1, 0),
    "b-and-not-a": (0, 1, 0, 0),
    "a-or-not-b": (1, 0, 1, 1),
    "b-or-not-a": (1, 1, 0, 1),
}
CONSTANTS: dict[str, int] = {"false": 0, "true": 1}

# Periods per plateau: odd, within one octave, and all sums of two different (twice a Golomb ruler
# plus 23), so that no product of second or third order falls on a tone.
_PERIODS = (23, 25, 31, 41, 45)


@dataclass(frozen=True)
class GateSetup:
    """Everything a gate's training graph is made from.

    Parameters
    ----------
    gate : str
        One of `GATES`.
    device : Block
        Device model: one input of E electrodes (V), one output (A).
    lower, upper : array of shape (E,)
        Valid voltages of each electrode, V.
    initial : array of shape (E - 2,)
        Control voltages at the start, V.
    inputs : pair of int, optional
        Electrodes that take the logical inputs.
    sample_rate : float, optional
        Hz.
    plateau, ramp : int, optional
        Samples per input case, and between cases. A plateau is one period of the tone plan.
    amplitude : float, optional
        Perturbation amplitude as a share of half of each control's range.
    noise : float, optional
        One-sided density of the white output noise, A^2/Hz; the paper's analysis takes
        1e-5 nA^2/Hz at 1 kHz.
    learning_rate : float, optional
        Step of Adam as a share of half of each control's range, per epoch, or per cycle of the
        four cases.
    loss : str, optional
        One of `hgedsp.graphs.losses.LOSSES`, for learning per epoch.
    seed : int, optional
        Of the noise.
    input_levels : array of shape (2,) or (2, 2), optional
        Low and high voltage of both inputs, or of each (one row per input), V; the ends of their
        range if left out.
    learn_inputs : bool, optional
        Whether the four input levels are parameters like the controls, and start from
        `input_levels`. The two of an input then stay apart by a quarter of its range.
    path : SignalPath, optional
        What the current passes before it is recorded, and what calibration found of it.
    settle : int, optional
        Samples by which each case is held longer, and which are not averaged, while what was
        before still comes out of the path: its delay and some five time constants of its
        bandwidth, for learning per epoch. Continuous learning averages no plateaus; there whole
        plateaus, and so none, are best.

    Raises
    ------
    ParameterError
        If the gate is not known, electrodes or levels are not those of the device, or the device
        has too few of them.
    """

    gate: str
    device: Block
    lower: VectorLike
    upper: VectorLike
    initial: VectorLike
    inputs: Sequence[int] = (1, 2)
    sample_rate: float = 10e3
    plateau: int = 256
    ramp: int = 20
    amplitude: float = 0.02
    noise: float = 1e-23
    learning_rate: float = 0.1
    loss: str = "correlation"
    seed: int = 0
    input_levels: VectorLike | Sequence[Sequence[float]] | None = None
    learn_inputs: bool = False
    path: SignalPath = DIRECT
    settle: int = 0
    controls: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.gate not in GATES:
            raise ParameterError(
                f"no gate is named {self.gate!r}", mend=f"choose one of {', '.join(GATES)}"
            )
        low, high = as_vector("gate", "lower", self.lower), as_vector("gate", "upper", self.upper)
        require(
            low.size > 2,
            f"a gate needs two inputs and a control, but the device has {low.size} electrode(s)",
            "take a device with three electrodes or more",
        )
        for electrode in self.inputs:
            require_integer("gate", 0, low.size - 1, input=electrode)
        require(
            len(set(self.inputs)) == 2,
            f"a gate has two inputs, got {tuple(self.inputs)}",
            "name two different electrodes",
        )
        require(
            bool(np.all(low < high)),
            "the lower voltages are not below the upper ones",
            "exchange lower and upper",
        )
        controls = tuple(e for e in range(low.size) if e not in self.inputs)
        object.__setattr__(self, "controls", controls)
        require_integer("gate", 0, settle=self.settle)
        chosen = list(self.inputs)
        check_levels(chosen, self.levels, low[chosen], high[chosen], self.learn_inputs)

    @property
    def held(self) -> int:
        """Samples for which each case is held: while the path settles, and the plateau."""
        return self.settle + self.plateau

    @property
    def skip(self) -> int:
        """Samples per case that are not averaged, at its start."""
        return self.window - self.plateau

    @property
    def window(self) -> int:
        """Samples per case, ramp and all."""
        return self.ramp + self.held

    @property
    def epoch(self) -> int:
        """Samples of the four cases together."""
        return len(CASES) * self.window

    @property
    def parameter_electrodes(self) -> list[int]:
        """Electrode of each parameter: the controls, then low, high, low, high if learnt."""
        return [*self.controls, *(np.repeat(self.inputs, 2).tolist() if self.learn_inputs else ())]

    @property
    def half_range(self) -> FloatArray:
        """Half of the range of the electrode of each parameter, V."""
        wide = as_vector("gate", "upper", self.upper) - as_vector("gate", "lower", self.lower)
        return wide[self.parameter_electrodes] / 2

    @property
    def control_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest voltage of each control, V."""
        return self._ends(self.controls)

    @property
    def target(self) -> FloatArray:
        """Wanted level of each case, 0 or 1."""
        return np.array(GATES[self.gate], dtype=np.float64)

    @property
    def levels(self) -> FloatArray:
        """Low and high voltage of each input (at the start if learnt), shape (2, 2), V."""
        if self.input_levels is None:
            return np.column_stack(self._ends(self.inputs))
        return as_levels(self.input_levels)

    @property
    def case_voltages(self) -> FloatArray:
        """Voltages of the two input electrodes in the four cases, shape (4, 2), V."""
        return self.levels[(0, 1), CASES]

    def electrode_voltages(
        self, controls: VectorLike, levels: FloatArray | None = None
    ) -> FloatArray:
        """Return the voltages of all electrodes in the four cases, shape (4, E), V.

        Parameters
        ----------
        controls : array of shape (E - 2,)
            Control voltages, V.
        levels : array of shape (2, 2), optional
            Low and high voltage of each input, V; `self.levels` if left out.

        Returns
        -------
        array of shape (4, E)
            V.
        """
        table = np.empty((len(CASES), len(self.controls) + 2))
        table[:, list(self.inputs)] = (self.levels if levels is None else levels)[(0, 1), CASES]
        table[:, list(self.controls)] = as_vector("gate", "controls", controls)
        return table

    def tones(self) -> ToneGenerator:
        """Return one tone per electrode that learns on whole periods of a plateau.

        The two levels of an input share a tone: it belongs to the one that is on.
        """
        count = len(self.controls)
        periods = tone_periods(count + 2 * self.learn_inputs, self.plateau)
        periods = np.concatenate([periods[:count], np.repeat(periods[count:], 2)])
        base = self.sample_rate / self.plateau
        return ToneGenerator(periods * base, self.amplitude * self.half_range, name="tones")

    def square_wave(self, swing: float) -> PlateauSequence:
        """Return the wanted output, a wave of that swing without a mean.

        The AC-coupled current has none either.
        """
        balanced = swing * (self.target - self.target.mean())
        return PlateauSequence(balanced[:, np.newaxis], self.held, self.ramp, name="target")

    def updater(self, ticks_per_epoch: int = 1, beta2: float = 0.99) -> Adam:
        """Return the updater of the control voltages, and of the input levels if learnt."""
        lower, upper = self._bounds()
        return Adam(
            self.learning_rate * self.half_range / ticks_per_epoch,
            self.parameters(self.initial),
            beta2=beta2,
            lower=lower,
            upper=upper,
            name="updater",
        )

    def parameters(self, controls: VectorLike) -> FloatArray:
        """Return control voltages and, if they are learnt, `levels` behind them, V."""
        learnt = self.levels.ravel() if self.learn_inputs else ()
        return np.array([*as_vector("gate", "controls", controls), *learnt])

    def _bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and the highest value of each parameter, V."""
        lower, upper = self.control_bounds
        if not self.learn_inputs:
            return lower, upper
        least, greatest = level_bounds(*self._ends(self.inputs))
        return np.concatenate([lower, least]), np.concatenate([upper, greatest])

    def _ends(self, electrodes: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and the highest voltage of some electrodes, V."""
        chosen = list(electrodes)
        lower, upper = (as_vector("gate", name, getattr(self, name)) for name in ("lower", "upper"))
        return lower[chosen], upper[chosen]


def tone_periods(count: int, plateau: int) -> FloatArray:
    """Return how many periods each of `count` tones makes per plateau.

    Up to five are the same for all plateaus; more are planned for its samples, without products
    on tones as long as the plateau is long enough: 256 samples do for seven.
    """
    if count <= len(_PERIODS):
        return np.array(_PERIODS[:count], dtype=np.float64)
    # In units of a plateau: from the lowest tone above to just below half the samples.
    band = (float(_PERIODS[0]), plateau / 2 - 1)
    plan = plan_tones(count, band, window=1.0, sample_rate=float(plateau), phases="zero")
    return plan.bins.astype(np.float64)
