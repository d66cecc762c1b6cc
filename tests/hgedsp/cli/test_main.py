"""The command line: what it prints, writes, and returns."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hgedsp.cli.main import main

KEYS = (
    "task",
    "device",
    "seed",
    "success",
    "margin_nA",
    "epochs",
    "samples",
    "seconds",
    "parameters_V",
    "output_nA",
)

GRAPH = """
import hgedsp as hg
graph = hg.Graph(1e3, {"y": hg.LowPass(0.1)(hg.Input("x"))})
"""


def test_train_prints_json_and_returns_zero_where_the_gate_works(capsys):
    assert main(["train", "or", "--seed", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(KEYS) <= set(result)
    assert result["success"]
    assert result["margin_nA"] > 1
    assert len(result["parameters_V"]) == 5


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_train_writes_record_and_picture(tmp_path, capsys, kind):
    from hgedsp.io.record import load_record

    folder = tmp_path / "a" / "run"
    assert main(["train", "and", "--output", str(folder), "--record", kind]) == 0
    assert "AND works" in capsys.readouterr().out
    arrays, config = load_record(folder / f"record.{kind}")
    assert config["seed"] == 0
    assert config["versions"]["numpy"] == np.__version__
    assert arrays["controls_V"].shape == (config["epochs"], 5)
    assert (folder / "result.png").read_bytes().startswith(b"\x89PNG")


def test_train_without_matplotlib_keeps_the_record(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["train", "or", "--output", str(tmp_path)]) == 0
    expected = (
        "note: drawing the result needs the package matplotlib, which is not installed\n"
        '  mend type: pip install "hgedsp[plot]"\n'
    )
    assert expected in capsys.readouterr().err
    assert (tmp_path / "record.npz").exists()


def test_train_without_h5py_says_so_before_it_trains(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert main(["train", "or", "--output", str(tmp_path), "--record", "h5"]) == 2
    expected = (
        "error: MissingExtraError: a record in a .h5 file needs the package h5py, "
        'which is not installed\n  mend type: pip install "hgedsp[hdf5]"\n'
    )
    assert capsys.readouterr().err == expected


def test_train_refuses_an_unknown_device(capsys):
    assert main(["train", "xor", "--device", "nodevice"]) == 2
    expected = (
        "error: PathError: no device is named 'nodevice', and there is no such file\n"
        "  mend name one of rnpu, hopping, or an .npz file with weight_0, bias_0, ...\n"
    )
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    "command", ["train", "extract", "draw", "blocks", "devices", "info", "cache"]
)
def test_every_command_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        main([command, "--help"])
    assert f"example:\n  hgedsp {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ending", "mark"), [("svg", "<svg"), ("dot", "digraph"), ("mmd", "flowchart")]
)
def test_draw_writes_the_drawing_its_ending_names(tmp_path, ending, mark, capsys):
    (tmp_path / "my_graph.py").write_text(GRAPH)
    output = tmp_path / f"drawing.{ending}"
    assert main(["draw", str(tmp_path / "my_graph.py"), "-o", str(output)]) == 0
    assert mark in output.read_text()
    assert "3 blocks" in capsys.readouterr().out


def test_draw_prints_a_table_of_a_graph_that_a_function_returns(tmp_path, capsys):
    text = GRAPH.replace("graph = ", "def make():\n    return ")
    (tmp_path / "my_graph.py").write_text(text)
    assert main(["draw", str(tmp_path / "my_graph.py")]) == 0
    assert "low_pass/pole_1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("x = 1\n", "error: PathError: my_graph.py should make one graph, but makes none\n"),
        (
            GRAPH + "other = hg.Graph(1.0, {'y': hg.Input('x')})\n",
            "error: PathError: my_graph.py should make one graph, but makes 2: graph, other\n",
        ),
        (
            "1 / 0\n",
            "error: PathError: my_graph.py fails: ZeroDivisionError: division by zero\n"
            "  at   my_graph.py:1\n",
        ),
    ],
)
def test_draw_says_what_is_wrong_with_the_file(tmp_path, capsys, text, error):
    (tmp_path / "my_graph.py").write_text(text)
    assert main(["draw", str(tmp_path / "my_graph.py")]) == 2
    assert capsys.readouterr().err.startswith(error)


def test_draw_refuses_an_unknown_ending(tmp_path, capsys):
    assert main(["draw", "my_graph.py", "-o", str(tmp_path / "drawing.bmp")]) == 2
    assert re.match(
        r"error: ParameterError: cannot draw to 'drawing.bmp'\n", capsys.readouterr().err
    )


@pytest.mark.parametrize(("command", "name"), [("blocks", "LowPass"), ("devices", "rnpu")])
def test_lists_as_table_and_as_json(command, name, capsys):
    assert main([command]) == 0
    assert name in capsys.readouterr().out
    assert main([command, "--json"]) == 0
    assert name in {entry["name"] for entry in json.loads(capsys.readouterr().out)}


def test_info_and_cache_tell_the_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path / "cache"))
    assert main(["info", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cache_folder"] == str(tmp_path / "cache")
    (tmp_path / "cache" / "kernel_1.py").write_text("x = 1\n")
    assert main(["cache", "clear", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kernels"] == 1
    assert main(["cache", "info"]) == 0
    assert "holds 0 kernels" in capsys.readouterr().out


def test_readme_opens_with_the_two_commands():
    lines = (Path(__file__).parents[3] / "README.md").read_text().splitlines()
    commands = [line.split("#")[0].strip() for line in lines[:12]]
    assert "make demo" in commands
    assert "make test" in commands
