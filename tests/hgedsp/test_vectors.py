"""Registers of lanes: every operation is that of NumPy lane by lane, sums keep their order."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest

from hgedsp import vectors

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there are no registers")

Array = npt.NDArray[Any]
# Lanes of a register, and of its parts.
SHAPES = [(4, 4), (8, 4), (8, 8), (16, 4), (16, 8), (16, 16)]
NAMES = ("multiply_add", "where", "to_float", "to_int")
ON_ARRAYS = ("load_like", "lane_numbers", "compressed", "how_many")
TOOLS = {**vectors.IN_TEXT, **{name: getattr(vectors, name) for name in (*NAMES, *ON_ARRAYS)}}


def compiled(text: str) -> Any:
    """Compile the function `run`; lanes are said as plain numbers, as in the emitted text."""
    space = {**TOOLS, "math": math, "np": np}
    exec(text, space)
    return numba.njit(error_model="numpy")(space["run"])


def assert_same_bits(got: Array, expected: Any, what: str = "") -> None:
    """Zeros have signs; all NaN are one."""
    expected = np.broadcast_to(expected, got.shape).astype(got.dtype)
    np.testing.assert_array_equal(got, expected, what)
    zero = (got == 0) & (got.dtype == np.float64)
    np.testing.assert_array_equal(np.signbit(got[zero]), np.signbit(expected[zero]), what)


# Every operation ---------------------------------------------------------------------------------

FLOATS = [0.0, -0.0, 1.0, -2.5, 5e-324, 1e300, math.inf, -math.inf, math.nan]
WHOLES = [0, 1, -1, 3, -8, 2**53 + 1, 2**62, -(2**63), 2**63 - 1]
# Text that is machine code for registers and NumPy for arrays: a and b are floating, n and m whole.
GIVE_FLOATS = [
    *("a + b", "a - b", "a * b", "a / b", "-a", "+a", "abs(a)", "np.abs(a)", "math.fabs(a)"),
    *("math.sqrt(a)", "np.sqrt(a)", "np.floor(a)", "np.ceil(a)", "min(a, b)", "max(a, b)"),
    *("min(a, 1.0)", "max(0.0, b)", "min(n, b)", "a + n", "n * b", "n - 0.5", "a / n", "n / m"),
    *("2 * a", "1 - a", "0.5 * n", "(a < b) * a", "(a >= b) - 0.5", "where(a < b, a, b)"),
    *("where(a < b, 1.0, a)", "where(n < m, n, b)", "where(a != b, 2.0, 3)"),
    *("where(True, a, b)", "where(False, a, 1.0)", "to_float(n)", "to_float(a < b)", "to_float(a)"),
    *("math.copysign(a, b)", "math.copysign(2.0, a)"),
]
GIVE_WHOLES = [
    *("n + m", "n - m", "n * m", "-n", "+n", "abs(n)", "min(n, m)", "max(n, m)", "n & m", "n | m"),
    *("n ^ m", "n << (m & 63)", "n >> (m & 63)", "n + 1", "3 * n", "where(n > m, n, m)"),
    *("where(n == m, 7, n)", "multiply_add(n, m, n)", "to_int(n)", "to_int(a < b)"),
    *("to_int(where(abs(a) < 9.0, a, -7.75))", "a < b", "a <= b", "a > b", "a >= b", "a == b"),
    *("a != b", "a < 1.0", "0.0 == a", "n < m", "n <= m", "n > m", "n >= m", "n == m", "n != m"),
    *("n < 1", "n < a", "(a < b) + 1", "(a < b) * n", "(a < b) & (n < m)", "(a < b) | (n < m)"),
    *("(a < b) ^ (n < m)", "where(a < b, n < m, True)"),
]
IN_NUMPY = {
    "np": np,
    "math": SimpleNamespace(fabs=np.abs, sqrt=np.sqrt, copysign=np.copysign),
    # As Python has it, not as NumPy: the first unless the second is truly beyond.
    "min": lambda x, y: np.where(y < x, y, x),
    "max": lambda x, y: np.where(y > x, y, x),
    "where": np.where,
    "multiply_add": lambda x, y, z: x * y + z,
    "to_float": lambda x: x.astype(np.float64),
    "to_int": lambda x: x.astype(np.int64),
}


def operations(count: int, part: int) -> Any:
    lines = [
        *(f"store_row(X, {i}, p, {text}, {count})" for i, text in enumerate(GIVE_FLOATS)),
        *(f"store_row(Y, {i}, p, {text}, {count})" for i, text in enumerate(GIVE_WHOLES)),
    ]
    loads = [f"{x.lower()} = load({x}, p, {count}, {part})" for x in "ABNM"]
    body = "\n        ".join([*loads, *lines])
    text = f"def run(A, B, N, M, X, Y):\n    for p in range(0, A.size, {count}):\n        {body}\n"
    return compiled(text)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@np.errstate(all="ignore")
def test_every_operation_equals_numpy_lane_by_lane(shape: tuple[int, int]) -> None:
    a, b = (np.resize(np.array(v), 96) for v in zip(*product(FLOATS, FLOATS), strict=True))
    n, m = (np.resize(np.array(v), 96) for v in zip(*product(WHOLES, WHOLES), strict=True))
    n, m = np.roll(n, 5), np.roll(m, 5)  # other wholes beside the floats than in the same place
    x = np.full((len(GIVE_FLOATS), 96), 9.0)
    y = np.full((len(GIVE_WHOLES), 96), 9)
    operations(*shape)(a, b, n, m, x, y)
    given = {**IN_NUMPY, "a": a, "b": b, "n": n, "m": m}
    for got, text in zip((*x, *y), (*GIVE_FLOATS, *GIVE_WHOLES), strict=True):
        assert_same_bits(got, eval(text, dict(given)), text)


FUNCTIONS = [f"math.{function.__name__}" for function in vectors.LANE_BY_LANE]
OF_TWO = {"math.atan2", "math.hypot", "math.copysign"}


def test_functions_of_no_vector_unit_are_those_of_plain_numbers() -> None:
    calls = [f"{name}({'a, b' if name in OF_TWO else 'a'})" for name in FUNCTIONS]
    lanes = [f"store_row(X, {i}, 0, {call}, 8)" for i, call in enumerate(calls)]
    numbers = [f"Y[{i}, k] = {call}" for i, call in enumerate(calls)]
    run = compiled(
        "def run(A, B, X, Y):\n    a, b = load(A, 0, 8, 4), load(B, 0, 8, 4)\n    "
        + "\n    ".join(lanes)
        + "\n    for k in range(8):\n        a, b = A[k], B[k]\n        "
        + "\n        ".join(numbers),
    )
    a = np.array([0.25, 0.5, 0.75, 1.0, -0.25, -0.5, 1e-9, 3.5])
    x, y = np.empty((2, len(calls), 8))
    run(a, a[::-1].copy(), x, y)
    for got, expected, call in zip(x, y, calls, strict=True):
        assert_same_bits(got, expected, call)
    sines = [math.sin(v) for v in a]
    np.testing.assert_allclose(x[FUNCTIONS.index("math.sin")], sines, rtol=2.3e-16)


# One rounding ------------------------------------------------------------------------------------


def rounded_once(a: float, b: float, c: float) -> float:
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def test_multiply_add_rounds_once() -> None:
    run = compiled(
        "def run(A, B, C, X):\n"
        "    for p in range(0, A.size, 8):\n"
        "        a, b, c = load(A, p, 8, 4), load(B, p, 8, 4), load(C, p, 8, 4)\n"
        "        store_row(X, 0, p, multiply_add(a, b, c), 8)\n"
        "        store_row(X, 1, p, multiply_add(a, -b, c), 8)\n"
        "        store_row(X, 2, p, multiply_add(a, b, 1.0), 8)\n"
        "        store_row(X, 3, p, multiply_add(3, b, c), 8)\n"
        "    for k in range(A.size):\n"
        "        X[4, k] = multiply_add(A[k], B[k], C[k])\n"
        "        X[5, k] = multiply_add(A[k], 3, C[k])\n",
    )
    generator = np.random.default_rng(1)
    a, b = generator.standard_normal((2, 160))
    # From no cancellation at all to all but the last bits of the product.
    c = np.concatenate([generator.standard_normal(80), -(a * b)[80:]])
    x = np.empty((6, 160))
    run(a, b, c, x)
    given = ((a, b, c), (a, -b, c), (a, b, 1.0 + 0 * c), (3 + 0 * a, b, c), (a, b, c))
    for got, numbers in zip(x, (*given, (a, 3 + 0 * b, c)), strict=True):
        assert_same_bits(got, [rounded_once(*v) for v in zip(*numbers, strict=True)])
    assert np.mean(x[0] != a * b + c) > 0.3, "these numbers tell one rounding from two"


def test_multiply_add_is_a_sum_and_a_product_in_plain_python_and_of_arrays() -> None:
    assert vectors.multiply_add(2.0, 3.0, 4.0) == 10.0
    numba_sum = numba.njit(vectors.multiply_add)
    twice = compiled("def run(a, b, c):\n    return multiply_add(a, b, c)\n")
    a = np.random.default_rng(1).standard_normal((3, 50))
    np.testing.assert_array_equal(twice(*a), a[0] * a[1] + a[2])
    assert twice(1 + 2j, 3.0, 1j) == numba_sum(1 + 2j, 3.0, 1j) == 3 + 7j
    assert twice(2**62, 4, 5) == 5  # whole numbers wrap


# Sums over lanes ---------------------------------------------------------------------------------


def tree(lanes: list[float], valid: int) -> float:
    """Registers of 8 one by one, then halves, quarters, eighths."""
    lanes = [lane if place < valid else 0.0 for place, lane in enumerate(lanes)]
    total, rest = lanes[:8], lanes[8:]
    while rest:
        total, rest = [x + y for x, y in zip(total, rest[:8], strict=True)], rest[8:]
    while len(total) > 1:
        half = len(total) // 2
        total = [x + y for x, y in zip(total[:half], total[half:], strict=True)]
    return total[0]


def one_by_one(start: float, lanes: list[float], valid: int) -> float:
    for lane in lanes[:valid]:
        start = start + lane
    return start


@pytest.mark.parametrize(("count", "part"), SHAPES)
def test_sums_are_added_up_in_the_stated_order(count: int, part: int) -> None:
    said = [1, 3, count]
    calls = [f"X[0, {v}], X[1, {v}] = lane_sum(a, {v}), ordered_sum(0.5, a, {v})" for v in said]
    run = compiled(
        f"def run(A, X, Y):\n    a = load(A, 0, {count}, {part})\n    "
        + "\n    ".join(calls)
        + f"\n    for v in range({count + 1}):\n"
        "        Y[0, v], Y[1, v] = lane_sum(a, v), ordered_sum(0.5, a, v)\n"
        f"        Y[2, v] = lane_sum(first_lanes(a, v), {count})\n",
    )
    generator = np.random.default_rng(count + part)
    for _ in range(20):
        lanes = generator.standard_normal(count) * 10.0 ** generator.integers(-8, 8, count)
        x, y = np.zeros((2, count + 1)), np.zeros((3, count + 1))
        run(lanes, x, y)
        trees = [tree(lanes.tolist(), valid) for valid in range(count + 1)]
        rows = [one_by_one(0.5, lanes.tolist(), valid) for valid in range(count + 1)]
        assert_same_bits(y, [trees, rows, trees])
        for valid in said:
            assert_same_bits(x[:, valid], [trees[valid], rows[valid]])


# Memory ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "part"), SHAPES)
def test_registers_are_read_and_written_whole_at_any_place(count: int, part: int) -> None:
    run = compiled(
        f"def run(A, M, X, Y):\n"
        f"    a, m = load(A, 3, {count}, {part}), load_like(load(A, 0, {count}, {part}), M, 1)\n"
        f"    store(X, 5, a)\n"
        f"    store(Y, 1, m + 1)\n"
        f"    store(X, 40, m)\n"  # whole numbers become floating
        f"    store(X, 60, spread(2.5, {count}, {part}))\n"
        f"    store(X, 80, with_lane(with_lane(a, 0, 7.0), {count - 1}, lane(a, 1)))\n"
        f"    X[99] = lane(6.0, 2)\n"
        f"    store(X, 100, spread(a, {count}, {part}))\n",
    )
    a, m = np.arange(0.5, 30.5), np.arange(100, 130)
    x, y = np.full(120, -1.0), np.full(20, -1)
    run(a, m, x, y)
    expected, whole = np.full(120, -1.0), np.full(20, -1)
    expected[5 : 5 + count] = expected[100 : 100 + count] = a[3 : 3 + count]
    expected[40 : 40 + count] = m[1 : 1 + count]
    expected[60 : 60 + count] = 2.5
    expected[80 : 80 + count] = [7.0, *a[4 : 2 + count], a[4]]
    expected[99] = 6.0
    whole[1 : 1 + count] = m[1 : 1 + count] + 1
    np.testing.assert_array_equal(x, expected)
    np.testing.assert_array_equal(y, whole)


@pytest.mark.parametrize(("count", "part"), SHAPES)
def test_lanes_beyond_the_last_are_neither_read_nor_written(count: int, part: int) -> None:
    read = f"load_row(A, 1, 2, {count}, {part}, {{}})"
    run = compiled(
        f"def run(A, M, X, Y, v):\n"
        f"    store_row(X, 0, 1, {read.format('v')}, {count})\n"  # as many lanes as v says
        f"    store_row(X, 1, 1, {read.format(3)}, {count})\n"
        f"    store_row(X, 2, 1, {read.format(count)}, {count})\n"
        f"    store_row(X, 3, 1, {read.format(count)}, v)\n"
        f"    store_row(X, 4, 1, {read.format(count)}, 3)\n"
        f"    store_row(X, 5, 1, first_lanes({read.format(count)}, v), {count})\n"
        f"    store_row(X, 6, 1, {read.format('v').replace('A', 'M')}, {count})\n"
        f"    store_row(Y, 0, 1, {read.format(count).replace('A', 'M')}, v)\n"
    )
    a, m = np.random.default_rng(1).standard_normal((3, 40)), np.arange(120).reshape(3, 40)
    row, whole = a[1, 2 : 2 + count], m[1, 2 : 2 + count]
    for valid in range(count + 1):
        x, y = np.full((7, count + 2), np.nan), np.full((1, count + 2), -1)
        run(a, m, x, y, valid)
        there = np.arange(count) < valid
        three = np.arange(count) < 3
        inside = [
            np.where(there, row, 0.0),
            np.where(three, row, 0.0),
            row,
            np.where(there, row, np.nan),  # what was there stays
            np.where(three, row, np.nan),
            np.where(there, row, 0.0),
            np.where(there, whole, 0),
        ]
        assert_same_bits(x[:, 1:-1], inside)
        assert np.isnan(x[:, [0, -1]]).all()
        np.testing.assert_array_equal(y[0], [-1, *np.where(there, whole, -1), -1])


FORBIDDEN = """
import ctypes, mmap, os
import numpy as np
import numba
from hgedsp.vectors import load_row, store_row

