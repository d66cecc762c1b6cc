import json

import pytest

from hgedsp.cli.main import main
from hgedsp.hge.noise import mixed_density
from hgedsp.reproduce.noise import AMPLITUDE, Scatter, _deviation


def test_many_periods_follow_the_density_at_the_tone():
    density = mixed_density(1e-24, 9e-24)
    expected = (density(1100.0) / 0.1) ** 0.5 / AMPLITUDE
    assert _deviation(density, 1100.0, 0.1) == pytest.approx(expected)
    # A single period of 1/f noise catches more.
    assert _deviation(density, 100.0, 0.01) > 1.1 * (density(100.0) / 0.01) ** 0.5 / AMPLITUDE


@pytest.mark.parametrize(("measured", "holds"), [(1.05, True), (1.3, False), (0.6, False)])
def test_a_scatter_off_by_more_than_a_tenth_and_chance_does_not_hold(measured, holds):
    assert Scatter(1e3, 0.1, measured, 1.0, 2000).holds is holds


def test_the_command_writes_record_and_picture(tmp_path, capsys):
    arguments = ["reproduce", "noise", "--quick", "--output", str(tmp_path), "--json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["success"]
    assert {"quantity", "ours", "paper", "source"} <= set(found["rows"][0])
    assert (tmp_path / "record.npz").exists()
    assert (tmp_path / "result.png").exists()
