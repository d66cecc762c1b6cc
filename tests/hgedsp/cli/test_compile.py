"""``hgedsp compile``: what it prints, and what it refuses."""

import json
import re

import pytest

from hgedsp.cli.main import main

GRAPH = """
import hgedsp as hg

def made():
    return hg.Graph(1e3, {"y": hg.LowPass(0.1)(hg.Input("x"))}, name="low")
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_graph.py"
    path.write_text(GRAPH)
    return path


def test_prints_a_summary_without_measuring(file, capsys):
    assert main(["compile", str(file)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("low: 2 blocks at 1 kHz\n")
    assert re.search(r"^low_pass/pole_1 +Pole +my_graph.py:5 +1 +1$", text, re.MULTILINE)
    assert "speed" not in text


def test_reports_the_speed_against_a_rate(file, capsys):
    assert main(["compile", str(file), "--report", "--rate", "1e12"]) == 0
    text = capsys.readouterr().out
    assert re.search(r"^speed +.* million samples/s, only .* of real time at 1000 GHz", text, re.M)
    assert "in place" in text


def test_prints_json(file, capsys):
    assert main(["compile", str(file), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["blocks"][0]["kind"] == "Pole"
    assert report["samples_per_second"] is None


def test_prints_the_kernel_with_the_lines_of_the_user(file, capsys):
    assert main(["compile", str(file), "--source"]) == 0
    text = capsys.readouterr().out
    assert "def kernel(n, start" in text
    assert "# low_pass/pole_1 (Pole), my_graph.py:5" in text
    compile(text, "kernel.py", "exec")


def test_source_comes_alone(file, capsys):
    assert main(["compile", str(file), "--source", "--json"]) == 2
    assert capsys.readouterr().err == (
        "error: ParameterError: --source prints the kernel, and nothing else\n"
        "  mend leave out --report and --json, or ask for the report by itself\n"
    )


def test_of_several_graphs_one_has_to_be_named(file, capsys):
    file.write_text(GRAPH + "\n\ndef other():\n    return made()\n")
    assert main(["compile", str(file)]) == 2
    assert capsys.readouterr().err == (
        "error: PathError: my_graph.py should make one graph, but makes 2: made, other\n"
        f"  at   {file}\n"
        "  mend name the one that is meant with --graph\n"
    )
    assert main(["compile", str(file), "--graph", "other"]) == 0
