"""Narrow: the text of a step for a graph in float32.

In Python a number in the text takes on the type of the numbers it meets, and so does what a
function of `math` returns; numba gives both 64 bits, and what they meet, too. Here every type is
said in the text, so that plain Python and numba do the same operations on the same types:

- a number in the text is float32, or float64 beside a float64;
- a whole number that varies and a float32 make a float64, as they do in NumPy: 24 bits would not
  hold the whole number;
- a function of `math` is worked out in 64 bits and gives the type of its arguments;
- what a step returns is float32.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from numba.extending import register_jitable

from hgedsp import vectors
from hgedsp.compile.kinds import (
    DOUBLE,
    FLOAT,
    FLOATING,
    FLOATS,
    INT,
    INTS,
    Kinds,
    is_helper,
    is_math,
)
from hgedsp.compile.step_text import call, function_of, tree_of

Function = Callable[..., Any]

_KINDS = {("int64", False): INT, ("int64", True): INTS, ("float64", True): FLOATS}
_SINGLE, _DOUBLE = "single__", "double__"


def kind_of(dtype: str, is_array: bool) -> str:
    """Return what a port is for the text of its step."""
    return _KINDS.get((dtype, is_array), FLOAT)


_BUSY: set[Function] = set()  # a function that calls itself is left as it is


@cache
def narrowed(function: Function, arguments: tuple[str, ...], results: tuple[str, ...]) -> Function:
    """Return the step, or a helper of it, for a graph in float32; in plain Python, too.

    Where the text of the function cannot be had, it is returned as it is.

    Parameters
    ----------
    arguments, results : tuple of str
        What each is, as `kind_of` has it; no results for a helper, which may return anything.
    """
    tree = None if function in _BUSY else tree_of(function)
    if tree is None:
        return function
    _BUSY.add(function)
    narrow = _Narrow(Kinds(function, tree, arguments), results)
    made = function_of(function, ast.fix_missing_locations(narrow.visit(tree)), narrow.new)
    _BUSY.discard(function)
    return made if results else register_jitable(made)


def in_single(source: str) -> str:
    """Return the emitted text with every floating number in float32."""
    lines = source.splitlines(keepends=True)
    found: list[Any] = [n for n in ast.walk(ast.parse(source)) if _is_float(n)]
    for node in sorted(found, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        line = lines[node.lineno - 1].encode()
        start, end = node.col_offset, node.end_col_offset
        text = line[:start] + b"single(" + line[start:end] + b")" + line[end:]
        lines[node.lineno - 1] = text.decode()
    return "".join(lines)


def _is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


class _Narrow(ast.NodeTransformer):
    def __init__(self, kinds: Kinds, results: tuple[str, ...]) -> None:
        self.kinds, self.results = kinds, results
        self.new: dict[str, Any] = {_SINGLE: vectors.to_single, _DOUBLE: vectors.to_double}

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr):
            number = self.kinds.constant(node)
            if isinstance(number, float):
                return ast.copy_location(call(_SINGLE, ast.Constant(number)), node)
        return super().visit(node)

    # Numbers beside others ----------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = node.left, node.right
        if isinstance(node.op, ast.Pow):
            power = right if self.kinds.constant(right) is not None else self.visit(right)
            return ast.copy_location(ast.BinOp(self.visit(left), node.op, power), node)
        made = self.beside([left, right])
        kinds = self.kinds.kinds_of([left, right])
        if INT in kinds and {FLOAT, FLOATING} & set(kinds):
            pairs = zip([left, right], made, kinds, strict=True)
            made = [self.precise(old, new) if kind == INT else new for old, new, kind in pairs]
        return ast.copy_location(ast.BinOp(made[0], node.op, made[1]), node)

    def precise(self, old: ast.expr, made: ast.expr) -> ast.expr:
        return call(_DOUBLE, made) if self.kinds.constant(old) is None else made

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        left, *others = self.beside([node.left, *node.comparators])
        return ast.copy_location(ast.Compare(left, node.ops, others), node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        sides = self.beside([node.body, node.orelse])
        return ast.copy_location(ast.IfExp(self.visit(node.test), *sides), node)

    def beside(self, sides: Sequence[ast.expr]) -> list[ast.expr]:
        """Give numbers in the text the type of what stands beside them."""
        found = set(self.kinds.varying(sides))
        if found & {FLOAT, FLOATING, FLOATS}:
            return [self.number(side, _SINGLE, whole=True) for side in sides]
        if found and found <= {DOUBLE, INT}:
            return [self.number(side, _DOUBLE, whole=DOUBLE in found) for side in sides]
        return [self.visit(side) for side in sides]

    def number(self, side: ast.expr, conversion: str, *, whole: bool) -> ast.expr:
        number = self.kinds.constant(side)
        if isinstance(number, float):
            return call(conversion, ast.Constant(number))
        if number is not None and whole:
            conversion = _DOUBLE if self.kinds.is_long(side) else conversion
            return call(conversion, ast.Constant(float(number)))
        made: ast.expr = self.visit(side)
        return made

    # Variables and results ----------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        targets = [self.visit(target) for target in node.targets]
        made = self.assigned(node.targets[0], node.value)
        return ast.copy_location(ast.Assign(targets, made), node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if node.value is None:
            return node
        made = self.assigned(node.target, node.value)
        return ast.copy_location(ast.Assign([self.visit(node.target)], made), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        made = self.assigned(node.target, node.value)
        return ast.copy_location(ast.AugAssign(self.visit(node.target), node.op, made), node)

    def assigned(self, target: ast.expr, value: ast.expr) -> ast.expr:
        kind = self.kinds.kind(target) if isinstance(target, ast.Name) else INT
        return self.number(value, _SINGLE, whole=kind in (FLOAT, FLOATING))

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is None:
            return node
        made: ast.expr
        match node.value:
            case ast.Tuple(elts=parts) if len(parts) == len(self.results):
                pairs = zip(parts, self.results, strict=True)
                made = ast.Tuple([self.result(part, kind) for part, kind in pairs], ast.Load())
            case value if len(self.results) == 1:
                made = self.result(value, self.results[0])
            case value:
                made = self.visit(value)
        return ast.copy_location(ast.Return(made), node)

    def result(self, value: ast.expr, wanted: str) -> ast.expr:
        made: ast.expr = self.visit(value)
        # What is float32 already is left plain, so that it can be merged with what follows.
        is_so = wanted != FLOAT or self.kinds.kind(value) == FLOAT
        return made if is_so else call(_SINGLE, made)

    # Calls --------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.expr:
        function = self.kinds.meant(node.func)
        made = [self.visit(argument) for argument in node.args]
        if function is float:
            single = self.kinds.kind(node) == FLOAT
            return ast.copy_location(call(_SINGLE if single else _DOUBLE, *made), node)
        if is_math(function):
            return ast.copy_location(call(self.tool(vectors.SINGLE[function]), *made), node)
        if function in (min, max):
            made = self.beside(node.args)
        if is_helper(function) and isinstance(node.func, ast.Name):
            helper = narrowed(function, self.kinds.kinds_of(node.args), ())
            return ast.copy_location(call(self.tool(helper), *made), node)
        return ast.copy_location(ast.Call(self.visit(node.func), made, node.keywords), node)

    def tool(self, function: Function) -> str:
        """A name for a function that the new text calls."""
        base, number = f"{function.__name__}__", 1
        name = base
        while self.new.get(name, function) is not function or name in self.kinds.own:
            number += 1
            name = f"{base}{number}"
        self.new[name] = function
        return name
