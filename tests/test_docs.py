"""The pages in docs/: their links lead somewhere, and their Python runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"


def _programs() -> list[Any]:
    """Return every indented block that begins with an import, with page and line."""
    found = []
    for page in ("hge", "training"):
        lines = (DOCS / f"{page}.md").read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            if not line.startswith("    import ") or lines[number - 1]:
                continue
            end = number
            while end < len(lines) and (not lines[end] or lines[end].startswith("    ")):
                end += 1
            text = "\n".join(part[4:] for part in lines[number:end])
            found.append(pytest.param(text, id=f"{page}.md:{number + 1}"))
    return found


@pytest.mark.parametrize("program", _programs())
def test_a_program_runs_as_it_stands(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(program, "docs", "exec"), {})


def test_every_link_leads_to_a_file():
    targets = {
        page.parent / link
        for page in DOCS.glob("*.md")
        for link in re.findall(r"\]\(([^):#]+)\)", page.read_text("utf-8"))
    }
    assert len(targets) >= 4
    assert not [target for target in targets if not target.is_file()]
