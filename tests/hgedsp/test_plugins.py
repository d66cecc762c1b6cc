"""Blocks of other packages, found by entry point."""

import sys

import pytest

from hgedsp.blocks import LowPass
from hgedsp.plugins import InstalledBlock, installed_blocks

MINE = """
from dataclasses import dataclass
from hgedsp.block import Block
from hgedsp.blocks import LowPass  # for its own use
from hgedsp.custom import block

@block
def Cube(x):
    return x * x * x

@block
def Gain(x):
    return x

@block
def _Hidden(x):
    return x
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package with these modules and entry points on the path, for one test."""

    def install(entry_points, **modules):
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text)
            monkeypatch.delitem(sys.modules, name, raising=False)
        info = tmp_path / "fake_blocks-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-blocks\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hgedsp.blocks]\n{entry_points}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return installed_blocks()

    return install


def test_standard_blocks_are_installed():
    found = installed_blocks()
    assert found["LowPass"] == InstalledBlock(LowPass, "hgedsp: standard")
    assert found.broken == ()
    assert len(found) == len(list(found))


def test_a_module_gives_all_its_public_blocks(installed):
    found = installed("mine = fake_mine", fake_mine=MINE)
    assert found["Cube"].origin == "fake-blocks: mine"
    assert [name for name in found if "Hidden" in name] == []


def test_an_entry_point_can_be_a_single_block(installed):
    found = installed("cube = fake_mine:Cube", fake_mine=MINE)
    assert [name for name, one in found.items() if one.origin == "fake-blocks: cube"] == ["Cube"]


def test_a_name_that_is_taken_comes_after_its_entry_point(installed):
    found = installed("mine = fake_mine", fake_mine=MINE)
    assert found["Gain"].origin == "hgedsp: standard"
    assert found["mine.Gain"].origin == "fake-blocks: mine"


def test_blocks_a_plug_in_imports_are_not_its_own(installed):
    found = installed("mine = fake_mine", fake_mine=MINE)
    assert "mine.LowPass" not in found


def test_a_broken_plug_in_is_reported_and_skipped(installed):
    found = installed("bad = fake_bad\nmine = fake_mine", fake_bad="1 / 0", fake_mine=MINE)
    assert found.broken == (
        "fake-blocks: bad cannot be imported: ZeroDivisionError: division by zero",
    )
    assert "Cube" in found
    assert "LowPass" in found


def test_a_plug_in_without_blocks_is_reported(installed):
    found = installed("empty = fake_empty", fake_empty="x = 1")
    assert found.broken == ("fake-blocks: empty holds no block: fake_empty",)
