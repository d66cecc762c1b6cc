"""Bounds: steps that look at every index before they use it."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numba

from hgedsp import vectors
from hgedsp.compile.fingerprint import plain
from hgedsp.compile.schedule import Task
from hgedsp.compile.variants import STEP_OPTIONS, Variant

Function = Callable[..., Any]

# Compiled forms in this process, by what they do.
_MADE: dict[str, Function] = {}


def with_bounds(steps: Mapping[Task, Variant]) -> dict[Task, Variant]:
    """Return the same steps, where those that take numbers or arrays raise IndexError.

    Registers of lanes hold no arrays, so their steps are left as they are.
    """
    return {
        task: variant if variant.width and not variant.one_by_one else _bounded(variant)
        for task, variant in steps.items()
    }


def _bounded(variant: Variant) -> Variant:
    key = f"{variant.key} bounds"
    if key not in _MADE:
        _MADE[key] = _compiled(variant.function, {})
    return replace(variant, key=key, function=_MADE[key])


def _compiled(function: Function, made: dict[Function, Function]) -> Function:
    """Compile a function and the helpers it calls by name, which the option does not reach."""
    inner: Any = plain(function)
    if inner in made:
        return made[inner]
    cells = tuple(types.CellType() for _ in inner.__closure__ or ())
    names = dict(inner.__globals__)
    copied = types.FunctionType(
        inner.__code__, names, inner.__name__, inner.__defaults__, cells or None
    )
    made[inner] = numba.njit(**STEP_OPTIONS, boundscheck=True)(copied)
    for name in inner.__code__.co_names:
        if _is_helper(names.get(name)):
            names[name] = _compiled(names[name], made)
    for cell, given in zip(cells, inner.__closure__ or (), strict=True):
        value = given.cell_contents
        cell.cell_contents = _compiled(value, made) if _is_helper(value) else value
    return made[inner]


def _is_helper(value: Any) -> bool:
    """Whether it is a function written in Python; those of `vectors` stand for machine code."""
    inner = plain(value) if callable(value) else None
    if not isinstance(inner, types.FunctionType):
        return False
    return not (inner.__module__ or "").startswith(vectors.__name__)
