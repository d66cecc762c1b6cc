"""The text of a step: its syntax tree, the names it sees, and a function made of both."""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import textwrap
import types
from collections.abc import Callable
from functools import cache
from typing import Any

from hgedsp import vectors
from hgedsp.compile.fingerprint import plain

Function = Callable[..., Any]
# Names in rewritten text that no user would choose.
FIRST_LANES = "first_lanes__"
MULTIPLY_ADD, WHERE, FLOAT, INT = "multiply_add__", "where__", "float__", "int__"
TOOLS = {
    FIRST_LANES: vectors.first_lanes,
    MULTIPLY_ADD: vectors.multiply_add,
    WHERE: vectors.where,
    FLOAT: vectors.to_float,
    INT: vectors.to_int,
}
# Where a function that was put together keeps its text, to be rewritten once more.
TREE = "tree__"


def assembled(tree: ast.FunctionDef, names: dict[str, Any]) -> Function:
    """Return the function of a tree that was put together."""
    code = _code(tree, f"<{tree.name}>", (), frozenset())
    used = {name: {**TOOLS, **names}[name] for name in _all_names(code) & {*TOOLS, *names}}
    made = types.FunctionType(code, {"__name__": __name__, **used}, tree.name)
    made.__dict__[TREE] = tree
    return made


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
    made_of: ast.FunctionDef | None = inner.__dict__.get(TREE)
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


def helpers_of(function: Function, tree: ast.FunctionDef) -> dict[str, Function]:
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
        if name not in TOOLS
        and isinstance(plain(known.get(name)), types.FunctionType)  # type: ignore[arg-type]
        and known[name] not in vectors.TAUGHT
    }


def function_of(
    original: Function, tree: ast.FunctionDef, helpers: dict[str, Function]
) -> Function:
    inner: Any = plain(original)
    names = {**TOOLS, **known_names(original), **helpers}
    code = _code(tree, inner.__code__.co_filename, (), frozenset())
    # No closure any more: what was closed over has become a constant of this function alone.
    used = {name: names[name] for name in _all_names(code) if name in names}
    space = {"__name__": inner.__globals__.get("__name__", "step"), **used}
    made = types.FunctionType(code, space, inner.__name__)
    made.__qualname__ = inner.__qualname__
    made.__dict__[TREE] = tree
    made.__defaults__ = inner.__defaults__
    return made


def _all_names(code: types.CodeType) -> set[str]:
    inside = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*(_all_names(c) for c in inside))


def call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
