"""The two logical inputs of a gate: their levels, fixed or learnt, and the way to the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.blocks import Concatenate, Constant, PlateauSequence, Select
from hgedsp.checks import FloatArray, VectorLike, require
from hgedsp.errors import ParameterError
from hgedsp.wire import Wire, as_wire, scope

CASES = ((0, 0), (0, 1), (1, 0), (1, 1))

# Share of an input's range by which its two levels stay apart while they are learnt.
_LEAST_SWING = 0.25


def as_levels(levels: VectorLike | Sequence[Sequence[float]]) -> FloatArray:
    """Return low and high voltage of each input, shape (2, 2), V.

    Returns
    -------
    array of shape (2, 2)
        A row per input: low and high, V.

    Raises
    ------
    ParameterError
        If it is neither one pair nor two pairs.
    """
    try:
        return np.array(np.broadcast_to(np.asarray(levels, dtype=np.float64), (2, 2)))
    except (TypeError, ValueError):
        raise ParameterError(
            f"a gate has a low and a high input level, got {levels!r}",
            mend="give (low, high) in V, or one such pair per input",
        ) from None


def check_levels(
    inputs: Sequence[int], levels: FloatArray, lower: FloatArray, upper: FloatArray, learnt: bool
) -> None:
    """Refuse levels that leave the range of their electrode, or cannot be learnt from there.

    Parameters
    ----------
    levels : array of shape (2, 2)
        Low and high voltage of each input, V.
    lower, upper : array of shape (2,)
        Range of the input electrodes, V.
    learnt : bool
        Whether the levels are parameters.
    """
    for electrode, (low, high), least, most in zip(inputs, levels, lower, upper, strict=True):
        require(
            bool(least <= low < high <= most),
            f"the input levels {low:g} and {high:g} V do not go up within the range of "
            f"electrode {electrode}, {least:g} to {most:g} V",
            "give the low level, then the high one, both within that range",
        )
    first, last = level_bounds(lower, upper)
    require(
        not learnt or bool(np.all((first <= levels.ravel()) & (levels.ravel() <= last))),
        f"learnt input levels keep {100 * _LEAST_SWING:g} % of the range apart, on both sides of "
        f"its middle, but these start at {np.array2string(levels.ravel(), separator=', ')} V",
        "start from a wider swing, or leave input_levels out",
    )


def level_bounds(lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return least and greatest value of learnt levels: low, high, low, high; shape (4,), V.

    A low level keeps to the lower part of its range, a high one to the upper part, so that they
    do not meet.
    """
    gap, middle = _LEAST_SWING * (upper - lower) / 2, (lower + upper) / 2
    least = np.column_stack([lower, middle + gap]).ravel()
    greatest = np.column_stack([middle - gap, upper]).ravel()
    return least, greatest


@dataclass(frozen=True)
class Stimulus:
    """What goes to the device, and what of it has to do with each parameter.

    Attributes
    ----------
    inputs, controls : Wire
        Voltages of the input and of the control electrodes, V.
    shares : Wire or None
        How much of each parameter reaches the device at a sample; None if all of all do.
    """

    inputs: Wire
    controls: Wire
    shares: Wire | None = None


def learnt_inputs(parameters: Wire, count: int, plateau: int, ramp: int) -> Stimulus:
    """Wire perturbed parameters, `count` controls and four levels, to the electrodes.

    A level reaches its electrode while it is on, with its perturbation; only then is a derivative
    its own.
    """
    bits = np.array(CASES)
    on = np.stack([1 - bits, bits], axis=2).reshape(len(bits), 4)
    with scope("stimulus"):
        share = as_wire(PlateauSequence(on, plateau, ramp, name="cases").values)
        controls, level = part(parameters, count)
        shown = level * share
        low, high = (as_wire(Select(lanes)(shown)) for lanes in ([0, 2], [1, 3]))
        shares = as_wire(Concatenate(2, name="shares")(Constant(np.ones(count)), share))
        return Stimulus(low + high, controls, shares)


def part(parameters: Wire, count: int) -> tuple[Wire, Wire]:
    """Wire `count` controls and the four levels behind them apart."""
    controls = Select(range(count), name="controls")(parameters)
    levels = Select(range(count, count + 4), name="levels")(parameters)
    return as_wire(controls), as_wire(levels)
