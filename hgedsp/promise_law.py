"""What a block on the bench promises beyond its step, against what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.bench import Bench, Samples
from hgedsp.checks import FloatArray
from hgedsp.promises import Average, Tones

# Phases are exact but for rounding; states may have drifted a little until they are put right.
_STATE_TOLERANCE = 1e-9


def check_promises(bench: Bench) -> str:
    """Hold a block to `multiplies`, `as_tones` and `as_average`; return why not, if so."""
    if bench.block.is_compound:
        return "its parts make the promises"
    tones, average = bench.block.as_tones(bench.rate), bench.block.as_average()
    if tones is not None:
        _check_tones(bench, tones)
    if average is not None and len(bench.inputs) == 1:
        _check_average(bench, average)
    if bench.block.multiplies:
        _check_product(bench)
    if not (tones or average or bench.block.multiplies):
        return "it makes no promises"
    return ""


def _check_tones(bench: Bench, tones: Tones) -> None:
    bench.from_start({})
    mend = "let as_tones say the frequencies and phases that the step makes"
    parts = zip(tones.numerator.tolist(), tones.denominator.tolist(), strict=True)
    turn = np.array([[n * p % q / q for n in range(bench.samples)] for p, q in parts]).T
    wanted = {port: np.sin(2 * np.pi * (turn + more)) for port, more in tones.turn.items()}
    bench.compare("promises", wanted, bench.reference, mend, rtol=bench.rtol)
    states = bench.block.state_at(bench.rate, bench.samples)
    _check_states(bench, states, "let state_at return every state as it is before a tick")


def _check_average(bench: Bench, average: Average) -> None:
    ((name, values),) = bench.inputs.items()
    ((port, reference),) = bench.reference.items()
    size = len(average.weights)
    whole = values[: len(values) // size * size]
    means = np.einsum("wnk,n->wk", whole.reshape(-1, size, values.shape[1]), average.weights)
    mend = "let as_average return the weight of each sample of a window in the output"
    bench.compare("promises", {port: means}, {port: reference}, mend, rtol=bench.rtol)
    bench.from_start({name: whole})
    states = {state: factor * means[-1] + rest for state, (factor, rest) in average.states.items()}
    _check_states(bench, states, "let as_average return every state as it is after a window")


def _check_product(bench: Bench) -> None:
    first, second = bench.inputs.values()
    ones = {name: np.ones_like(values) for name, values in bench.inputs.items()}
    ((port, factor),) = bench.from_start(ones).items()
    mend = "set multiplies = True only where the output is the product of both inputs, scaled"
    wanted: Samples = {port: factor * first * second}
    bench.compare("promises", wanted, bench.reference, mend, rtol=bench.rtol)


def _check_states(bench: Bench, wanted: dict[str, Any], mend: str) -> None:
    """Compare all states of the block as they are now."""
    (name,) = (node.name for node in bench.graph.nodes if not node.block.external)
    for port in bench.block.ports.state:
        got: npt.NDArray[Any] = bench.kernel.states[f"{name}.{port.name}"]
        off: FloatArray = np.abs(got - wanted.get(port.name, np.inf))
        if not np.all(off <= _STATE_TOLERANCE * max(1.0, float(np.abs(got).max()))):
            raise bench.broken("promises", f"state {port.name} is {got}", mend)
