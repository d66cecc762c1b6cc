"""Steps in other words: the same numbers on registers of lanes, and products with sums in one."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import linecache
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.extending import register_jitable

from hgedsp.compile.one_rounding import Fuse
from hgedsp.compile.rewrite import fused, on_lanes, straight
from hgedsp.vectors import load, spread, store

compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="no machine code")
Function = Callable[..., Any]
LIMIT = 0.75


def compiled(function: Function) -> Function:
    if hasattr(function, "py_func"):
        return function
    made: Function = numba.njit(error_model="numpy")(function)
    return made


def text(step: Function, *common: str) -> str | None:
    """The body of a step without branches that lanes could take in different ways."""
    made = straight(step, frozenset(common), compiled, fuse=False)
    return None if made is None else body(made.tree)


def body(tree: ast.FunctionDef) -> str:
    return "\n".join(ast.unparse(part) for part in ast.fix_missing_locations(tree).body)


# Branches ----------------------------------------------------------------------------------------


def ternary(x, y):
    return y if x > y else x


def ways_out(x, y):
    """Both sides return."""
    if x > 0.0:
        return x, 1.0
    return -x, y


def three_ways_out(x, y):
    if x > 1.0:
        return 1.0
    if y > 1.0:
        x = 2.0 * y
        if x > 5.0:
            return x - 5.0
    return x + y


def a_name_of_each_side(x, y):
    z = y
    if x > 0.0:
        z = x
        w = 2.0 * z
    else:
        w = 3.0
    return z + w


def nested(x, y, z):
    w = x
    if x < y:
        w = y
        if w < -1.0:
            w = -1.0
    elif x > z:
        w = z
    return w


def on_common(x, y, n):
    if n == 0:
        y = 0.0
    y += x
    return y


def ways_out_on_common(x, n):
    if n > 3:
        return x
    return 2.0 * x


def parted(x, y, n):
    if n == 0 and x > y:
        y = x
    return y


def tuples(x, y):
    x, y = y, x
    a, b = swapped(x, y)
    return a, b - x


def swapped(x, y):
    return y, x


def augmented(x, y):
    y *= x
    y -= 1.0
    y /= 3.0
    return y


def chained(x, y, z):
    return 1.0 if y < x <= z != 0.5 else 0.0


def negated(x, y, n):
    return x if not y > 0.0 and not n > 1 else -x


def any_of(x, y, z):
    return x if x > y or y > z or z > 1.0 else z


def powers(x, y):
    return x**2 - y**3 + y**4


def as_other_kinds(x, n):
    return float(n) + int(2.0 if x > 1.0 else x > 0.0)


def extremes(x, y, z):
    return min(x, y, z) - max(y, LIMIT)


def constants(x):
    """From outside."""
    y: float = x * math.pi
    if np.abs(y) > LIMIT:
        y = LIMIT
    return math.sqrt(abs(y)) + np.floor(x)


def flags(x, y, n):
    above, low = x > y, n < 1
    return (above + low) * x - (above & low), above


def whole(n, x):
    n = (n << 3) ^ (n >> 1) | 5
    return n + 1 if x > 0.0 else n & 7


@pytest.mark.parametrize(
    ("step", "common", "expected"),
    [
        (ternary, "", "return where__(x > y, y, x)"),
        (ways_out, "", "return (where__(x > 0.0, x, -x), where__(x > 0.0, 1.0, y))"),
        (
            a_name_of_each_side,
            "",
            """
            z = y
            z__2 = x
            w = 2.0 * z__2
            w__2 = 3.0
            z__3 = where__(x > 0.0, z__2, z)
            w__3 = where__(x > 0.0, w, w__2)
            return z__3 + w__3
            """,
        ),
        (
            nested,
            "",
            """
            w = x
            w__2 = y
            w__3 = -1.0
            w__4 = where__(w__2 < -1.0, w__3, w__2)
            w__5 = z
            w__6 = where__(x > z, w__5, w)
            w__7 = where__(x < y, w__4, w__6)
            return w__7
            """,
        ),
        (
            on_common,
            "n",
            """
            if n == 0:
                y__2 = 0.0
                y__3 = y__2
            else:
                y__3 = y
            y__4 = y__3 + x
            return y__4
            """,
        ),
        (
            on_common,
            "",
            """
            y__2 = 0.0
            y__3 = where__(n == 0, y__2, y)
            y__4 = y__3 + x
            return y__4
            """,
        ),
        (
            ways_out_on_common,
            "n",
            """
            if n > 3:
                result_0 = x
            else:
                result_0 = 2.0 * x
            return result_0
            """,
        ),
        (
            parted,  # the work of the second condition is done where the first holds
            "n",
            """
            if n == 0:
                y__2 = x
                y__3 = where__(x > y, y__2, y)
                y__4 = y__3
            else:
                y__4 = y
            return y__4
            """,
        ),
        (
            tuples,
            "",
            """
            x__2 = y
            y__2 = x
            a, b = swapped(x__2, y__2)
            return (a, b - x__2)
            """,
        ),
        (
            augmented,
            "",
            """
            y__2 = y * x
            y__3 = y__2 - 1.0
            y__4 = y__3 / 3.0
            return y__4
            """,
        ),
        (chained, "", "return where__((y < x) & (x <= z) & (z != 0.5), 1.0, 0.0)"),
        (any_of, "", "return where__((x > y) | (y > z) | (z > 1.0), x, z)"),
        (powers, "", "return x * x - y * y * y + y * y * (y * y)"),
        (extremes, "", "return min(min(x, y), z) - max(y, LIMIT)"),
        (
            negated,
            "",
            "return where__(where__(y > 0.0, False, True) & where__(n > 1, False, True), x, -x)",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_text_on_lanes(step: Function, common: str, expected: str) -> None:
    assert text(step, *common.split()) == inspect.cleandoc(expected)


def test_results_of_common_numbers_alone_are_single() -> None:
    def step(x, n, k):
        total = n + k
        if k > 3:
            total = total + 1
        return x * total, total, -k, n if x > 0.0 else k

    made = straight(step, frozenset(("n", "k")), compiled, fuse=False)
    assert made is not None
    assert made.single == {1, 2}


# Unfit -------------------------------------------------------------------------------------------

TABLE = (1.0, 2.0)


def looped(x):
    for _ in range(3):
        x = x * x
    return x


def repeated(x):
    while x > 1.0:
        x = 0.5 * x
    return x


def subscript(x):
    return x * TABLE[0]


def unknown_call(x):
    return math.floor(x)


def call_by_name(x, y):
    return max(x, y, key=abs)


def function_of_a_module(x):
    return operator.neg(x)


def helper_with_a_loop(x):
    return looped(x)


def floor_division(x, y):
    return x // y


def remainder(x, y):
    return x % y


def high_power(x):
    return x**5


def power_of_a_sum(x):
    return (x + 1.0) ** 2


def chain_of_targets(x):
    y = z = x
    return y + z


def no_result(x):
    if x > 0.0:
        return x


def results_of_different_lengths(x):
    if x > 0.0:
        return x, x
    return x


def star(*x):
    return x


def unknown_constant(x):
    return x if TABLE else -x


def inner_function(x):
    def twice(y):
        return 2.0 * y

    return twice(x)


@pytest.mark.parametrize(
    "step",
    [
        looped,
        repeated,
        subscript,
        unknown_call,
        call_by_name,
        function_of_a_module,
        helper_with_a_loop,
        floor_division,
        remainder,
        high_power,
        power_of_a_sum,
        chain_of_targets,
        no_result,
        results_of_different_lengths,
        star,
        unknown_constant,
        inner_function,
        lambda x: x,
        eval("lambda x: x"),
        math.sin,
    ],
)
def test_what_cannot_be_said_on_lanes_is_not(step: Function) -> None:
    assert text(step) is None
    assert on_lanes(step, frozenset(), compiled, fuse=True) is None


# The text that was imported ------------------------------------------------------------------


def imported(path: Path, source: str) -> ModuleType:
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_step_whose_file_was_edited_after_the_import_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "edited_steps.py"
    module = imported(path, "def step(x, y, z):\n    return x * y + z\n")
    path.write_text("def step(x, y, z):\n    return x * y - z\n")
    linecache.checkcache(str(path))
    assert fused(module.step, compiled) is module.step
    assert text(module.step) is None


def test_a_comment_or_a_moved_line_is_no_edit(tmp_path: Path) -> None:
    path = tmp_path / "moved_steps.py"
    module = imported(path, "def moved(x, y, z):\n    return x * y + z\n")
    path.write_text("def moved(x, y, z):  # the same\n\n    return x * y + z\n")
    linecache.checkcache(str(path))
    assert text(module.moved) == "return x * y + z"


def test_equal_steps_of_two_files_do_not_share_their_fate(tmp_path: Path) -> None:
    source = "def twin(x, y, z):\n    return x * y + z\n"
    path = tmp_path / "first_twin.py"
    edited, kept = imported(path, source), imported(tmp_path / "second_twin.py", source)
    path.write_text(source.replace("+", "-"))
    linecache.checkcache(str(path))
    assert text(edited.twin) is None
    assert text(kept.twin) == "return x * y + z"


def test_a_step_without_a_file_is_left_alone() -> None:
    space: dict[str, Any] = {}
    exec("def step(x, y, z):\n    return x * y + z\n", space)
    assert fused(space["step"], compiled) is space["step"]
    assert text(space["step"]) is None


# Closures and helpers --------------------------------------------------------------------------


def scaled_by(factor, offset):
    def step(x):
        return factor * x + offset if x > offset else factor

    return step


@numba.njit
def in_machine_code(x, y):
    return x if x > y else y


@register_jitable
def in_either(x, y):
    return in_machine_code(x, y) + x * y


def helped(x, y):
    return in_either(y, x) * 2.0


def helpless(x, y):
    return helper_with_a_loop(x) + y


def test_what_was_closed_over_is_a_constant_of_each_function_alone() -> None:
    double, triple = scaled_by(2.0, 1.0), scaled_by(3.0, -1.0)
    made = [on_lanes(step, frozenset(), compiled, fuse=False) for step in (double, triple)]
    assert [plain_call(pair, 5.0) for pair in made] == [11.0, 14.0]
    assert [fused(step, compiled)(5.0) for step in (double, triple)] == [11.0, 14.0]


def plain_call(made: Any, *numbers: float) -> float:
    """What a rewritten step gives for plain numbers in plain Python."""
    assert made is not None
    return float(made[0](*numbers))


def test_a_helper_that_cannot_be_rewritten_keeps_its_caller_from_it() -> None:
    assert text(helpless) is None
    assert text(helped) is not None


# One rounding ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return a * b + c", "return multiply_add__(a, b, c)"),
        ("return c + a * b", "return multiply_add__(a, b, c)"),
        ("return a * b - c", "return multiply_add__(a, b, -c)"),
        ("return c - a * b", "return multiply_add__(-a, b, c)"),
        ("return a * b + c * d", "return multiply_add__(a, b, c * d)"),
        ("return a * b - c * d", "return multiply_add__(a, b, -(c * d))"),
        ("return -a * b + c", "return multiply_add__(-a, b, c)"),
        ("return a * b * c + d", "return multiply_add__(a * b, c, d)"),
        ("return a * b + c + d", "return multiply_add__(a, b, c) + d"),
        ("return a + b * (c + d * a)", "return multiply_add__(b, multiply_add__(d, a, c), a)"),
        ("return (a + b) * c + d", "return multiply_add__(a + b, c, d)"),
        ("return a * b", "return a * b"),
        ("return a / b + c", "return a / b + c"),
        ("return a if a * b + c > d else d", "return a if multiply_add__(a, b, c) > d else d"),
        ("a += b * c", "a = multiply_add__(b, c, a)"),
        ("a -= b * c", "a = multiply_add__(-b, c, a)"),
        ("a *= b + c * d", "a = a * multiply_add__(c, d, b)"),
        ("a[0] += b * c + d", "a[0] += multiply_add__(b, c, d)"),
    ],
)
def test_products_with_sums_become_multiply_adds(line: str, expected: str) -> None:
    tree = Fuse().visit(ast.parse(line))
    assert ast.unparse(ast.fix_missing_locations(tree)) == expected


def four_signs(x, y, z):
    w = z
    w -= x * y
    return x * y + z, x * y - z, z - x * y, w


def in_a_helper(x, y, z):
    return rounded_in_a_helper(x, y, z)


def rounded_in_a_helper(x, y, z):
    return x * y + z


def rounded_once(x: float, y: float, z: float) -> float:
    return float(Fraction(x) * Fraction(y) + Fraction(z))


@compiled_only
def test_fused_steps_round_once_also_in_helpers() -> None:
    signs = compiled(fused(four_signs, compiled))
    helper = compiled(fused(in_a_helper, compiled))
    for x, y, z in np.random.default_rng(1).standard_normal((50, 3)):
        once = rounded_once(x, y, z)
        assert helper(x, y, z) == once
        less = rounded_once(-x, y, z)
        assert signs(x, y, z) == (once, rounded_once(x, y, -z), less, less)


# The same numbers --------------------------------------------------------------------------------

STEPS = [
    *((step, "") for step in (ternary, ways_out, three_ways_out, a_name_of_each_side, nested)),
    *((step, "") for step in (tuples, augmented, chained, any_of, extremes, constants, helped)),
    *((step, "") for step in (on_common, ways_out_on_common, parted, negated, as_other_kinds)),
    *((step, "n") for step in (on_common, ways_out_on_common, parted, negated, as_other_kinds)),
    *((step, "") for step in (flags, whole, scaled_by(2.5, 0.5))),
    *((step, "n") for step in (flags, whole)),
    (nested, "y z"),
    (three_ways_out, "x"),
]
NUMBER = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.75, math.inf, -math.inf, math.nan]) | st.floats(
    -1e3, 1e3
)


def arguments_of(step: Function) -> list[str]:
    return list(inspect.signature(step).parameters)


def on_registers(step: Function, common: list[str]) -> Function:
    """A function of arrays of 4 that calls the rewritten step once, with registers."""
    pair = on_lanes(step, frozenset(common), compiled, fuse=False)
    assert pair is not None
    names = arguments_of(step)
    given = [f"{n}[0]" if n in common else f"load({n}, 0, 4, 4)" for n in names]
    count = len(np.atleast_1d(step(*[1] * len(names))))
    results = [f"r{i}" for i in range(count)]
    lines = [f"{', '.join(results)} = made({', '.join(given)})"]
    lines += [f"store(out, {4 * i}, spread({r}, 4, 4))" for i, r in enumerate(results)]
    text = f"def run({', '.join(names)}, out):\n    " + "\n    ".join(lines)
    space = {"load": load, "store": store, "spread": spread, "made": compiled(pair[0])}
    exec(text, space)
    return compiled(space["run"])


@compiled_only
@pytest.mark.parametrize(("step", "common"), STEPS, ids=lambda v: getattr(v, "__name__", v))
def test_rewritten_steps_give_the_same_bits(step: Function, common: str) -> None:
    run, names = on_registers(step, common.split()), arguments_of(step)

    @settings(deadline=None, max_examples=30)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        numbers = {
            name: np.array(
                data.draw(st.lists(st.integers(-2, 5) if name == "n" else NUMBER, min_size=4))[:4]
            )
            for name in names
        }
        for name in common.split():
            numbers[name][1:] = numbers[name][0]
        expected = []
        for lane in zip(*(numbers[name].tolist() for name in names), strict=True):
            expected.append(np.atleast_1d(np.array(step(*lane), np.float64)))
        got = np.full(4 * len(expected[0]), np.nan)
        run(*(numbers[name] for name in names), got)
        assert_same_bits(got.reshape(-1, 4).T, np.array(expected))

    holds()


def assert_same_bits(got: Any, expected: Any) -> None:
    np.testing.assert_array_equal(got, expected)
    zero = got == 0
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(expected[zero]))
