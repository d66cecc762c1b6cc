import json
from dataclasses import replace

import pytest

from hgedsp.cli.main import main
from hgedsp.hge.noise import mixed_density
from hgedsp.reproduce import noise
from hgedsp.reproduce.noise import AMPLITUDE, Scatter, _deviation
from hgedsp.run.kernel import Kernel


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


@pytest.mark.parametrize(
    ("lengths", "times", "density"),
    [
        # A whole run is 10 s, and one without perturbation a third of it.
        ([0.04], [], False),
        ([0.3], [0.01, 0.02, 0.05], False),
        ([1.0], [0.01, 0.02, 0.05, 0.1, 0.2], False),
        ([10.0, 0.3], [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0], False),
        ([10.0, 0.4], [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0], True),
    ],
)
def test_a_stopped_run_tells_what_it_was_long_enough_for(monkeypatch, lengths, times, density):
    real, left = Kernel.run, list(lengths)

    def run(kernel, *, seconds, progress):
        record = real(kernel, seconds=left.pop(0), progress=progress)
        return record if left else replace(record, interrupted=True)

    monkeypatch.setattr(Kernel, "run", run)
    found = noise.run(device=None, seed=0, quick=True, progress=False)
    assert found.interrupted
    assert not found.success
    assert [s.time for s in found.against_time] == 2 * times
    assert bool(found.against_frequency) == (0.1 in times)
    assert ("density of the output noise" in found.text()) == density
    said = "scatter so far is as predicted" if times else "no scatter was measured"
    assert found.text().endswith(f"\n{said} (device rnpu, seed 0)")
    figure = pytest.importorskip("matplotlib.figure").Figure()
    found.draw(figure)
    assert len(figure.axes) == (0.1 in times) + bool(times) + density
