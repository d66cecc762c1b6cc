"""Calls on a roomy stack are calls like any other."""

import pytest

from hgedsp.compile.stack import roomy_call


def test_gives_what_the_function_gives():
    assert roomy_call(divmod, 7, 3) == (2, 1)


def test_errors_come_through():
    with pytest.raises(ZeroDivisionError):
        roomy_call(divmod, 7, 0)


def test_deep_recursion_finds_its_way_back():
    def depth(n: int) -> int:
        return 0 if n == 0 else 1 + depth(n - 1)

    assert roomy_call(depth, 700) == 700
    assert roomy_call(roomy_call, depth, 50) == 50
