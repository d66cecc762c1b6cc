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
from hgedsp.errors import StepError
from hgedsp.graph.flat import FlatNode
from hgedsp.ports import Port

_SCALAR = {"float64": types.float64, "int64": types.int64}


@dataclass(frozen=True)
class StepCall:
    """One call of a step: argument names and numba types, and what has to come back."""

    node: int
    arguments: tuple[str, ...]
    types: tuple[Any, ...]
    results: tuple[str, ...]


def step_calls(plan: Plan) -> tuple[StepCall, ...]:
    """Return the calls of all steps in a plan."""
    tasks = [task for group in plan.groups for task in group.tasks if not task.output]
    return tuple(_call(plan.checked.flat.nodes[task.node]) for task in tasks)


def array_type(dtype: str, dimensions: int = 1) -> Any:
    """Return the numba type of a contiguous array."""
    return types.Array(_SCALAR[dtype], dimensions, "C")


def _call(node: FlatNode) -> StepCall:
    block, ports = node.block, node.block.ports
    outputs = [port for port in ports.outputs if port.name not in ports.registered]
    position = [Port("position", dtype="int64")] if block.decimation > 1 else []
    if block.vector:
        written = [port for port in outputs if port.lanes]
        arguments = [*ports.inputs, *position, *written]
        kinds = [array_type(p.dtype) if p.lanes else _SCALAR[p.dtype] for p in arguments]
        kinds += [array_type(port.dtype) for port in ports.state]
        kinds += [array_type(p.dtype) if p.lanes else _SCALAR[p.dtype] for p in ports.coefficients]
        results = [port.name for port in outputs if not port.lanes]
    else:
        arguments = [*ports.inputs, *position]
        kinds = [_SCALAR[p.dtype] for p in (*arguments, *ports.state, *ports.coefficients)]
        results = [port.name for port in (*outputs, *ports.state)]
    names = tuple(port.name for port in (*arguments, *ports.state, *ports.coefficients))
    return StepCall(node.index, names, tuple(kinds), tuple(results))


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


def check_types(call: StepCall, node: FlatNode, step: Callable[..., Any]) -> None:
    """Refuse a compiled step that returns a fraction where its ports promise a whole number."""
    overload = getattr(step, "overloads", {}).get(call.types)
    if overload is None:
        return
    returned = overload.signature.return_type
    kinds = getattr(returned, "types", (returned,))
    ports = {port.name: port for port in (*node.block.ports.outputs, *node.block.ports.state)}
    for name, kind in zip(call.results, kinds, strict=False):
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
