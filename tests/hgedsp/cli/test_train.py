"""``hgedsp train``: targets of all kinds, and the options each of them knows."""

import inspect
import json
from pathlib import Path

import pytest

from hgedsp.cli import train
from hgedsp.cli.main import main
from hgedsp.train.target import Target
from hgedsp.train.targets import OPTIONS, TARGETS


class Found:
    success, interrupted = True, False

    def __init__(self, options):
        self.options = options

    def text(self):
        return repr(self.options)

    def numbers(self):
        return self.options


@pytest.fixture
def own_target(monkeypatch):
    def run(**options):
        return Found(options)

    monkeypatch.setitem(train.TARGETS, "and", Target("a target for tests", run, ("margin",)))


def test_hands_on_only_the_options_that_were_given(own_target, capsys):
    assert main(["train", "and", "--seed", "3"]) == 0
    assert capsys.readouterr().out == "{'device': None, 'seed': 3, 'progress': True}\n"
    assert main(["train", "and", "--margin", "2", "--device", "rnpu"]) == 0
    expected = "{'device': 'rnpu', 'seed': 0, 'progress': True, 'margin': 2.0}\n"
    assert capsys.readouterr().out == expected


def test_refuses_an_option_that_the_target_does_not_know(own_target, capsys):
    assert main(["train", "and", "--mode", "epoch"]) == 2
    assert capsys.readouterr().err == (
        "error: ParameterError: and knows no --mode\n"
        "  mend leave it out; the options of and: --margin\n"
    )


@pytest.mark.parametrize("name", list(TARGETS))
def test_a_target_takes_the_options_it_names(name):
    target = TARGETS[name]
    assert set(target.options) <= set(OPTIONS)
    keywords = inspect.signature(target.run).parameters
    assert {"device", "seed", "progress", *target.options} <= set(keywords)


def test_inputs_and_levels_reach_the_gate(capsys):
    words = "--inputs 0,5 --input-levels=-0.45,0.4 --learn-inputs yes --candidates 4 --json"
    assert main(["train", "or", *words.split()]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["inputs"] == [0, 5]
    assert found["settings"]["controls"] == [1, 2, 3, 4, 6]
    assert found["settings"]["learn_inputs"] is True
    assert found["settings"]["candidates"] == 4
    low, high = zip(*found["input_levels_V"], strict=True)
    assert max(low) <= -0.125
    assert min(high) >= 0.125


def test_a_constant_needs_no_training(tmp_path, capsys):
    assert main(["train", "false", "--inputs", "0,6", "--output", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("FALSE needs no training")
    assert (tmp_path / "result.png").read_bytes().startswith(b"\x89PNG")


def test_the_loss_is_one_of_the_epoch_only(capsys):
    assert main(["train", "or", "--mode", "continuous", "--loss", "fisher"]) == 2
    assert capsys.readouterr().err == (
        "error: ParameterError: learning continuously takes the squared error itself, not fisher\n"
        "  mend leave --loss out, or learn with --mode epoch\n"
    )


def test_inputs_are_whole_numbers(capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["train", "or", "--inputs", "1,x"])
    assert "argument --inputs: invalid" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no files")
def test_a_folder_that_takes_no_files_is_refused_before_the_work(capsys):
    assert main(["train", "true", "--output", "/proc/self"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: TraceError: the folder /proc/self cannot be made or written to: "
    )
