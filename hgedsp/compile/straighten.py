"""A step without branches that lanes could take in different ways."""

from __future__ import annotations

import ast
import math
import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hgedsp import vectors
from hgedsp.compile.fingerprint import plain
from hgedsp.compile.one_rounding import small_power
from hgedsp.compile.step_text import FLOAT, INT, TOOLS, WHERE, Function, call, known_names

_ON_LANES = frozenset(
    (math.sqrt, math.fabs, np.sqrt, np.floor, np.ceil, np.abs, abs, *vectors.LANE_BY_LANE)
)


class Unfit(Exception):
    """A step holds something that cannot be said with registers of lanes."""


_Values = dict[str, str]  # which name holds a variable of the step now


@dataclass
class Straightener:
    """Write a step so that every name is given a value once, and lanes choose between values."""

    function: Function
    common: frozenset[str]
    used: dict[str, int] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()  # names of the step as it was written
    single: frozenset[int] = frozenset()
    is_tuple: bool = False

    def __post_init__(self) -> None:
        self.known = known_names(self.function)

    def run(self, tree: ast.FunctionDef) -> ast.FunctionDef:
        arguments = [argument.arg for argument in tree.args.args]
        if tree.args.vararg or tree.args.kwonlyargs or tree.args.posonlyargs:
            raise Unfit("arguments")
        values = {name: name for name in arguments}
        self.used = dict.fromkeys(arguments, 1)
        self.taken = frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
        # What is computed from common numbers alone is common, too.
        self.shared = {name for name in arguments if name in self.common}
        body: list[ast.stmt] = []
        result = self.block(tree.body, values, body)
        if result is None:
            raise Unfit("no result")
        self.single = frozenset(i for i, part in enumerate(result) if self.is_shared(part))
        returned: ast.expr = ast.Tuple(result, ast.Load()) if self.is_tuple else result[0]
        body.append(ast.Return(returned))
        made = ast.FunctionDef(tree.name, tree.args, body, [])
        if hasattr(made, "type_params"):
            made.type_params = []
        return ast.copy_location(made, tree)

    def block(
        self, statements: list[ast.stmt], values: _Values, out: list[ast.stmt]
    ) -> list[ast.expr] | None:
        """Write statements to `out`; return what they return, if they do."""
        for number, statement in enumerate(statements):
            match statement:
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    continue
                case ast.Assign(targets=[target], value=value):
                    self.assign(target, value, values, out)
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    self.assign(target, value, values, out)
                case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                    here = ast.Name(name, ast.Load())
                    self.assign(target, ast.BinOp(here, op, value), values, out)
                case ast.Return(value=ast.expr() as value):
                    self.is_tuple = isinstance(value, ast.Tuple)
                    parts = value.elts if isinstance(value, ast.Tuple) else [value]
                    return [self.expression(part, values) for part in parts]
                case ast.If():
                    rest = statements[number + 1 :]
                    if _returns(statement):
                        return self.ways_out(statement, rest, values, out)
                    self.branch(statement, values, out)
                case _:
                    raise Unfit(type(statement).__name__)
        return None

    def assign(
        self, target: ast.expr, value: ast.expr, values: _Values, out: list[ast.stmt]
    ) -> None:
        if isinstance(target, ast.Tuple):
            if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
                made = [self.expression(part, values) for part in value.elts]
                for part, expression in zip(target.elts, made, strict=True):
                    self.bind(part, expression, values, out)
                return
            names = [self.fresh(_name(part)) for part in target.elts]
            stored: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
            out.append(ast.Assign([ast.Tuple(stored, ast.Store())], self.expression(value, values)))
            values.update(zip([_name(part) for part in target.elts], names, strict=True))
            return
        self.bind(target, self.expression(value, values), values, out)

    def bind(self, target: ast.expr, made: ast.expr, values: _Values, out: list[ast.stmt]) -> None:
        name = self.fresh(_name(target))
        if self.is_shared(made):
            self.shared.add(name)
        out.append(ast.Assign([ast.Name(name, ast.Store())], made))
        values[_name(target)] = name

    def fresh(self, name: str) -> str:
        made = name
        while made in self.used or (made != name and made in self.taken):
            self.count[name] = self.count.get(name, 1) + 1
            made = f"{name}__{self.count[name]}"
        self.used[made] = 1
        return made

    # Branches -----------------------------------------------------------------------------------

    def branch(self, node: ast.If, values: _Values, out: list[ast.stmt]) -> None:
        """An `if` after which the step goes on."""
        node = self.parted(node, values)
        condition = self.condition(node.test, values)
        sides = [(dict(values), list[ast.stmt]()) for _ in range(2)]
        for part, (inside, text) in zip((node.body, node.orelse), sides, strict=True):
            self.block(part, inside, text)
        (yes, yes_text), (no, no_text) = sides
        changed = [name for name in {**yes, **no} if yes.get(name) != no.get(name)]
        for name in changed:
            if name not in yes or name not in no:
                # Given a value on one side only: whoever reads it later means that one.
                values[name] = yes.get(name) or no[name]
        both = [name for name in changed if name in yes and name in no]
        if not self.is_shared(condition):
            out += yes_text + no_text
            kept = [call(WHERE, condition, _load(yes[n]), _load(no[n])) for n in both]
            for name, chosen in zip(both, kept, strict=True):
                self.bind(ast.Name(name), chosen, values, out)
            return
        self.real_branch(condition, sides, both, values, out)

    def parted(self, node: ast.If, values: _Values) -> ast.If:
        """Part ``if a and b`` where only a is common, to do the work of b only if a holds."""
        match node.test:
            case ast.BoolOp(op=ast.And(), values=[first, *others]):
                apart = self.is_shared(self.condition(first, values))
                whole = self.is_shared(self.condition(node.test, values))
                if apart and not whole:
                    rest = others[0] if len(others) == 1 else ast.BoolOp(ast.And(), others)
                    inner = ast.copy_location(ast.If(rest, node.body, node.orelse), node)
                    return ast.copy_location(ast.If(first, [inner], node.orelse), node)
        return node

    def real_branch(
        self,
        condition: ast.expr,
        sides: list[tuple[_Values, list[ast.stmt]]],
        both: list[str],
        values: _Values,
        out: list[ast.stmt],
    ) -> None:
        names = {name: self.fresh(name) for name in both}
        for inside, text in sides:
            text += [ast.Assign([ast.Name(names[n], ast.Store())], _load(inside[n])) for n in both]
        (_, yes_text), (_, no_text) = sides
        out.append(ast.If(condition, yes_text or [ast.Pass()], no_text))
        for name in both:
            if all(inside[name] in self.shared for inside, _ in sides):
                self.shared.add(names[name])
        values.update(names)

    def ways_out(
        self, node: ast.If, rest: list[ast.stmt], values: _Values, out: list[ast.stmt]
    ) -> list[ast.expr] | None:
        """An `if` with a return in it: what follows belongs to the sides that go on."""
        condition = self.condition(node.test, values)
        texts: list[list[ast.stmt]] = [[], []]
        results = [
            self.block([*part, *rest], dict(values), text)
            for part, text in zip((node.body, node.orelse), texts, strict=True)
        ]
        yes, no = results
        if yes is None or no is None or len(yes) != len(no):
            raise Unfit("returns")
        if not self.is_shared(condition):
            out += texts[0] + texts[1]
            return [
                a if ast.dump(a) == ast.dump(b) else call(WHERE, condition, a, b)
                for a, b in zip(yes, no, strict=True)
            ]
        names = [self.fresh(f"result_{i}") for i in range(len(yes))]
        for text, result in zip(texts, (yes, no), strict=True):
            text += [
                ast.Assign([ast.Name(name, ast.Store())], value)
                for name, value in zip(names, result, strict=True)
            ]
        out.append(ast.If(condition, texts[0], texts[1]))
        return [_load(name) for name in names]

    # Expressions --------------------------------------------------------------------------------

    def is_shared(self, node: ast.expr) -> bool:
        """Whether an expression is the same number in all lanes."""
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
        return all(name in self.shared or name not in self.used for name in names)

    def expression(self, node: ast.expr, values: _Values) -> ast.expr:
        def visit(part: ast.expr) -> ast.expr:
            return self.expression(part, values)

        match node:
            case ast.Constant(value=bool() | int() | float()):
                return node
            case ast.Name(id=name):
                return self.name(name, values)
            case ast.Attribute():
                if isinstance(self.constant(node), (int, float)):
                    return node
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)):
                return self.power(visit(left), power)
            case ast.BinOp(left=left, op=op, right=right) if not isinstance(
                op, (ast.Pow, ast.MatMult, ast.FloorDiv, ast.Mod)
            ):
                return ast.copy_location(ast.BinOp(visit(left), op, visit(right)), node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = self.condition(operand, values)
                return call(WHERE, truth, ast.Constant(False), ast.Constant(True))
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                return ast.copy_location(ast.UnaryOp(op, visit(operand)), node)
            case ast.BoolOp(values=parts):
                # Of numbers, `x or y` would be one of them.
                if all(_is_truth(part) for part in parts):
                    return self.condition(node, values)
            case ast.Compare(left=left, ops=signs, comparators=others):
                chain = [visit(part) for part in (left, *others)]
                pairs: list[ast.expr] = [
                    ast.copy_location(ast.Compare(a, [sign], [b]), node)
                    for a, sign, b in zip(chain, signs, chain[1:], strict=False)
                ]
                return _joined(ast.BitAnd(), pairs)
            case ast.IfExp(test=test, body=yes, orelse=no):
                return call(WHERE, self.condition(test, values), visit(yes), visit(no))
            case ast.Call(func=function, args=arguments, keywords=[]):
                return self.call(node, function, [visit(part) for part in arguments])
        raise Unfit(ast.dump(node))

    def condition(self, node: ast.expr, values: _Values) -> ast.expr:
        """An expression of which only the truth counts; that of a number is not being zero."""
        match node:
            case ast.BoolOp(op=op, values=parts):
                sign = ast.BitAnd() if isinstance(op, ast.And) else ast.BitOr()
                return _joined(sign, [self.condition(part, values) for part in parts])
            case _ if _is_truth(node):
                return self.expression(node, values)
        zero = ast.Compare(self.expression(node, values), [ast.NotEq()], [ast.Constant(0)])
        return ast.copy_location(zero, node)

    def name(self, name: str, values: _Values) -> ast.expr:
        if name in values:
            return _load(values[name])
        if isinstance(self.known.get(name), (int, float)):
            return _load(name)
        raise Unfit(name)

    def power(self, base: ast.expr, power: int) -> ast.expr:
        """Small powers as products, in the order in which numba takes them for plain numbers."""
        made = small_power(base, power)
        if made is None:
            raise Unfit("power")
        return made

    def call(self, node: ast.Call, function: ast.expr, arguments: list[ast.expr]) -> ast.expr:
        target = self.constant(function)
        if target in (min, max) and len(arguments) >= 2:
            made = arguments[0]
            for argument in arguments[1:]:
                made = ast.copy_location(ast.Call(function, [made, argument], []), node)
            return made
        if target is float or target is int:
            return call(FLOAT if target is float else INT, *arguments)
        is_helper = isinstance(function, ast.Name) and isinstance(plain(target), types.FunctionType)
        is_tool = isinstance(function, ast.Name) and function.id in TOOLS
        if is_helper or is_tool or (callable(target) and target in _ON_LANES):
            return ast.copy_location(ast.Call(function, arguments, []), node)
        raise Unfit(ast.dump(function))

    def constant(self, node: ast.expr) -> Any:
        """What a global name, or an attribute of a module, stands for."""
        match node:
            case ast.Name(id=name):
                return self.known.get(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                module = self.known.get(name)
                if isinstance(module, types.ModuleType):
                    return getattr(module, attribute, None)
        return None


def _is_truth(node: ast.expr) -> bool:
    """Whether an expression is true or false by its form."""
    match node:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return True
        case ast.BoolOp(values=parts):
            return all(_is_truth(part) for part in parts)
    return False


def _returns(node: ast.If) -> bool:
    return any(isinstance(part, ast.Return) for part in ast.walk(node))


def _joined(sign: ast.operator, parts: list[ast.expr]) -> ast.expr:
    made = parts[0]
    for part in parts[1:]:
        made = ast.BinOp(made, sign, part)
    return made


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _name(target: ast.expr) -> str:
    if not isinstance(target, ast.Name):
        raise Unfit("target")
    return target.id
