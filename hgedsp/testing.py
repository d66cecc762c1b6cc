"""The laws every block keeps, for authors of blocks to run on theirs."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.bench import Bench, Samples, cuts, joined
from hgedsp.bench import LawError as LawError
from hgedsp.block import Block
from hgedsp.checks import require_integer, require_positive
from hgedsp.compile.fingerprint import plain
from hgedsp.impulse import LONGEST_IMPULSE_RESPONSE, compare_response, impulse_response
from hgedsp.promise_law import check_promises
from hgedsp.run.kernel import Kernel
from hgedsp.wire import Scope, born_in


def check_block(
    block: Block,
    *,
    inputs: Mapping[str, npt.ArrayLike] | None = None,
    rate: float = 1e4,
    samples: int = 512,
    seed: int = 0,
    rtol: float = 1e-12,
) -> dict[str, str]:
    """Hold a block, a standard one or your own, to the laws that all blocks keep.

    - ``random``: no step calls `random` or `numpy.random`; a run could not be repeated.
    - ``inputs``: a step leaves its inputs as they are.
    - ``reset``: after a reset the same samples give the same outputs, bit for bit.
    - ``chunks``: one piece or many pieces give the same outputs, bit for bit.
    - ``resume``: a new kernel goes on from a saved state, bit for bit.
    - ``interpreter``: machine code without fastmath equals plain Python, bit for bit.
    - ``fastmath``: machine code with fastmath equals it within `rtol` of the largest output.
    - ``lanes``: what one lane is fed leaves the others alone, bit for bit (lane steps only).
    - ``linear``: for what says `is_linear`, sums of inputs and states give sums of outputs, within
      `rtol` of the largest output.
    - ``promises``: outputs are as `multiplies`, `as_tones` and `as_average` say, within `rtol`.
    - ``response``: the DFT of the impulse response is `response` (one input, one output only).

    Parameters
    ----------
    block : Block
        The block. A copy of it is wired, so that it can still be used afterwards.
    inputs : mapping of str to array, optional
        Samples per input port, shape (N,) or (N, lanes), all of one length. Required inputs that
        are left out get normally distributed samples; inputs with a default keep it.
    rate : float
        Sample rate, Hz.
    samples : int
        Number of samples N where `inputs` gives none, from 8.
    seed : int
        Seed of the samples and of the sizes of the pieces.
    rtol : float
        Tolerance of the laws of fastmath, linear and promises.

    Returns
    -------
    dict of str to str
        Per law ``"holds"``, or ``"skipped: "`` and why it says nothing about this block.

    Raises
    ------
    LawError
        If a law is broken; it names the law, the block, the output, the tick and the lane.
    HgedspError
        If the block cannot be wired or compiled, or its output is not finite.

    Examples
    --------
    >>> from hgedsp.blocks import OnePole
    >>> check_block(OnePole(1e-3))["response"]
    'holds'
    """
    require_positive("check_block", "Hz", rate=rate)
    require_integer("check_block", 8, samples=samples)
    # The copy is born where the block was, so that every complaint names that line.
    with born_in(Scope("", block.node.location)):
        bench = Bench(dataclasses.replace(block), dict(inputs or {}), rate, samples, seed, rtol)
    verdict = {}
    for name, law in _LAWS.items():
        reason = law(bench)
        verdict[name] = f"skipped: {reason}" if reason else "holds"
    return verdict


# The laws: each returns why it does not apply, if so ---------------------------------------------


def _law_random(bench: Bench) -> str:
    for node in bench.graph.nodes:
        if not (node.block.constant or node.block.external):
            for function in _reached(node.block.step_function, set()):
                found = _random_name(function)
                if found:
                    raise bench.broken(
                        "random",
                        f"{function.__name__} uses {found}, whose state no reset or checkpoint "
                        f"knows",
                        "keep the state of the generator in an int64 state, as WhiteNoise does",
                    )
    return ""


def _law_inputs(bench: Bench) -> str:
    # Every feed looks after it, the first one included.
    return "" if bench.inputs else "no inputs"


def _law_reset(bench: Bench) -> str:
    wanted = bench.reference
    mend = "keep all that the step remembers in state, and write every output before reading it"
    bench.compare("reset", wanted, bench.from_start(bench.inputs), mend)
    return ""


def _law_chunks(bench: Bench) -> str:
    wanted = bench.reference
    bench.kernel.reset()
    pieces = [
        bench.feed(bench.kernel, bench.inputs, start, stop)
        for start, stop in cuts(bench.samples, bench.generator)
    ]
    mend = "let the step use this sample and the state only; it must not read over an edge"
    bench.compare("chunks", wanted, joined(pieces), mend)
    return ""


def _law_resume(bench: Bench) -> str:
    wanted = bench.reference
    cut = int(bench.generator.integers(1, bench.samples))
    bench.kernel.reset()
    first = bench.feed(bench.kernel, bench.inputs, 0, cut)
    resumed: Kernel = bench.graph.compile()
    resumed.load_state(bench.kernel.state())
    rest = bench.feed(resumed, bench.inputs, cut)
    mend = "keep all that the step remembers in state"
    bench.compare("resume", wanted, joined([first, rest]), mend)
    return ""


def _law_interpreter(bench: Bench) -> str:
    strict = bench.feed(bench.graph.compile(fastmath=False), bench.inputs)
    mend = "use what means the same in Python and in numba: math.exp for np.exp, x * x for x**2"
    bench.compare("interpreter", bench.interpreted, strict, mend)
    return ""


def _law_fastmath(bench: Bench) -> str:
    mend = "avoid differences of nearly equal numbers, or give check_block a larger rtol"
    bench.compare("fastmath", bench.interpreted, bench.reference, mend, rtol=bench.rtol)
    return ""


def _law_lanes(bench: Bench) -> str:
    if any(node.block.vector or node.block.reduces for node in bench.graph.nodes):
        return "a vector step or a sum may couple lanes"
    wide = [name for name, values in bench.inputs.items() if values.shape[1] > 1]
    if not wide:
        return "no input has lanes"
    changed = {name: values.copy() for name, values in bench.inputs.items()}
    for name in wide:
        changed[name][:, 0] += 1
    wanted, got = bench.reference, bench.from_start(changed)
    for name, values in got.items():
        values[:, 0] = wanted[name][:, 0]
    mend = "give every state one value per lane, as in state='y1[K]'"
    bench.compare("lanes", wanted, got, mend)
    return ""


def _law_linear(bench: Bench) -> str:
    if not all(node.block.is_linear or node.block.external for node in bench.graph.nodes):
        return "it does not say that it is linear"
    other = {name: bench.generator.permutation(v) for name, v in bench.inputs.items()}
    states = [_random_states(bench), _random_states(bench)]
    mend = "set is_linear = True only where inputs and states are scaled and added, nothing else"
    first, second = _answer(bench, bench.inputs, states[0]), _answer(bench, other, states[1])
    together = _answer(bench, _combined(bench.inputs, other), _combined(*states))
    bench.compare("linear", _combined(first, second), together, mend, rtol=bench.rtol)
    return ""


def _law_response(bench: Bench) -> str:
    block = bench.block
    if "response" not in vars(type(block)):
        return "no response"
    if len(bench.inputs) != 1 or len(block.ports.outputs) != 1:
        return "not one input and one output"
    if block.interpolation > 1:
        return "the output is on a faster clock"
    if max(block.lanes().values(), default=1) > 1:
        return "its lanes have parameters of their own"
    for stimulus in ((1.0,), (1.0, -1.0)):
        answer = impulse_response(bench, stimulus)
        if answer is not None:
            compare_response(bench, np.array(stimulus), answer)
            return ""
    return f"it still rings after {LONGEST_IMPULSE_RESPONSE} samples"


# Linearity ---------------------------------------------------------------------------------------


def _random_states(bench: Bench) -> Samples:
    """Values for all states but whole numbers, which count and do not add up."""
    states = {name: bench.kernel.states[name] for name in bench.kernel.states}
    return {
        name: bench.generator.standard_normal(values.shape)
        for name, values in states.items()
        if values.dtype == np.float64
    }


def _answer(bench: Bench, inputs: Samples, states: Samples) -> Samples:
    bench.kernel.reset()
    for name, values in states.items():
        bench.kernel.states[name] = values
    return bench.feed(bench.kernel, inputs)


def _combined(first: Samples, second: Samples) -> Samples:
    # Whole factors, for inputs that are whole numbers.
    return {name: 2 * values - 3 * second[name] for name, values in first.items()}


# Random numbers ----------------------------------------------------------------------------------


def _reached(function: Callable[..., Any], seen: set[int]) -> Iterator[types.FunctionType]:
    """The step and all functions of Python it can call."""
    inner = plain(function)
    if not isinstance(inner, types.FunctionType) or id(inner) in seen:
        return
    seen.add(id(inner))
    yield inner
    cells = [cell.cell_contents for cell in inner.__closure__ or ()]
    for value in (*_globals_of(inner).values(), *cells):
        if callable(value):
            yield from _reached(value, seen)


def _globals_of(function: types.FunctionType) -> dict[str, Any]:
    names = function.__code__.co_names
    return {name: function.__globals__[name] for name in names if name in function.__globals__}


def _random_name(function: types.FunctionType) -> str:
    """The name of a random generator that a function uses, or nothing."""
    for name, value in _globals_of(function).items():
        # random() and normal() are bound to a hidden generator.
        home = getattr(value, "__name__", "") if isinstance(value, types.ModuleType) else ""
        home = home or type(getattr(value, "__self__", None)).__module__
        if home == "random" or home.startswith("numpy.random"):
            return name
        if value is np and "random" in function.__code__.co_names:
            return f"{name}.random"
    return ""


_LAWS: dict[str, Callable[[Bench], str]] = {
    "random": _law_random,
    "inputs": _law_inputs,
    "reset": _law_reset,
    "chunks": _law_chunks,
    "resume": _law_resume,
    "interpreter": _law_interpreter,
    "fastmath": _law_fastmath,
    "lanes": _law_lanes,
    "linear": _law_linear,
    "promises": check_promises,
    "response": _law_response,
}
