"""Steps one by one: the types of each call, and whether the step keeps the contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numba import types
from numba.core.errors import NumbaError

from hgedsp.compile.fingerprint import plain
from hgedsp.compile.schedule import Plan
from hgedsp.compile.variants import refresh_call, step_call
from hgedsp.errors import StepError
from hgedsp.graph.flat import FlatNode

_SCALAR = {"float64": types.float64, "float32": types.float32, "int64": types.int64}


@dataclass(frozen=True)
class StepCall:
    """One call of a step: argument names and numba types, and what has to come back."""

    node: int
    arguments: tuple[str, ...]
    types: tuple[Any, ...]
    results: tuple[str, ...]
    refresh: bool = False


def step_calls(plan: Plan) -> tuple[StepCall, ...]:
    """Return the calls of all steps in a plan, for one lane."""
    tasks = [task for group in plan.groups for task in group.tasks if not task.output]
    return tuple(_call(plan.checked.flat.nodes[task.node], task.refresh) for task in tasks)


def array_type(dtype: str, dimensions: int = 1) -> Any:
    """Return the numba type of a contiguous array."""
    return types.Array(_SCALAR[dtype], dimensions, "C")


def _call(node: FlatNode, refresh: bool) -> StepCall:
    call = refresh_call(node) if refresh else step_call(node)
    states = set(node.block.ports.state)
    arrays = [node.block.vector and (bool(port.lanes) or port in states) for port in call.arguments]
    kinds = [
        array_type(port.dtype) if is_array else _SCALAR[port.dtype]
        for port, is_array in zip(call.arguments, arrays, strict=True)
    ]
    names = tuple(port.name for port in call.arguments)
    return StepCall(
        node.index, names, tuple(kinds), tuple(port.name for port in call.results), refresh
    )


def check_result(call: StepCall, node: FlatNode, step: Callable[..., Any]) -> None:
    """Compile a step alone and compare what it returns with what its ports say.

    Raises
    ------
    StepError
        If it cannot be compiled, or returns another number of values.
    """
    if plain(step).__code__.co_flags & inspect.CO_VARARGS:
        return  # numba cannot compile it alone
    kind = type(node.block).__name__
    given = f"({', '.join(f'{n}: {t}' for n, t in zip(call.arguments, call.types, strict=True))})"
    try:
        step.compile(call.types)  # type: ignore[attr-defined]
        returned = step.overloads[call.types].signature.return_type  # type: ignore[attr-defined]
    except (NumbaError, TypeError) as error:
        raise StepError(
            f"the step of {node.name} cannot be compiled: {_reason(error)}",
            where=(node.place, f"{kind}.step{given}"),
            mend="write it with numbers, math functions and loops only, as numba takes them; "
            "its arguments are inputs, state, coefficients",
        ) from None
    count = _count(returned)
    if count != len(call.results):
        raise StepError(
            f"the step of {node.name} returns {count} values, but its ports ask for "
            f"{len(call.results)}: {', '.join(call.results) or 'none'}",
            where=(node.place, f"{kind}.step{given}"),
            mend="return the outputs first, then the new state; a registered output only once",
        )


def check_types(
    results: tuple[str, ...], node: FlatNode, step: Callable[..., Any], first: int = 0
) -> None:
    """Refuse a compiled step that returns a fraction where its ports promise a whole number.

    Parameters
    ----------
    results : tuple of str
        Ports of the returned values, from the one with number `first` on.
    """
    ports = {port.name: port for port in (*node.block.ports.outputs, *node.block.ports.state)}
    for overload in getattr(step, "overloads", {}).values():
        returned = overload.signature.return_type
        kinds = tuple(getattr(returned, "types", (returned,)))
        for name, kind in zip(results, kinds[first:], strict=False):
            kind = getattr(kind, "dtype", kind)
            if ports[name].dtype == "int64" and isinstance(kind, types.Float):
                raise StepError(
                    f"the step of {node.name} returns {kind} for {name}, which is int64",
                    where=(node.place,),
                    mend=f"return a whole number, or make {name} a float64",
                )


def _count(returned: Any) -> int:
    if isinstance(returned, types.BaseTuple):
        return len(returned)
    return 0 if isinstance(returned, types.NoneType) else 1


def _reason(error: Exception) -> str:
    """The line of a numba error that tells what was wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [
        line
        for line in lines
        if not line.startswith(
            ("Failed in", "During:", "File", "There are", "<source", "-", "Enable", "*", ">")
        )
    ]
    return (telling or lines or [type(error).__name__])[0]
