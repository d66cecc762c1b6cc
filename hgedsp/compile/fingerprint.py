"""A hash of what a function does: its code, and everything it reaches."""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

_VERSIONED = {*sys.stdlib_module_names, "numpy", "numba", "llvmlite", "scipy"}


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a hash that changes when the function, a helper or a constant it uses changes.

    It follows global names and closures into other functions, compiled or not, and covers numbers,
    strings, tuples and arrays. A comment or a moved line changes nothing. It works on bytecode, so
    that functions of a notebook have one, too; it holds for one version of Python.
    """
    digest = hashlib.sha256()
    _add(digest, function, set())
    return digest.hexdigest()


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function behind a compiled one."""
    inner: Callable[..., Any] = getattr(function, "py_func", function)
    return inner


def _add(digest: hashlib._Hash, value: object, seen: set[int]) -> None:
    inner = plain(value) if callable(value) else value
    if isinstance(inner, types.FunctionType):
        if id(inner) not in seen:
            seen.add(id(inner))
            _add_function(digest, inner, seen)
    elif isinstance(inner, types.CodeType):
        _add_code(digest, inner, seen)
    elif isinstance(inner, np.ndarray):
        digest.update(f"array {inner.dtype} {inner.shape}".encode())
        digest.update(np.ascontiguousarray(inner).tobytes())
    elif isinstance(inner, (tuple, list, frozenset)):
        items = sorted(inner, key=repr) if isinstance(inner, frozenset) else inner
        digest.update(f"{type(inner).__name__} {len(inner)}".encode())
        for item in items:
            _add(digest, item, seen)
    elif isinstance(inner, types.ModuleType):
        digest.update(f"module {inner.__name__} {getattr(inner, '__version__', '')}".encode())
    elif isinstance(inner, (int, float, complex, str, bytes, bool, type(None), np.generic)):
        digest.update(f"{type(inner).__name__} {inner!r}".encode())
    else:
        named = getattr(inner, "__qualname__", type(inner).__qualname__)
        digest.update(f"object {getattr(inner, '__module__', '')}.{named}".encode())


def _add_function(digest: hashlib._Hash, function: types.FunctionType, seen: set[int]) -> None:
    _add_code(digest, function.__code__, seen)
    _add(digest, function.__defaults__ or (), seen)
    _add(digest, tuple(sorted((function.__kwdefaults__ or {}).items())), seen)
    names = sorted(_names(function.__code__))
    for name in names:
        if name in function.__globals__:
            digest.update(name.encode())
            value = function.__globals__[name]
            _add(digest, value, seen)
            if isinstance(value, (types.ModuleType, type)):
                _add_attributes(digest, value, names, seen)
    for cell in function.__closure__ or ():
        _add(digest, cell.cell_contents, seen)


def _add_attributes(
    digest: hashlib._Hash, owner: types.ModuleType | type, names: list[str], seen: set[int]
) -> None:
    """Follow ``module.helper`` into the user's own modules; versions stand for the others."""
    home = owner.__name__ if isinstance(owner, types.ModuleType) else owner.__module__
    if id(owner) in seen or home.partition(".")[0] in _VERSIONED:
        return
    seen.add(id(owner))
    for name in names:
        if name in vars(owner):
            digest.update(name.encode())
            value = vars(owner)[name]
            _add(digest, value, seen)
            if isinstance(value, (types.ModuleType, type)):
                _add_attributes(digest, value, names, seen)


def _names(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(_names(const) for const in inner))


def _add_code(digest: hashlib._Hash, code: types.CodeType, seen: set[int]) -> None:
    digest.update(code.co_code)
    digest.update(repr((code.co_names, code.co_varnames, code.co_freevars)).encode())
    for const in code.co_consts:
        _add(digest, const, seen)
