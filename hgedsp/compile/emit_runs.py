"""Emit for many runs: the kernel of one run, fit for registers of eight runs.

The text stays what it is, but for the lanes that only fill up a register, which are left out. What
changes is what the names in it mean: `run_registers` has loads, stores and sums for registers of
runs, and steps choose between values where runs could take different branches.

Runs often differ in all but their tones. What is the same for all of them is kept in registers of
one run, and so is what follows from it alone: it is worked out once for eight runs.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hgedsp.compile.emit import KERNEL, Text
from hgedsp.compile.layout import IN_REGISTERS, TILE, Memory
from hgedsp.compile.rewrite import on_lanes
from hgedsp.compile.run_registers import FOR_RUNS, RUNS
from hgedsp.compile.step_text import FIRST_LANES
from hgedsp.compile.variants import Variant, compiled

Function = Callable[..., Any]

# Forms for registers of runs in this process, by key.
_MADE: dict[str, Function | None] = {}

_OF_PYTHON = ("range", "min")
_LOAD = re.compile(r"\bload\((\w), (\d+), (\d+, \d+)\)")
_GET = re.compile(r"\bnumber\((\w), (\d+)\)")
_STORE = re.compile(r"\bstore\((\w), (.+), (\w+)\)$")
# Places in clocks, and constants.
_NUMBER = re.compile(r"position_\d+( // \d+)?|-?[\d.e+-]+")


def emit_runs(text: Text, memory: Memory, same: frozenset[int] = frozenset()) -> Text | None:
    """Turn the kernel of one run into that of eight, or return None where it has none.

    It has none where a step works on arrays, or holds what cannot be said with registers.

    Parameters
    ----------
    same : frozenset of int
        Nodes without inputs whose states and coefficients are the same for all runs.
    """
    variants = {variant.name: variant for variant in _variants(text)}
    calls = list(_calls(text))
    known = {*FOR_RUNS, *variants, *_OF_PYTHON}
    if any(task.vector for task in text.steps) or not {name for name, _ in calls} <= known:
        return None
    forms: dict[str, Variant] = {}
    for name, variant in variants.items():
        form = _form(variant, _common([given for called, given in calls if called == name]))
        if form is None:
            return None
        forms[name] = form
    return replace(
        text,
        source=_trimmed(_headed(text.source), memory, same),
        steps={task: forms[variant.name] for task, variant in text.steps.items()},
        merged=tuple(replace(m, variant=forms[m.variant.name]) for m in text.merged),
    )


def _calls(text: Text) -> Iterator[tuple[str, list[str]]]:
    """All that the kernel calls, with the expressions it gives."""
    for node in ast.walk(ast.parse(text.source[text.source.index(f"def {KERNEL}(") :])):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, [ast.unparse(argument) for argument in node.args]


def _variants(text: Text) -> Iterator[Variant]:
    yield from text.steps.values()
    for merged in text.merged:
        yield merged.variant


# Steps -------------------------------------------------------------------------------------------


def _common(calls: list[list[str]]) -> tuple[int, ...]:
    """Which arguments of a function are one number for all runs in all of its calls."""
    plain = [{i for i, given in enumerate(call) if _NUMBER.fullmatch(given)} for call in calls]
    return tuple(sorted(set.intersection(*plain))) if plain else ()


def _form(variant: Variant, common: tuple[int, ...]) -> Variant | None:
    """The form of a step for registers of runs."""
    if variant.one_by_one:
        return None
    key = hashlib.sha256(f"{variant.key} runs but {common}".encode()).hexdigest()
    if key not in _MADE:
        _MADE[key] = _for_runs(variant.function, common)
    made = _MADE[key]
    return None if made is None else replace(variant, key=key, function=made)


def _for_runs(function: Function, common: tuple[int, ...]) -> Function | None:
    code = getattr(function, "py_func", function).__code__
    names = code.co_varnames[: code.co_argcount]
    # What is fused is fused already: the very operations of one run.
    made = on_lanes(function, frozenset(names[i] for i in common), compiled, fuse=False)
    if made is None:
        return None
    inner = made[0]
    if FIRST_LANES in inner.__globals__:
        # All else that is called in it treats every number by itself, and so every run.
        inner.__globals__[FIRST_LANES] = FOR_RUNS["first_lanes"]
    return compiled(inner)


# Text --------------------------------------------------------------------------------------------


def _headed(source: str) -> str:
    head, kernel, rest = source.partition(f"def {KERNEL}(")
    head = head.replace("; written by", f", {RUNS} runs at once; written by", 1)
    return head + kernel + rest


def _trimmed(source: str, memory: Memory, same: frozenset[int]) -> str:
    """Leave out lanes that are none, tell stores how many there are, and what all runs share."""
    lanes, shared = dict(_few_lanes(memory)), _places(memory, same)

    def get(match: re.Match[str]) -> str:
        array, place = match[1], int(match[2])
        return f"number_same({array}, {place})" if (array, place) in shared else match[0]

    def load(match: re.Match[str]) -> str:
        array, place, shape = match[1], int(match[2]), match[3]
        count = lanes[array, place]
        if (array, place) in shared:
            return f"load_same({array}, {place}, {shape}, {count})"
        return f"load({array}, {place}, {count}, {count})"

    def store(match: re.Match[str]) -> str:
        array, place, value = match.groups()
        if place.isdigit() and (array, int(place)) in shared:
            return f"store_same({array}, {place}, {value})"
        count = lanes[array, int(place)] if place.isdigit() else TILE
        return f"store({array}, {place}, {value}, {count})"

    lines = (_LOAD.sub(load, _GET.sub(get, line)) for line in source.split("\n"))
    return "\n".join(_STORE.sub(store, line) for line in lines)


def _places(memory: Memory, nodes: frozenset[int]) -> set[tuple[str, int]]:
    """Where the states and coefficients of nodes are, unless they lie in tiles."""
    return {
        (slot.array, slot.offset)
        for slots in (memory.state, memory.coefficient)
        for (node, _), slot in slots.items()
        if node in nodes and slot.size <= IN_REGISTERS
    }


def _few_lanes(memory: Memory) -> Iterator[tuple[tuple[str, int], int]]:
    """Lanes of what is in one piece, by its place; what is in tiles is left in tiles."""
    for slots in (memory.state, memory.coefficient, memory.wire):
        slot_map: Mapping[Any, Any] = slots
        for slot in slot_map.values():
            if 1 < slot.size <= IN_REGISTERS:
                yield (slot.array, slot.offset), slot.size
