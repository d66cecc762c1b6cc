"""Steps put together: what comes last goes through one multiply-add."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.compile.merge import Merged, Part, merge

POLE = "def step(x, y1, a):\n    y = y1 - a * y1 + a * x\n    return (y, y)"
DESCENT = "def step(g, p, rate, lower):\n    return max(p - rate * g, lower)"
MIXER = "def step(signal, reference, gain):\n    return signal * (gain * reference)"
CUBE = "def step(x):\n    square = x * x\n    return square * x"
BRANCH = (
    "def step(x, gate, y1):\n"
    "    if gate > 0.0:\n        y = x + y1\n    else:\n        y = y1\n"
    "    return (y, y)"
)


def part(text: str, arguments: str, results: str, **options: Any) -> Part:
    (tree,) = ast.parse(text).body
    assert isinstance(tree, ast.FunctionDef)
    return Part(tree, tuple(arguments.split()), tuple(results.split()), **options)


def merged(parts: list[Part], late: str, constant: str, wanted: str, **options: Any) -> Merged:
    every = {name.strip("?"): not name.endswith("?") for name in wanted.split()}
    return merge(
        "merged",
        parts,
        late=frozenset(late.split()),
        constant=frozenset(constant.split()),
        wanted=every,
        **{"shorten": True, **options},
    )


def text(made: Merged) -> str:
    return "\n".join(ast.unparse(statement) for statement in made.tree.body)


def python(made: Merged) -> Callable[..., Any]:
    space: dict[str, Any] = {"multiply_add__": lambda a, b, c: a * b + c, "max": max}
    exec(compile(ast.Module([made.tree], []), "merged", "exec"), space)
    function: Callable[..., Any] = space["merged"]
    return function


def test_what_is_known_before_is_worked_out_before() -> None:
    chain = [part(POLE, "x s a", "y s"), part(POLE, "y r a", "z r")]
    assert text(merged(chain, "x", "a", "s r")) == (
        "y_known = s + -a * s\n"
        "y_known__2 = r + -a * r + a * y_known\n"
        "y_constant = a * a\n"
        "return (multiply_add__(a, x, y_known), multiply_add__(y_constant, x, y_known__2))"
    )


def test_a_late_value_goes_through_one_operation_per_result() -> None:
    chain = [
        part(MIXER, "loss sine gain", "product"),
        part(POLE, "product s a", "y s"),
        part(POLE, "y r a", "z r"),
        part(DESCENT, "z p rate lower", "p"),
    ]
    made = merged(chain, "loss", "gain a rate lower", "s r p")
    uses = [node for node in ast.walk(made.tree) if isinstance(node, ast.Name)]
    assert sum(node.id == "loss" for node in uses) == 3
    fused = [node for node in ast.walk(made.tree) if isinstance(node, ast.Call)]
    late = [call for call in fused if any(getattr(a, "id", "") == "loss" for a in call.args)]
    assert [getattr(call.func, "id", "") for call in late] == ["multiply_add__"] * 3


def test_products_of_two_late_values_become_part_of_the_sum() -> None:
    made = merged(
        [
            part("def step(a, b):\n    return a * b", "q q", "square"),
            part("def step(a, b):\n    return a + b", "l square", "rest"),
            part("def step(a, b):\n    return a - b", "rest target", "error"),
        ],
        "q l",
        "target",
        "error",
    )
    assert text(made) == ("error_known = -target\nreturn multiply_add__(q, q, error_known + l)")


def test_without_shortening_a_result_is_what_later_steps_start_from() -> None:
    chain = [part(POLE, "x s a", "y s"), part(DESCENT, "s p rate lower", "p")]
    made = merged(chain, "x", "a rate lower", "s p", shorten=False)
    assert text(made) == (
        "y = multiply_add__(a, x, s + -a * s)\n"
        "p__2 = max(multiply_add__(-rate, y, p), lower)\n"
        "return (y, p__2)"
    )


def test_terms_are_added_to_a_sum_inside() -> None:
    terms = part("def step(x):\n    return x", "v", "total", adds=True)
    made = merged([part("def step(x, c):\n    return x * c", "p c", "v"), terms], "p", "", "total")
    assert made.arguments == ("p", "c", "total")
    assert text(made) == "return multiply_add__(c, p, total)"


def test_lanes_that_do_not_count_are_made_zero_before_the_late_value_comes() -> None:
    terms = part("def step(x):\n    return x", "v", "total", lanes=7)
    steps = [part("def step(x, c):\n    return x * c", "p c", "v"), terms]
    made = merged(steps, "p", "c", "total", wide=frozenset({"p", "c"}))
    assert "first_lanes__(c, 7)" in text(made)
    assert "first_lanes__(p" not in text(made)


def test_lanes_of_a_product_with_a_common_number_are_made_zero_after_it() -> None:
    terms = part("def step(x):\n    return x", "v", "total", lanes=7)
    steps = [part("def step(x, c):\n    return x * c", "p c", "v"), terms]
    made = merged(steps, "p", "c", "total", wide=frozenset({"p"}))
    assert "first_lanes__(c * p, 7)" in text(made)


def test_what_is_only_stored_leaves_no_trace_in_the_rest() -> None:
    chain = [part(POLE, "x s a", "y s"), part(CUBE, "y", "z")]
    plain = merged(chain, "x", "a", "s z")
    stored = merged(chain, "x", "a", "s z y?")
    assert stored.results == ("y", "s", "z")
    values = (0.3, 0.7, 0.1)
    y, *rest = python(stored)(*values)
    assert rest == list(python(plain)(*values))
    assert y == pytest.approx(0.66, abs=1e-15)


@pytest.mark.parametrize("gate", [0.0, 1.0])
def test_a_branch_on_a_common_number_stays_one(gate: float) -> None:
    made = merged([part(BRANCH, "x gate s", "y s")], "x", "gate", "s")
    assert any(isinstance(node, ast.If) for node in ast.walk(made.tree))
    assert python(made)(2.0, gate, 0.5) == (2.5 if gate else 0.5)


STEPS = {
    "pole": (POLE, 3, 2),
    "descent": (DESCENT, 4, 1),
    "mixer": (MIXER, 3, 1),
    "cube": (CUBE, 1, 1),
    "branch": (BRANCH, 3, 2),
    "difference": ("def step(a, b):\n    return a - 2.0 * b", 2, 1),
    "ratio": ("def step(a, b):\n    return a / (2.0 + b * b)", 2, 1),
}


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 10**6), shorten=st.booleans())
def test_any_chain_equals_its_steps_one_by_one(seed: int, shorten: bool) -> None:
    random = np.random.default_rng(seed)
    names, parts, step_by_step = ["x0", "x1", "x2", "x3"], [], []
    for number in range(int(random.integers(1, 8))):
        code, takes, gives = STEPS[str(random.choice(list(STEPS)))]
        arguments = [str(name) for name in random.choice(names, takes)]
        results = [f"y{number}_{i}" for i in range(gives)]
        parts.append(part(code, " ".join(arguments), " ".join(results)))
        step_by_step.append((code, arguments, results))
        names += results
    wanted = {name: bool(random.random() < 0.7) for name in names[4:] if random.random() < 0.5}
    wanted[names[-1]] = True
    late = frozenset(str(name) for name in random.choice(names[:4], 2))
    constant = frozenset(names[:4]) - late if random.random() < 0.5 else frozenset()
    made = merge("merged", parts, late=late, constant=constant, wanted=wanted, shorten=shorten)
    values = dict(zip(names[:4], random.uniform(-1, 1, 4).tolist(), strict=True))
    returned = python(made)(*(values[name] for name in made.arguments))
    for code, arguments, results in step_by_step:
        space: dict[str, Any] = {"max": max}
        exec(code, space)
        given = space["step"](*(values[name] for name in arguments))
        values.update(zip(results, given if len(results) > 1 else (given,), strict=True))
    got = returned if len(made.results) > 1 else (returned,)
    assert set(made.results) == set(wanted)
    for name, value in zip(made.results, got, strict=True):
        # Some ten roundings of numbers up to some thousand.
        assert math.isclose(value, values[name], rel_tol=1e-10, abs_tol=1e-11), name
