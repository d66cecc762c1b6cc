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
import builtins
import inspect
import linecache
import math
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from hgedsp import vectors
from hgedsp.compile.fingerprint import plain

Function = Callable[..., Any]

# Names in rewritten text that no user would choose.
FIRST_LANES = "first_lanes__"
MULTIPLY_ADD, _WHERE, _FLOAT, _INT = "multiply_add__", "where__", "float__", "int__"
_TOOLS = {
    FIRST_LANES: vectors.first_lanes,
    MULTIPLY_ADD: vectors.multiply_add,
    _WHERE: vectors.where,
    _FLOAT: vectors.to_float,
    _INT: vectors.to_int,
}
# Where a function that was put together keeps its text, to be rewritten once more.
_TREE = "tree__"
_ON_LANES = frozenset(
    (math.sqrt, math.fabs, np.sqrt, np.floor, np.ceil, np.abs, abs, *vectors.LANE_BY_LANE)
)


class Unfit(Exception):
    """A step holds something that cannot be said with registers of lanes."""


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
        for name, helper in _helpers(function, tree).items()
    }
    tree = ast.fix_missing_locations(_Fuse(arrays=arrays).visit(tree))
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
            for name, helper in _helpers(function, tree).items()
        }
        straightener = _Straighten(function, common)
        made = straightener.run(tree)
    except Unfit:
        return None
    known = {**_TOOLS, **known_names(function), **helpers}
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
    tree = _Fuse().visit(text.tree) if fuse else text.tree
    return function_of(function, ast.fix_missing_locations(tree), text.names), text.single


def fuse_tree(tree: ast.FunctionDef) -> None:
    """Round each product and sum only once, in a tree that was put together."""
    ast.fix_missing_locations(_Fuse().visit(tree))


def assembled(tree: ast.FunctionDef, names: dict[str, Any]) -> Function:
    """Return the function of a tree that was put together."""
    code = _code(tree, f"<{tree.name}>", (), frozenset())
    used = {name: {**_TOOLS, **names}[name] for name in _all_names(code) & {*_TOOLS, *names}}
    made = types.FunctionType(code, {"__name__": __name__, **used}, tree.name)
    made.__dict__[_TREE] = tree
    return made


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


# Text and names -----------------------------------------------------------------------------------


def tree_of(function: Function) -> ast.FunctionDef | None:
    """The syntax tree of a function, if its text is still that of its code."""
    tree = _own_tree(function)
    # A copy, for rewriting changes a tree where it stands.
    return None if tree is None else copied(tree)


def has_tree(function: Function) -> bool:
    """Whether there is a syntax tree of a function."""
    return _own_tree(function) is not None


def copied(node: Any) -> Any:
    """Return a copy of a syntax tree, five times as fast as `copy.deepcopy`."""
    if isinstance(node, list):
        return [copied(part) for part in node]
    if not isinstance(node, ast.AST) or not node._fields:
        return node
    made = type(node)()
    made.__dict__.update((name, copied(value)) for name, value in vars(node).items())
    return made


def _own_tree(function: Function) -> ast.FunctionDef | None:
    inner = plain(function)
    if not isinstance(inner, types.FunctionType) or inner.__kwdefaults__:
        return None
    code = inner.__code__
    # A module that is not in a file by itself knows where its text is.
    linecache.lazycache(code.co_filename, inner.__globals__)
    made_of: ast.FunctionDef | None = inner.__dict__.get(_TREE)
    return made_of or _parsed(code, code.co_filename, _modules(inner))


def _modules(function: types.FunctionType) -> frozenset[str]:
    known = function.__globals__
    return frozenset(
        name for name in function.__code__.co_names if isinstance(known.get(name), types.ModuleType)
    )


@cache
def _parsed(code: types.CodeType, file: str, modules: frozenset[str]) -> ast.FunctionDef | None:
    """The tree of a code object; `file` is named since equal ones may come from several files."""
    try:
        module = ast.parse(textwrap.dedent("".join(_lines(code))))
    except (OSError, SyntaxError):
        return None
    (tree,) = module.body[:1] or (None,)
    if not isinstance(tree, ast.FunctionDef):
        return None
    tree.decorator_list = []
    tree.returns = None
    tree.args.defaults = []
    for argument in (*tree.args.args, *filter(None, (tree.args.vararg,))):
        argument.annotation = None
    ast.increment_lineno(module, code.co_firstlineno - 1)
    # An edited file would give the text of another function than the one that was imported.
    if _same(_code(tree, code.co_filename, code.co_freevars, modules), code):
        return tree
    return None


def _lines(code: types.CodeType) -> list[str]:
    """The lines of a function; `inspect.getsourcelines` looks through all modules for its own."""
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    return inspect.getblock(lines) if lines else []


