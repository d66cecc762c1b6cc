"""What all trainings say in the same way."""

import pytest

from hgedsp.blocks import PolynomialDevice
from hgedsp.devices import load_device, require_device
from hgedsp.errors import ParameterError
from hgedsp.results import finite_or_none
from hgedsp.train.common import case_lines, case_names


def test_cases_are_named_by_their_inputs():
    assert case_names(4) == ["00", "01", "10", "11"]
    assert case_names(8)[3] == "011"


def test_case_lines_tell_level_and_target():
    assert case_lines([1.0, -20.25], [0, 1]) == [
        "  0 ->     1.00 nA  (low)",
        "  1 ->   -20.25 nA  (high)",
    ]


def test_what_is_not_finite_is_no_number_of_json():
    assert finite_or_none(2.5) == 2.5
    assert [finite_or_none(x) for x in (float("inf"), float("-inf"), float("nan"))] == [None] * 3


def test_only_devices_that_can_be_evaluated_are_taken():
    device = load_device("rnpu")
    assert require_device(device, "be trained") is device
    text = r"^PolynomialDevice cannot be trained: it has no current\(\), lower, upper\n"
    with pytest.raises(ParameterError, match=text):
        require_device(PolynomialDevice([1.0, 2.0]), "be trained")