@numba.njit
def copy(A, X, v):
    for row in range(A.shape[0]):
        store_row(X, row, 0, load_row(A, row, 0, 8, 8, v), v)
        store_row(X, row, 0, load_row(A, row, 0, 16, 4, 5), 5)

def at_the_end():
    '''Room for five numbers, behind which nothing may be read or written.'''
    pages = mmap.mmap(-1, 2 * mmap.PAGESIZE)
    first = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    libc = ctypes.CDLL(None, use_errno=True)
    nothing = ctypes.c_int(0)
    address = ctypes.c_void_p(first + mmap.PAGESIZE)
    assert libc.mprotect(address, ctypes.c_size_t(mmap.PAGESIZE), nothing) == 0
    offset = mmap.PAGESIZE - 5 * 8
    return np.frombuffer(pages, np.float64, 5, offset).reshape(1, 5)

a, x = at_the_end(), at_the_end()
a[:] = [1.0, 2.0, 3.0, 4.0, 5.0]
copy(a, x, 5)
print(*x[0], flush=True)
os._exit(0)  # nobody is to tidy up behind the pages
"""


@pytest.mark.skipif(sys.platform == "win32", reason="pages are protected in another way there")
def test_the_end_of_a_buffer_may_be_the_end_of_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("1.0 2.0 3.0 4.0 5.0\n", 0), done.stderr


# In plain Python ---------------------------------------------------------------------------------

OF_A_STEP = """
def run(A, M, X):
    a, k = load(A, 1, 8, 8), lane_numbers(8, 8)
    kept = a > 0.0
    store(X, 0, compressed(a, kept))
    store(X, 8, where(kept, a, -1.0))
    store(X, 16, load_like(a, A, 5) * k)
    store(X, 24, compressed(a, k < how_many(kept)))
    store(X, 32, compressed(a, a > 1e9))
    X[40], X[41], X[42] = lane_sum(a, 8), lane_sum(a, 3), lane_sum(load(A, 0, 16, 4), 13)
    X[43], X[44] = how_many(kept), how_many(load(A, 0, 16, 4) > 0.0)
    X[45], X[46] = how_many(a > 1e9), how_many(a < 1e9)
    X[47] = lane_sum(load(A, 0, 4, 4), 4)
"""


def test_what_a_step_on_arrays_calls_means_the_same_in_plain_python() -> None:
    space = dict(TOOLS)
    exec(OF_A_STEP, space)
    run: Any = space["run"]
    generator = np.random.default_rng(1)
    machine = numba.njit(run)
    for _ in range(20):
        a = generator.standard_normal(20) * 10.0 ** generator.integers(-8, 8, 20)
        x, y = np.zeros((2, 48))
        machine(a, np.arange(20), x)
        run(a, np.arange(20), y)
        assert_same_bits(x, y)
