"""Single starts of hard gates: learnt levels find what fixed ones cannot, and all is counted."""

import json
from pathlib import Path

import numpy as np
import pytest
from tqdm.auto import tqdm

from hgedsp.blocks import SurrogateDevice
from hgedsp.devices import load_device
from hgedsp.studies.hard_gates import measure
from hgedsp.studies.hard_gates_result import HardGatesResult, Row
from hgedsp.studies.hard_ways import choose_inputs, ways_for

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
WARM = DATA / "rnpu_surrogate_room_temperature.npz"
COLD = DATA / "rnpu_surrogate.npz"
SILENT = tqdm(disable=True)


def way(device, name):
    return next(each for each in ways_for(device) if each.name == name)


def row(gate, works, seconds=10.0):
    works = np.array(works, dtype=bool)
    return Row(gate, "best of 16", (1, 2), works, 2.0 * works, np.full(works.size, 7), seconds)


def test_a_start_counts_if_its_noise_free_margin_is_above_1_nanoampere():
    device = load_device("rnpu")
    found = measure("xor", device, way(device, "best of 16"), 6, 0, SILENT)
    assert found.works.size == 6
    np.testing.assert_array_equal(found.works, found.margin_nA > 1)
    # Candidates: 16 settings, four cases of a ramp and 20 samples; epochs of four cases.
    samples = 6 * 16 * 4 * (20 + 20) + found.epochs.sum() * 4 * (20 + 256)
    assert found.measured_s == pytest.approx(samples / 5e3)


@pytest.mark.skipif(not WARM.exists(), reason="the room-temperature model is not here")
def test_learnt_levels_find_xor_on_the_room_temperature_model():
    device = SurrogateDevice.load(WARM)
    learnt = measure("xor", device, way(device, "learnt levels, best of 16"), 10, 0, SILENT)
    assert learnt.works.sum() >= 7  # 95 % of a hundred starts do; 7 of 10 or more with p = 0.999
    fixed = measure("xor", device, way(device, "best of 16"), 10, 0, SILENT)
    assert fixed.works.sum() <= 2


@pytest.mark.skipif(not COLD.exists(), reason="the model of a measured device is not here")
def test_better_starts_make_half_of_the_starts_work_for_xnor():
    device = SurrogateDevice.load(COLD)
    found = measure("xnor", device, way(device, "best of 64"), 12, 0, SILENT)
    assert found.works.mean() >= 0.5


def test_electrodes_that_make_the_gate_are_chosen():
    """current = 10 nA/V |v0 - v3|: of all pairs only (0, 3) can be XOR."""
    first = np.array([[1.0, 0.0, 0.0, -1.0, 0.0], [-1.0, 0.0, 0.0, 1.0, 0.0]])
    device = SurrogateDevice(
        [first, np.ones((1, 2))], [np.zeros(2), np.zeros(1)], amplification=10e-9
    )
    inputs, seconds = choose_inputs("xor", device, seed=0)
    assert inputs == (0, 3)
    # 10 pairs, 64 settings, four cases of 40 samples at 5 kHz.
    assert seconds == pytest.approx(10 * 64 * 4 * 40 / 5e3)


def test_success_is_half_of_the_starts_by_the_best_way():
    good, bad = row("xor", [1] * 5 + [0] * 5), row("xnor", [1] * 4 + [0] * 6)
    assert HardGatesResult("none", 0, (good,)).success
    assert not HardGatesResult("none", 0, (good, bad)).success
    assert not HardGatesResult("none", 0, (good,), interrupted=True).success


def test_tells_what_a_success_costs_and_says_so_if_there_is_none():
    result = HardGatesResult("none", 0, (row("xor", [1, 1, 0, 0]), row("xor", [0, 0, 0, 0])))
    assert result.rows[0].seconds_per_success == 5.0
    lines = [" ".join(line.split()) for line in result.text().splitlines()]
    assert lines[5] == "xor best of 16 1,2 4 50 % 15 to 85 % 7 5.0"
    assert lines[6] == "xor best of 16 1,2 4 0 % 0 to 49 % - -"
    json.dumps(result.numbers())
    figure = pytest.importorskip("matplotlib.figure").Figure()
    result.draw(figure)
    assert len(figure.axes) == 2
