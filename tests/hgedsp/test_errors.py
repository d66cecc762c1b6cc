"""Errors: what they say survives the way from another process."""

import copy
import pickle

import pytest

from hgedsp import errors


def kinds():
    members = [m for m in vars(errors).values() if isinstance(m, type)]
    return [m for m in members if issubclass(m, errors.HgedspError)]


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
@pytest.mark.parametrize("kind", kinds())
def test_an_error_goes_to_another_process_with_all_it_says(kind, again):
    error = kind("a wire is loose", where=["mixer  a.py:3"], shown=["1.0"], mend="wire it")
    error.lane = 3
    got = again(error)
    assert type(got) is kind
    assert str(got) == str(error) == "a wire is loose\n  at   mixer  a.py:3\n  1.0\n  mend wire it"
    assert (got.what, got.where, got.mend, got.lane) == (error.what, error.where, error.mend, 3)
