"""Kinds: what the expressions of a step are, as far as its text tells, in a graph in float32."""

from __future__ import annotations

import ast
import operator
import types
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from hgedsp import vectors
from hgedsp.compile.fingerprint import plain
from hgedsp.compile.step_text import known_names, tree_of

Function = Callable[..., Any]

# A float32, a float64, one of these two, an int64, arrays of float32 and of int64, or not known.
FLOAT, DOUBLE, FLOATING, INT = "float", "double", "floating", "int"
FLOATS, INTS, UNKNOWN = "floats", "ints", ""
_ELEMENT = {FLOATS: FLOAT, INTS: INT}

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class Kinds:
    """What the expressions of one function are.

    Parameters
    ----------
    arguments : sequence of str
        What the arguments are.
    """

    def __init__(self, function: Function, tree: ast.FunctionDef, arguments: Sequence[str]) -> None:
        self.known = known_names(function)
        names = [argument.arg for argument in tree.args.args]
        self.kinds = dict(zip(names, arguments, strict=False))
        self.starts: dict[str, str] = {}  # of variables that begin with a number in the text
        self.own = {*names, *_targets(tree)}
        # What a variable holds may follow from one that is given a value further down.
        for _ in range(3):
            for node in ast.walk(tree):
                self._learn(node)
        returned = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value]
        self.returned = _choice([self.kind(value) for value in returned])

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target], value=value):
                self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                self._bind(target, ast.BinOp(ast.Name(name, ast.Load()), op, value))
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))):
                self.kinds[name] = INT

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, its in zip(target.elts, value.elts, strict=False):
                self._bind(part, its)
        elif isinstance(target, ast.Name):
            kinds = self.kinds if self.constant(value) is None else self.starts
            kind = self.kind(value)
            kinds[target.id] = _choice([kinds.get(target.id, kind), kind])

    def kind(self, node: ast.expr) -> str:
        """What an expression is."""
        number = self.constant(node)
        if number is not None:
            return INT if isinstance(number, int) else FLOAT
        match node:
            case ast.Name(id=name):
                kind = self.kinds.get(name) or self.starts.get(name)
                return kind or _strong(self.meant(node))
            case ast.Attribute(attr="size" | "itemsize"):
                return INT
            case ast.Subscript(value=value, slice=place):
                kind = self.kind(value)
                return kind if isinstance(place, ast.Slice) else _ELEMENT.get(kind, UNKNOWN)
            case ast.BinOp(left=left, op=op, right=right):
                return self._kind_of_operation(left, op, right)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return self.kind(operand)
            case ast.UnaryOp() | ast.Compare() | ast.BoolOp():
                return INT
            case ast.IfExp(body=yes, orelse=no):
                return self._kind_of_choice([yes, no])
            case ast.Call(func=function, args=arguments):
                return self._kind_of_call(self.meant(function), arguments)
        return UNKNOWN

    def kinds_of(self, nodes: Sequence[ast.expr]) -> tuple[str, ...]:
        """What several expressions are."""
        return tuple(self.kind(node) for node in nodes)

    def varying(self, nodes: Sequence[ast.expr]) -> list[str]:
        """What those are that do not stand for one number."""
        return [self.kind(node) for node in nodes if not self._is_number(node)]

    def _kind_of_operation(self, left: ast.expr, op: ast.operator, right: ast.expr) -> str:
        found = set(self.varying([left, right]))
        divides = isinstance(op, ast.Div)
        floating = FLOAT in {self.kind(side) for side in (left, right) if self._is_number(side)}
        if not found:
            return FLOAT if floating or divides else INT
        if found <= {FLOAT, DOUBLE, FLOATING, INT}:
            if found == {INT}:
                return DOUBLE if floating or divides else INT
            if found & {DOUBLE, INT} or any(self.is_long(side) for side in (left, right)):
                return DOUBLE
            return FLOATING if FLOATING in found else FLOAT
        return FLOATS if FLOATS in found and found <= {FLOATS, FLOAT} else UNKNOWN

    def _kind_of_choice(self, sides: Sequence[ast.expr]) -> str:
        found = self.varying(sides)
        if set(found) == {INT} and FLOAT in self.kinds_of(sides):
            return DOUBLE
        return _choice(found or list(self.kinds_of(sides)))

    def _kind_of_call(self, function: Any, arguments: list[ast.expr]) -> str:
        if function is float or is_math(function):
            kinds = set(self.kinds_of(arguments))
            if kinds <= {FLOAT}:
                return FLOAT
            return DOUBLE if kinds & {INT, DOUBLE} else FLOATING
        if function in (int, len):
            return INT
        if function in (abs, min, max):
            return self._kind_of_choice(arguments)
        if is_helper(function):
            return _returned(function, self.kinds_of(arguments))
        return UNKNOWN

    # Numbers ------------------------------------------------------------------------------------

    def _is_number(self, node: ast.expr) -> bool:
        """Whether an expression is a number in the text, or a variable that only begins as one."""
        if isinstance(node, ast.Name) and node.id in self.starts:
            return node.id not in self.kinds
        return self.constant(node) is not None

    def constant(self, node: ast.expr) -> float | int | None:
        """The number an expression stands for in every call of the step, if it is one."""
        match node:
            case ast.Constant() | ast.Name() | ast.Attribute():
                known: Any = node.value if isinstance(node, ast.Constant) else self.meant(node)
                # Numbers of NumPy, which are of a type of their own, keep it.
                number: float | int | None = known if type(known) in (int, float) else None
                return number
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                number = self.constant(operand)
                return None if number is None else -number
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                first, second = self.constant(left), self.constant(right)
                if first is None or second is None:
                    return None
                try:
                    made: float | int = _OPERATORS[type(op)](first, second)
                except ArithmeticError:
                    return None
                return made
        return None

    def is_long(self, node: ast.expr) -> bool:
        """Whether an expression stands for a whole number that float32 cannot hold."""
        number = self.constant(node)
        return isinstance(number, int) and float(np.float32(number)) != number

    def meant(self, node: ast.expr) -> Any:
        """What a name from outside, or an attribute of a module, stands for."""
        match node:
            case ast.Name(id=name) if name not in self.own:
                return self.known.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name not in self.own:
                module = self.known.get(name)
                if isinstance(module, types.ModuleType):
                    return getattr(module, attribute, None)
        return None


