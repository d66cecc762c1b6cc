"""Rewrite: the text of a step, made fit for the vector unit.

Two rewritings, both of the syntax tree of a step and of the helpers it calls:

``fused``
    Every ``a * b + c`` becomes one multiply-add that rounds once. LLVM could do it by itself, but
    would choose anew in every kernel; said in the text, a step gives the same bits wherever it is
    used, whatever else is recorded and on every machine.
``on_lanes``
    A step of plain numbers becomes one of registers of lanes. A branch that may go either way in
    different lanes turns into a choice between values: both sides are computed, one is kept.
    A branch on what all lanes have in common stays a branch.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hgedsp.compile.one_rounding import Fuse
from hgedsp.compile.step_text import TOOLS, Function, function_of, helpers_of, known_names, tree_of
from hgedsp.compile.straighten import Straightener, Unfit


def fused(
    function: Function, compile_helper: Callable[[Function], Function], *, arrays: bool = False
) -> Function:
    """Return a function that rounds each product and sum of a step only once.

    Where the text of the function cannot be had, it is returned as it is.

    Parameters
    ----------
    compile_helper : callable
        What a rewritten helper has to pass through before it can be called by the result.
    arrays : bool
        Whether names may stand for arrays, which ``+=`` changes where they are.
    """
    tree = tree_of(function)
    if tree is None:
        return function
    helpers = {
        name: compile_helper(fused(helper, compile_helper, arrays=arrays))
        for name, helper in helpers_of(function, tree).items()
    }
    tree = ast.fix_missing_locations(Fuse(arrays=arrays).visit(tree))
    return function_of(function, tree, helpers)


@dataclass(frozen=True)
class Straight:
    """A step in straight text.

    Attributes
    ----------
    tree : ast.FunctionDef
        Assignments, each of a new name, branches on common numbers, and one return.
    names : dict of str to object
        What the names from outside stand for.
    single : frozenset of int
        Results, by position, that are one number for all lanes.
    """

    tree: ast.FunctionDef
    names: dict[str, Any]
    single: frozenset[int]


def straight(
    function: Function,
    common: frozenset[str],
    compile_helper: Callable[[Function], Function],
    *,
    fuse: bool,
) -> Straight | None:
    """Return a step without branches that lanes could take in different ways, or None.

    Parameters
    ----------
    common : frozenset of str
        Arguments that are single numbers, the same for all lanes: branches on them stay branches.
    """
    tree = tree_of(function)
    if tree is None:
        return None
    try:
        helpers = {
            name: compile_helper(_helper_on_lanes(helper, compile_helper, fuse))
            for name, helper in helpers_of(function, tree).items()
        }
        straightener = Straightener(function, common)
        made = straightener.run(tree)
    except Unfit:
        return None
    known = {**TOOLS, **known_names(function), **helpers}
    called = {node.id for node in ast.walk(made) if isinstance(node, ast.Name)}
    own = {argument.arg for argument in made.args.args}
    names = {name: known[name] for name in called - own if name in known}
    return Straight(made, names, straightener.single)


def on_lanes(
    function: Function,
    common: frozenset[str],
    compile_helper: Callable[[Function], Function],
    *,
    fuse: bool,
) -> tuple[Function, frozenset[int]] | None:
    """Return a step for registers of lanes with its single results; see `straight`."""
    text = straight(function, common, compile_helper, fuse=fuse)
    if text is None:
        return None
    tree = Fuse().visit(text.tree) if fuse else text.tree
    return function_of(function, ast.fix_missing_locations(tree), text.names), text.single


def _helper_on_lanes(
    helper: Function, compile_helper: Callable[[Function], Function], fuse: bool
) -> Function:
    made = on_lanes(helper, frozenset(), compile_helper, fuse=fuse)
    if made is None:
        raise Unfit(helper.__name__)
    if made[1]:
        # A plain number would come back where a register is wanted.
        raise Unfit(f"{helper.__name__} gives one number for all lanes")
    return made[0]
