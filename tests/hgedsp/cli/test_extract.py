"""``hgedsp extract`` as it is typed."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hgedsp.cli import extract
from hgedsp.errors import HgedspError, MissingExtraError
from hgedsp.io import load_record

RATE = 1000.0
FREQUENCY, AMPLITUDE = [50.0, 110.0], [0.1, 0.2]
GRADIENT = np.array([3.0, -2.0])
TIME = np.arange(2000) / RATE
SAMPLES = np.sin(2 * np.pi * np.outer(TIME, FREQUENCY)) @ (GRADIENT * AMPLITUDE)
TONES = {"frequency_Hz": FREQUENCY, "amplitude_V": AMPLITUDE, "phase_rad": [0.0, 0.0]}


def command(*words: object) -> int:
    parser = argparse.ArgumentParser(prog="hgedsp")
    extract.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["extract", *map(str, words)])
    return int(arguments.run(arguments))


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, current_nA=SAMPLES, sample_rate_Hz=RATE, **TONES)
    return path


def test_prints_json_and_nothing_else(trace, capsys):
    assert command(trace, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["trace"] == f"{trace}:current_nA"
    assert result["samples"] == 2000
    assert result["sample_rate_Hz"] == RATE
    assert result["estimator"] == "lock-in"
    assert result["window_s"] == 0.1
    assert result["windows"] == 20
    assert result["frequency_Hz"] == FREQUENCY
    assert result["amplitude_V"] == AMPLITUDE
    assert result["gradient_unit"] == "nA/V"
    np.testing.assert_allclose(result["gradient_mean"], GRADIENT, rtol=1e-11)
    np.testing.assert_allclose(result["gradient_standard_error"], 0.0, atol=1e-12)
    np.testing.assert_allclose(result["in_phase_mean"], GRADIENT * AMPLITUDE, rtol=1e-11)
    np.testing.assert_allclose(result["quadrature_mean"], 0.0, atol=1e-12)
    assert result["leakage"]["whole_periods"] is True


@pytest.mark.parametrize("words", [["--delay", "0.006"], ["--find-delay", "0.02"]])
def test_takes_a_delay_out(tmp_path, capsys, words):
    # 110 Hz and 6 ms are 0.66 of a period: without its delay the sign would be wrong.
    path = tmp_path / "late.npz"
    angle = 2 * np.pi * np.outer(TIME - 0.006, FREQUENCY)
    late = np.sin(angle) @ (GRADIENT * AMPLITUDE)
    np.savez(path, current_nA=late, sample_rate_Hz=RATE, **TONES)
    assert command(path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["gradient_mean"][1] > 0
    assert command(path, "--json", *words) == 0
    found = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(found["gradient_mean"], GRADIENT, rtol=1e-8)


def test_prints_a_table(trace, capsys):
    assert command(trace, "--quiet") == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    how = "2000 samples at 1000 Hz, lock-in, 20 window(s) of 0.1 s"
    assert lines[0] == f"{trace}:current_nA: {how}"
    assert lines[1].split()[:5] == ["tone", "Hz", "amplitude", "V", "gradient"]
    assert lines[3].split()[:4] == ["0", "50", "0.1", "3"]
    assert err == ""


@pytest.mark.parametrize("words", [[], ["--tones"], ["--tones", "--sample-rate", "1000"]])
def test_reads_csv_with_tones_beside_it(tmp_path, capsys, words):
    clock = "--sample-rate" not in words
    columns = np.c_[TIME, SAMPLES] if clock else SAMPLES
    header = "time,current_nA" if clock else "current_nA"
    path = tmp_path / "t.csv"
    np.savetxt(path, columns, delimiter=",", header=header, comments="")
    (tmp_path / "tones.json").write_text(json.dumps(TONES))
    if not words:
        with pytest.raises(HgedspError, match=r"^the tones have no frequency_cycles_per_sample\n"):
            command(path)
        return
    words.insert(1, str(tmp_path / "tones.json"))
    assert command(path, "--json", *words) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["gradient_unit"] == "nA/V"
    np.testing.assert_allclose(result["gradient_mean"], GRADIENT, rtol=1e-10)


@pytest.mark.parametrize("ending", ["npz", "h5"])
def test_writes_every_window_and_a_picture_beside_them(trace, tmp_path, ending, capsys):
    output = tmp_path / "runs" / f"out.{ending}"
    command(trace, "--output", output, "--estimator", "least-squares", "--window", "0.5", "--json")
    arrays, config = load_record(output)
    np.testing.assert_allclose(arrays["gradient"], np.tile(GRADIENT, (4, 1)), rtol=1e-11)
    np.testing.assert_array_equal(arrays["sample"], [499, 999, 1499, 1999])
    assert config["command"]["window"] == 0.5
    assert config["result"] == json.loads(capsys.readouterr().out)
    assert config["versions"]["numpy"] == np.__version__
    assert (tmp_path / "runs" / "out.png").read_bytes().startswith(b"\x89PNG")


def test_draws_without_a_record(trace, tmp_path):
    command(trace, "--picture", tmp_path / "p.svg", "--time-constant", "0.01", "--rate", "100")
    assert "<svg" in (tmp_path / "p.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.svg", "t.npz"]


def test_a_picture_names_the_extra_it_needs_before_it_computes(trace, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    text = (
        "drawing the derivatives needs the package matplotlib, which is not installed\n"
        '  mend type: pip install "hgedsp[plot]"'
    )
    with pytest.raises(MissingExtraError, match=f"^{re.escape(text)}$"):
        command(trace, "--picture", tmp_path / "p.png", "--output", tmp_path / "o.npz")
    assert not (tmp_path / "o.npz").exists()


def test_a_record_is_written_without_matplotlib(trace, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(extract, "find_spec", lambda name: None)
    assert command(trace, "--output", tmp_path / "o.npz", "--quiet") == 0
    assert capsys.readouterr().err == "no picture: matplotlib is not installed\n"
    assert not (tmp_path / "o.png").exists()


def test_frequencies_in_cycles_per_sample_need_no_rate(tmp_path, capsys):
    path = tmp_path / "t.npz"
    cycles = np.array(FREQUENCY) / RATE
    np.savez(path, output=SAMPLES, frequency_cycles_per_sample=cycles, amplitude_V=AMPLITUDE)
    command(path, "--quiet")
    out = capsys.readouterr().out
    assert "2000 samples, lock-in, 20 window(s) of 100 samples" in out
    assert "note: no sample rate known: frequencies in cycles per sample" in out
    command(path, "--json")
    result = json.loads(capsys.readouterr().out)
    assert (result["frequency_unit"], result["gradient_unit"]) == ("cycles per sample", "1/V")
    np.testing.assert_allclose(result["gradient_mean"], GRADIENT, rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"current_nA": np.where(np.arange(2000) == 1234, np.nan, SAMPLES)},
            "input signal is nan at sample 1234\n  at   {trace}:current_nA\n"
            "  mend cut these samples out or fill them in: a filter would carry them on for ever",
        ),
        (
            {"frequency_Hz": [50.0, 600.0]},
            "tone 1 at 600 Hz does not lie between 0 and half the sample rate, 500 Hz\n"
            "  at   {trace}\n"
            "  mend sample at more than twice the highest tone, or check the unit of the tones",
        ),
        (
            {"amplitude_V": [0.1, 0.1, 0.1]},
            "the arrays of the tones differ in length: frequency_Hz has 2, amplitude_V has 3, "
            "phase_rad has 2\n  at   {trace}\n"
            "  mend give one number per tone, or a single one for all tones",
        ),
    ],
)
def test_refuses_broken_input(tmp_path, change, text):
    path = tmp_path / "t.npz"
    np.savez(path, **{"current_nA": SAMPLES, "sample_rate_Hz": RATE, **TONES, **change})
    with pytest.raises(HgedspError, match=f"^{re.escape(text.format(trace=path))}$"):
        command(path)


def test_every_argument_has_help(capsys):
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    extract.add_parser(subparsers)
    for action in subparsers.choices["extract"]._actions:
        assert action.help


def test_output_goes_only_where_a_record_can(trace, tmp_path):
    with pytest.raises(HgedspError, match=r"^a record is written to \.npz or \.h5, not to o\.txt"):
        command(trace, "--output", Path(tmp_path / "o.txt"))
