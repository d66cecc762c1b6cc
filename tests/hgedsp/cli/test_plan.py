"""``hgedsp plan`` as it is typed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hgedsp.analyze.tones import tones_from
from hgedsp.cli.main import main
from hgedsp.hge import plan_tones
from hgedsp.io import load_record, read_tones

REQUEST = ["plan", "7", "--band", "1000", "2000", "--window", "0.1", "--avoid", "50"]


def test_prints_a_table_and_what_is_guaranteed(capsys):
    assert main([*REQUEST, "--noise", "1e-23"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["tone", "bin", "Hz"]
    plan = plan_tones(7, band=(1e3, 2e3), window=0.1, avoid=[50.0])
    for k, line in enumerate(lines[2:9]):
        cells = line.split()
        assert cells[:3] == [str(k), str(plan.bins[k]), f"{plan.frequency[k]:g}"]
        assert cells[-1] == "1"  # sqrt(1e-23 / 0.1) / 0.01 is 1 nA/V
    assert "  - no product up to order 3 of any tones falls on a tone" in lines
    assert "  - no tone nearer than 10 Hz to a harmonic of 50 Hz" in lines


def test_json_holds_the_plan(capsys):
    assert main([*REQUEST, "--sample-rate", "10000", "--json", "--low-pass", "10e-3", "2"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["sample_rate_Hz"] == 10e3
    assert result["frequency_Hz"] == [k / 0.1 for k in result["bin"]]
    assert result["predicted_error_A_per_V"] is None


def test_a_first_gradient_balances_the_amplitudes(capsys):
    words = ["plan", "3", "--band", "1e3", "2e3", "--window", "0.1", "--json", "--noise", "1e-23"]
    assert main([*words, "--gradient=1e-9,-4e-9,2e-9"]) == 0
    found = json.loads(capsys.readouterr().out)
    np.testing.assert_allclose(found["amplitude_V"], [0.01, 0.0025, 0.005])
    relative = np.array(found["predicted_error_A_per_V"]) / [1e-9, 4e-9, 2e-9]
    np.testing.assert_allclose(relative, relative[0])
    assert main([*words, "--gradient=1e-9"]) == 2
    assert "one derivative per tone" in capsys.readouterr().err


def test_a_full_band_names_its_strongest_products(capsys):
    assert main(["plan", "5", "--band", "1000", "1100", "--window", "0.1"]) == 0
    out = capsys.readouterr().out
    assert "strongest products on tones:\n" in out
    assert "on it" in out


def test_writes_tones_for_extract_a_record_and_a_picture(tmp_path, capsys):
    assert main([*REQUEST, "--sample-rate", "10000", "--output", str(tmp_path)]) == 0
    tones = tones_from(read_tones(tmp_path / "tones.json"), None, "tones.json")
    arrays, config = load_record(tmp_path / "record.npz")
    np.testing.assert_array_equal(tones.frequency, arrays["frequency_Hz"])
    np.testing.assert_allclose(tones.generator.phase, arrays["phase_rad"])
    assert tones.rate == 10e3
    assert config["collisions_third_order"] == 0
    assert (tmp_path / "result.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--bandwidth", "900"], "the band begins at 1 kHz, but the device ends at 900 Hz"),
        (["--low-pass", "0.01", "1.5"], "--low-pass takes a time constant in s and a whole order"),
        (["--window", "1e9"], "a window of 1e+09 s has 2e+12 bins up to 2 kHz, more than can be"),
        (["--sample-rate", "1e30"], "a window of 0.1 s holds 1e+29 samples at"),
        (["--avoid", "1", "2", "3"], "a band to be avoided goes from a lower to a higher"),
    ],
)
def test_refuses_with_advice(capsys, words, text):
    assert main([*REQUEST, *words]) == 2
    assert capsys.readouterr().err.startswith(f"error: ParameterError: {text}")
