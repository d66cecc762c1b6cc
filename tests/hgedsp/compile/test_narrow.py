"""Steps of graphs in float32, compared as text."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest

from hgedsp.compile.narrow import in_single, kind_of, narrowed
from hgedsp.compile.step_text import tree_of

HALF, WHOLE, PRECISE = 0.5, 3, np.float64(0.1)


def text(function: Any, *arguments: str, results: tuple[str, ...] = ("float",)) -> str:
    tree = tree_of(narrowed(function, arguments, results))
    assert tree is not None
    return "\n".join(ast.unparse(statement) for statement in tree.body)


def test_numbers_take_the_type_of_what_stands_beside_them() -> None:
    def step(x, n, m):
        y = 2 * x + HALF - WHOLE
        z = 0.5 * n + n / m
        k = 2 * n + 1
        return y, z, k

    assert text(step, "float", "int", "int", results=("float", "float", "int")) == (
        "y = single__(2.0) * x + single__(0.5) - single__(3.0)\n"
        "z = double__(0.5) * double__(n) + n / m\n"
        "k = 2 * n + 1\n"
        "return (y, single__(z), k)"
    )


def test_whole_numbers_that_vary_keep_their_digits() -> None:
    def step(x, n):
        y = n * x
        y = y + 1.5
        return y

    assert text(step, "float", "int") == (
        "y = double__(n) * x\ny = y + double__(1.5)\nreturn single__(y)"
    )


def test_numbers_among_themselves_are_worked_out_beforehand() -> None:
    def step(x):
        return x * (2 * math.pi / 3) + 1e-30

    expected = f"return x * single__({2 * math.pi / 3!r}) + single__(1e-30)"
    assert text(step, "float") == expected


def test_a_whole_number_that_float32_cannot_hold_is_float64() -> None:
    def step(x):
        return x * 16777217

    assert text(step, "float") == "return single__(x * double__(16777217.0))"


def test_functions_of_math_give_the_type_of_their_arguments() -> None:
    def step(x, n):
        return math.sin(2 * x) + math.hypot(x, 1.0) + math.sqrt(n) * 0.1

    assert text(step, "float", "int") == (
        "return single__(single_sin__(single__(2.0) * x) + single_hypot__(x, single__(1.0)) + "
        "single_sqrt__(n) * double__(0.1))"
    )


def test_variables_are_followed_through_branches_and_loops() -> None:
    def step(x, y):
        total = 0
        low = 0 if x.size > 3 else 1
        for k in range(x.size):
            total += 2 * x[k] if x[k] > 0.1 else -1
        y[0] = min(total, 1)
        return total * low

    assert text(step, "floats", "floats") == (
        "total = single__(0.0)\n"
        "low = 0 if x.size > 3 else 1\n"
        "for k in range(x.size):\n"
        "    total += single__(2.0) * x[k] if x[k] > single__(0.1) else single__(-1.0)\n"
        "y[0] = min(total, single__(1.0))\n"
        "return single__(total * double__(low))"
    )


def helper(x, n):
    return 0.1 * x if n else 0.2


def test_helpers_are_rewritten_for_what_they_are_given() -> None:
    def step(x, n):
        y = 3 * helper(x, n)
        return y + helper(n, n)

    made = narrowed(step, ("float", "int"), ("float",))
    assert text(step, "float", "int") == (
        "y = single__(3.0) * helper__(x, n)\nreturn single__(y + helper__2(n, n))"
    )
    inner = {name: tree_of(made.__globals__[name]) for name in ("helper__", "helper__2")}
    assert [ast.unparse(tree.body[0]) for tree in inner.values() if tree] == [
        "return single__(0.1) * x if n else single__(0.2)",
        "return double__(0.1) * double__(x) if n else double__(0.2)",
    ]


def test_numbers_of_numpy_keep_their_type() -> None:
    def step(x):
        return PRECISE * x

    assert text(step, "float") == "return single__(PRECISE * x)"


def test_conversions_stay_conversions() -> None:
    def step(x, n):
        return float(x) * float(n) * int(x)

    assert text(step, "float", "int") == ("return single__(single__(x) * double__(n) * int(x))")


def endless(x, n):
    return x if n == 0 else endless(0.5 * x, n - 1)


def test_a_helper_that_calls_itself_is_left_as_it_is() -> None:
    def step(x):
        return endless(x, 3) + 0.1

    assert text(step, "float") == "return single__(endless__(x, 3) + single__(0.1))"
    assert narrowed(step, ("float",), ("float",))(np.float32(8)) == np.float32(1.1)


def test_the_result_runs_in_plain_python() -> None:
    def step(x, n):
        return 0.1 * x + math.sin(x) * n

    x = np.float32(0.7)
    made = narrowed(step, ("float", "int"), ("float",))(x, np.int64(3))
    sine = np.float32(math.sin(x))
    assert made.dtype == np.float32
    assert made == np.float32(np.float32(0.1) * x + np.float64(sine) * 3)


def test_numbers_of_the_emitted_text_are_float32_and_comments_stay() -> None:
    source = "def kernel(n):\n    # 0.5 of it\n    x = spread(0.0, 8, 4) + [-1.5, 2e3]\n"
    assert in_single(source) == (
        "def kernel(n):\n    # 0.5 of it\n    x = spread(single(0.0), 8, 4) + "
        "[-single(1.5), single(2e3)]\n"
    )


@pytest.mark.parametrize(
    ("dtype", "is_array", "kind"),
    [
        ("float64", False, "float"),
        ("float64", True, "floats"),
        ("int64", False, "int"),
        ("int64", True, "ints"),
    ],
)
def test_ports_tell_what_arguments_are(dtype: str, is_array: bool, kind: str) -> None:
    assert kind_of(dtype, is_array) == kind
