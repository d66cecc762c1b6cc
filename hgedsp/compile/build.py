"""Build: emitted text becomes a function, compiled by numba and cached by what it contains."""

from __future__ import annotations

import hashlib
import linecache
import platform
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.errors import NumbaError

from hgedsp.compile.cache import code_of, drop, drop_broken, put_source, seal
from hgedsp.compile.emit import KERNEL, Text
from hgedsp.compile.fingerprint import fingerprint, plain
from hgedsp.compile.stack import roomy_call
from hgedsp.compile.steps import StepCall, check_result, check_types
from hgedsp.compile.views import VIEW, compiled_view, plain_view
from hgedsp.errors import StepError
from hgedsp.graph.flat import FlatNode

_SETTINGS: Any = numba.config  # its names are made at run time

# Never nnan or ninf: a NaN has to stay a NaN. Reassociation lets sums over lanes use the vector
# unit; it is left out of the steps themselves, whose chains of operations it would slow down.
_KERNEL_MATH = {"contract", "reassoc", "nsz"}
_STEP_MATH = {"contract"}

# Steps compiled in this process: graphs of the same blocks need not type them again.
_STEPS: dict[tuple[str, bool], Callable[..., Any]] = {}


@dataclass(frozen=True)
class Built:
    """A runnable kernel.

    Attributes
    ----------
    function : callable
        The kernel, compiled, or plain Python if it was asked for as the interpreter.
    file : Path
        The emitted source.
    cache_hit : bool
        Whether machine code came from the cache.
    """

    function: Callable[..., None]
    file: Path
    cache_hit: bool


def build(
    text: Text,
    nodes: tuple[FlatNode, ...],
    calls: tuple[StepCall, ...],
    signature: Any,
    *,
    fastmath: bool,
    interpret: bool,
) -> Built:
    """Turn emitted text into a function.

    Parameters
    ----------
    calls : tuple of StepCall
        All calls of steps, with the types of their arguments, for checking them one by one.
    signature : numba signature
        Types of the arguments of the kernel.

    Raises
    ------
    StepError
        If a step cannot be compiled, or returns something else than its ports say.
    """
    functions = {text.steps[call.node]: nodes[call.node].block.step_function for call in calls}
    prints = {step: fingerprint(function) for step, function in functions.items()}
    name = f"kernel_{_key(text, prints, fastmath)}"
    source = text.source.replace(f"def {KERNEL}(", f"def {name}(")
    file = put_source(name, source)
    if interpret or _SETTINGS.DISABLE_JIT:
        steps = {key: plain(function) for key, function in functions.items()}
        module = _load(f"{name}_plain", file, source, {**steps, VIEW: plain_view})
        return Built(getattr(module, name), file, False)
    compiled = {key: _compile_step(f, prints[key], fastmath) for key, f in functions.items()}
    module = _load(name, file, source, {**compiled, VIEW: compiled_view})
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "cache": True,
        "fastmath": _KERNEL_MATH if fastmath else False,
    }
    dispatcher = numba.njit(**options)(getattr(module, name))
    drop_broken(file)
    try:
        roomy_call(_compile_kernel, dispatcher, signature)
    except NumbaError as error:
        # The kernel itself is sound, so one of the steps is not: find it by its name.
        for call in calls:
            check_result(call, nodes[call.node], compiled[text.steps[call.node]])
        raise StepError(
            f"the kernel cannot be compiled: {str(error).splitlines()[0]}",
            where=(str(file),),
            mend="look at the emitted source; please report this graph",
        ) from None
    dispatcher.disable_compile()
    hit = bool(dispatcher.stats.cache_hits)
    if not hit:
        _check_types(calls, nodes, text, compiled, file)
        seal(file)
    return Built(dispatcher, file, hit)


def _compile_kernel(dispatcher: Any, signature: Any) -> None:
    try:
        dispatcher.compile(signature)
    except ImportError:
        # Kept machine code names the modules of its steps. Where the user's is gone, or was never
        # one that can be imported, the code is of no use: forget it and compile again.
        dispatcher._cache.flush()
        dispatcher.compile(signature)


def _check_types(
    calls: tuple[StepCall, ...],
    nodes: tuple[FlatNode, ...],
    text: Text,
    compiled: dict[str, Callable[..., Any]],
    file: Path,
) -> None:
    try:
        for call in calls:
            check_types(call, nodes[call.node], compiled[text.steps[call.node]])
    except StepError:
        drop(file)
        raise


def step_names(nodes: tuple[FlatNode, ...]) -> tuple[str, ...]:
    """Name the step of every node; nodes whose steps do the same share a name."""
    by_print: dict[str, str] = {}
    # Most nodes of a kind share one function, which need be read only once.
    by_function: dict[Callable[..., Any], str] = {}
    used: dict[str, int] = {}
    names = []
    for node in nodes:
        if node.block.constant or node.block.external:
            names.append("")
            continue
        function = node.block.step_function
        if function not in by_function:
            mark = fingerprint(function)
            if mark not in by_print:
                kind = type(node.block).__name__
                used[kind] = used.get(kind, 0) + 1
                by_print[mark] = f"step_{kind}" + (f"_{used[kind]}" if used[kind] > 1 else "")
            by_function[function] = by_print[mark]
        names.append(by_function[function])
    return tuple(names)


def _key(text: Text, prints: dict[str, str], fastmath: bool) -> str:
    """Hash all that the machine code depends on; comments do not count."""
    steps = "\n".join(f"{name} {mark}" for name, mark in sorted(prints.items()))
    versions = (
        platform.python_version(),
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        # The flags themselves: another flag makes other machine code from the same text.
        str([sorted(_KERNEL_MATH), sorted(_STEP_MATH)] if fastmath else []),
    )
    return hashlib.sha256("\n".join([code_of(text.source), steps, *versions]).encode()).hexdigest()[
        :20
    ]


def _compile_step(function: Callable[..., Any], mark: str, fastmath: bool) -> Callable[..., Any]:
    if hasattr(function, "py_func"):
        return function
    # No wrapper for calls from Python, and always in line: less to compile, and array arguments
    # are not handed over one field at a time.
    options: dict[str, Any] = {
        "no_cpython_wrapper": True,
        "nogil": True,
        "error_model": "numpy",
        "forceinline": True,
    }
    key = mark, fastmath
    if key not in _STEPS:
        math = _STEP_MATH if fastmath else False
        _STEPS[key] = numba.njit(fastmath=math, **options)(function)
    return _STEPS[key]


def _load(
    name: str, file: Path, source: str, functions: dict[str, Callable[..., Any]]
) -> types.ModuleType:
    """Make a module of the emitted file with the step functions in its globals.

    numba looks the module up by name when it reads machine code back, so it has to be registered.
    """
    module = types.ModuleType(name)
    module.__dict__.update(functions, __file__=str(file))
    sys.modules[name] = module
    exec(compile(source, str(file), "exec"), module.__dict__)
    linecache.checkcache(str(file))
    return module
