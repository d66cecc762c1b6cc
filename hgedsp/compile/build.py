"""Build: emitted text becomes a function, compiled by numba and cached by what it contains."""

from __future__ import annotations

import hashlib
import linecache
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.errors import NumbaError

from hgedsp.compile.cache import code_of, drop, drop_broken, put_source, seal
from hgedsp.compile.emit import KERNEL, Text, each_name
from hgedsp.compile.fingerprint import plain
from hgedsp.compile.for_numba import PLACES, TILES, for_numba
from hgedsp.compile.inline import hand_environments
from hgedsp.compile.reasons import versions, why_missed
from hgedsp.compile.stack import roomy_call
from hgedsp.compile.steps import StepCall, check_result, check_types
from hgedsp.compile.variants import STEP_OPTIONS, Variant
from hgedsp.compile.views import VIEWS
from hgedsp.errors import StepError
from hgedsp.graph.flat import FlatNode
from hgedsp.vectors import IN_TEXT

# Modules that have a say in what a step becomes.
_PASSES = (
    "bounds build for_numba inline kinds narrow one_rounding rewrite run_registers step_text "
    "straighten variants views"
)

TOOLS: Mapping[str, Any] = {**IN_TEXT, **VIEWS}


@dataclass(frozen=True)
class Built:
    """A runnable kernel.

    Attributes
    ----------
    function : callable
        The kernel, compiled, or the interpreter.
    file : Path
        The emitted source.
    cache_hit : bool
        Whether machine code came from the cache.
    why_missed : str
        Why it did not, if it did not.
    """

    function: Callable[..., None]
    file: Path
    cache_hit: bool
    why_missed: str = ""


def build(
    text: Text,
    nodes: tuple[FlatNode, ...],
    calls: tuple[StepCall, ...],
    signature: Any,
    tools: Mapping[str, Any] = TOOLS,
) -> Built:
    """Turn emitted text into a function.

    Parameters
    ----------
    calls : tuple of StepCall
        All calls of steps, with the types of their arguments, for checking them one by one.
    signature : numba signature
        Types of the arguments of the kernel.
    tools : mapping of str to function, optional
        What the names stand for by which the text loads, stores and adds up.

    Raises
    ------
    StepError
        If a step cannot be compiled, or returns something else than its ports say.
    """
    variants = {variant.name: variant for variant in text.steps.values()}
    variants.update({made.variant.name: made.variant for made in text.merged})
    name = f"kernel_{_key(text, variants)}"
    source = text.source.replace(f"def {KERNEL}(", f"def {name}(")
    file = put_source(name, source)
    steps = {key: variant.function for key, variant in variants.items()}
    # Merged functions stand in the text to be read; what is called has been made from their trees.
    module = _load(name, file, source, tools)
    module.__dict__.update(steps)
    for variant in variants.values():
        if variant.one_by_one:
            each = each_name(variant)
            setattr(module, each, numba.njit(**STEP_OPTIONS)(getattr(module, each)))
    try:
        dispatcher = _dispatched(getattr(module, name), signature, file)
    except NumbaError as error:
        # The kernel itself is sound, so one of the steps is not: find it by its name.
        for call in (call for call in calls if not call.refresh):
            step = nodes[call.node].block.step_function
            check_result(call, nodes[call.node], numba.njit(**STEP_OPTIONS)(plain(step)))
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise StepError(
            f"the kernel cannot be compiled: {reason}",
            where=(str(file),),
            mend="look at the emitted source; please report this graph",
        ) from None
    hit = bool(dispatcher.stats.cache_hits)
    if hit:
        return Built(dispatcher, file, hit)
    hand_environments(dispatcher)
    _check_types(calls, nodes, text, file)
    seal(file)
    return Built(dispatcher, file, hit, why_missed(file, text, nodes, _compiler_print()))


def _dispatched(function: Callable[..., None], signature: Any, file: Path) -> Any:
    """Compile a kernel, or take it from the cache."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        dispatcher = numba.njit(**options, cache=True)(function)
        drop_broken(file)
        roomy_call(_compile_kernel, dispatcher, signature)
    except (OSError, RuntimeError):
        # Nowhere to keep it, as on a full disk (without the file of the source, numba calls it a
        # RuntimeError): this process can do without, from memory alone.
        drop(file)
        dispatcher = numba.njit(**options)(function)
        roomy_call(dispatcher.compile, signature)
    dispatcher.disable_compile()
    return dispatcher


def _compile_kernel(dispatcher: Any, signature: Any) -> None:
    try:
        dispatcher.compile(signature)
    except ImportError:
        # Kept machine code names the modules of its steps. Where the user's is gone, or was never
        # one that can be imported, the code is of no use: forget it and compile again.
        dispatcher._cache.flush()
        dispatcher.compile(signature)


def _check_types(
    calls: tuple[StepCall, ...], nodes: tuple[FlatNode, ...], text: Text, file: Path
) -> None:
    functions = {task.node: v.function for task, v in text.steps.items() if not task.refresh}
    try:
        for call in calls:
            if call.node in functions:
                check_types(call.results, nodes[call.node], functions[call.node])
        for made in text.merged:
            for number, (node, port) in enumerate(made.ports):
                check_types((port.name,), nodes[node], made.variant.function, number)
    except StepError:
        drop(file)
        raise


def _key(text: Text, variants: dict[str, Variant]) -> str:
    """Hash all that the machine code depends on; comments do not count."""
    steps = "\n".join(f"{name} {variant.key}" for name, variant in sorted(variants.items()))
    parts = [code_of(text.source), steps, *versions().values(), _compiler_print()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


@cache
def _compiler_print() -> str:
    """A hash of what turns steps and text into machine code: our own part of it."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    passes = [folder / f"{name}.py" for name in _PASSES.split()]
    for file in (*passes, *sorted((folder.parent / "vectors").glob("*.py"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _load(name: str, file: Path, source: str, functions: Mapping[str, Any]) -> types.ModuleType:
    """Make a module of the emitted file with the functions it calls in its globals.

    numba looks the module up by name when it reads machine code back, so it has to be registered.
    """
    module = types.ModuleType(name)
    known = {**functions, **PLACES, **(TILES if functions is TOOLS else {})}
    module.__dict__.update(known, __file__=str(file))
    sys.modules[name] = module
    exec(compile(for_numba(source, name, known), str(file), "exec"), module.__dict__)
    linecache.checkcache(str(file))
    return module
