"""The README's Python examples run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_runs(number, tmp_path, monkeypatch, capsys):
    np.save(tmp_path / "recording.npy", np.random.default_rng(0).normal(size=20_000))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__example__"}
    exec("import hgedsp as hg\n" + EXAMPLES[number], names)
    if "run" in names:
        # The first example promises that the loop goes downhill.
        assert names["run"]["loss"][-1] < 0.01 * names["run"]["loss"][0]


def test_there_are_examples():
    assert len(EXAMPLES) >= 3