def _bases(tree: ast.FunctionDef) -> set[str]:
    attributes = [node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {base.id for base in attributes if isinstance(base, ast.Name)}


def _code(
    tree: ast.FunctionDef, file: str, free: tuple[str, ...], modules: frozenset[str]
) -> types.CodeType:
    """Compile a function inside another that owns the names it closes over."""
    outer = ast.FunctionDef(
        name="outer",
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(arg=name) for name in free],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[tree],
        decorator_list=[],
    )
    if hasattr(outer, "type_params"):
        outer.type_params = []
    # A call of an imported module's function is compiled in its own way.
    imports = [ast.Import([ast.alias(name)]) for name in sorted(_bases(tree) & modules)]
    module = ast.fix_missing_locations(ast.Module(body=[*imports, outer], type_ignores=[]))
    made = compile(module, file, "exec", dont_inherit=True)
    inside = next(c for c in made.co_consts if isinstance(c, types.CodeType))
    return next(c for c in inside.co_consts if isinstance(c, types.CodeType))


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    return (
        a.co_code == b.co_code
        and a.co_names == b.co_names
        and a.co_varnames == b.co_varnames
        and len(a.co_consts) == len(b.co_consts)
        and all(
            _same(x, y)
            if isinstance(x, types.CodeType) and isinstance(y, types.CodeType)
            else repr(x) == repr(y)
            for x, y in zip(a.co_consts, b.co_consts, strict=True)
        )
    )


def known_names(function: Function) -> dict[str, Any]:
    """All names a function can see outside of itself."""
    inner: Any = plain(function)
    closed = inspect.getclosurevars(inner).nonlocals if inner.__closure__ else {}
    return {**vars(builtins), **inner.__globals__, **closed}


def _helpers(function: Function, tree: ast.FunctionDef) -> dict[str, Function]:
    """Functions of the user's, or of ours, that a step calls by name."""
    known = known_names(function)
    called = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {
        name: known[name]
        for name in called
        if name not in _TOOLS
        and isinstance(plain(known.get(name)), types.FunctionType)  # type: ignore[arg-type]
        and known[name] not in vectors.TAUGHT
    }


def function_of(
    original: Function, tree: ast.FunctionDef, helpers: dict[str, Function]
) -> Function:
    inner: Any = plain(original)
    names = {**_TOOLS, **known_names(original), **helpers}
    code = _code(tree, inner.__code__.co_filename, (), frozenset())
    # No closure any more: what was closed over has become a constant of this function alone.
    used = {name: names[name] for name in _all_names(code) if name in names}
    space = {"__name__": inner.__globals__.get("__name__", "step"), **used}
    made = types.FunctionType(code, space, inner.__name__)
    made.__qualname__ = inner.__qualname__
    made.__dict__[_TREE] = tree
    made.__defaults__ = inner.__defaults__
    return made


def _all_names(code: types.CodeType) -> set[str]:
    inside = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*(_all_names(c) for c in inside))


# One rounding ------------------------------------------------------------------------------------


class _Fuse(ast.NodeTransformer):
    """Turn sums with a product into multiply-adds; the left product where there are two."""

    def __init__(self, *, arrays: bool = False) -> None:
        self.arrays = arrays

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        match node:
            case ast.BinOp(left=ast.Name() as base, op=ast.Pow(), right=ast.Constant(value=power)):
                made = small_power(base, power)
                if made is not None:
                    return ast.copy_location(made, node)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            takes_off = isinstance(node.op, ast.Sub)
            if _is_product(left):
                return _multiply_add(left.left, left.right, _negated(right, takes_off), node)
            if _is_product(right):
                return _multiply_add(_negated(right.left, takes_off), right.right, left, node)
            match right:
                case ast.UnaryOp(op=ast.USub(), operand=ast.BinOp(op=ast.Mult()) as product):
                    factor = _negated(product.left, not takes_off)
                    return _multiply_add(factor, product.right, left, node)
        return ast.copy_location(ast.BinOp(left, node.op, right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        if isinstance(node.target, ast.Name) and not self.arrays:
            here = ast.Name(node.target.id, ast.Load())
            value = self.visit(ast.BinOp(here, node.op, node.value))
            return ast.copy_location(ast.Assign([node.target], value), node)
        node.value = self.visit(node.value)
        return node


def small_power(base: ast.expr, power: object) -> ast.expr | None:
    """Return a square, cube or fourth power of a name as products, or None."""
    if type(power) is not int or power not in (2, 3, 4) or not isinstance(base, ast.Name):
        return None
    square = ast.BinOp(base, ast.Mult(), base)
    if power == 2:
        return square
    return ast.BinOp(square, ast.Mult(), base if power == 3 else square)


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _negated(node: ast.expr, really: bool) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node) if really else node


def _multiply_add(a: ast.expr, b: ast.expr, c: ast.expr, node: ast.expr) -> ast.expr:
    return ast.copy_location(call(MULTIPLY_ADD, a, b, c), node)


def call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


# No branches -------------------------------------------------------------------------------------

_Values = dict[str, str]  # which name holds a variable of the step now


@dataclass
class _Straighten:
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
            kept = [call(_WHERE, condition, _load(yes[n]), _load(no[n])) for n in both]
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
                a if ast.dump(a) == ast.dump(b) else call(_WHERE, condition, a, b)
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
                return call(_WHERE, truth, ast.Constant(False), ast.Constant(True))
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
                return call(_WHERE, self.condition(test, values), visit(yes), visit(no))
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
            return call(_FLOAT if target is float else _INT, *arguments)
        is_helper = isinstance(function, ast.Name) and isinstance(plain(target), types.FunctionType)
        is_tool = isinstance(function, ast.Name) and function.id in _TOOLS
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