def is_math(function: Any) -> bool:
    """Whether it is a function of `math` that gives floating numbers."""
    return isinstance(function, types.BuiltinFunctionType) and function in vectors.SINGLE


def is_helper(function: Any) -> bool:
    """Whether it is a function with a text, and not one that stands for machine code."""
    inner = plain(function) if callable(function) else None
    return isinstance(inner, types.FunctionType) and function not in vectors.TAUGHT


_ASKED: set[Function] = set()  # for a function that calls itself


@cache
def _returned(function: Function, arguments: tuple[str, ...]) -> str:
    tree = None if function in _ASKED else tree_of(function)
    if tree is None:
        return UNKNOWN
    _ASKED.add(function)
    kind = Kinds(function, tree, arguments).returned
    _ASKED.discard(function)
    return kind


def _choice(kinds: list[str]) -> str:
    """What it is that may be any of several kinds."""
    found = set(kinds)
    if len(found) == 1:
        return kinds[0]
    return FLOATING if found and found <= {FLOAT, DOUBLE, FLOATING, INT} else UNKNOWN


def _strong(value: Any) -> str:
    """What a NumPy number from outside is; it keeps its type beside others."""
    if isinstance(value, np.integer):
        return INT
    return DOUBLE if isinstance(value, np.float64) else UNKNOWN


def _targets(tree: ast.FunctionDef) -> set[str]:
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}
