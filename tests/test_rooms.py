"""The plan of rooms: who may import whom. It is kept by reading every file."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOOR = {"errors", "checks", "units", "vectors"}
CONTRACT = FLOOR | {"ports", "promises", "wire", "block", "trace"}
CORE = CONTRACT | {"graph", "compile", "run"}
ROOMS = {path.stem for path in (ROOT / "hgedsp").iterdir()} - {"__init__", "__pycache__"} | {""}

NEXT_DOOR = ("blocks", "graphs", "benchmarks")  # linked inside hgedsp/

# A file that is not named here is a room of its own and may see what the line "other" says.
MAY_IMPORT = {
    **dict.fromkeys(FLOOR, FLOOR),
    **dict.fromkeys(("ports", "promises", "wire", "block", "trace"), CONTRACT),
    "blocks": CONTRACT | {"blocks", "hge", "physics"},
    "graph": CONTRACT | {"graph"},
    "compile": CONTRACT | {"graph", "compile"},
    "run": CORE,
    "graphs": CONTRACT | {"graph", "blocks", "graphs", "devices", "hge"},
    "hge": FLOOR | {"hge"},  # science knows none of the machinery
    "physics": FLOOR | {"physics"},
    "io": CORE | {"io"},
    "analyze": CORE | {"analyze", "hge", "io", "blocks", "graphs"},
    "train": CORE | {"train", "results", "hge", "io", "analyze", "blocks", "graphs", "devices"},
    "": ROOMS,  # hgedsp/__init__.py
    "cli": ROOMS,
    "other": ROOMS - {"cli"},
}


def python_files() -> Iterator[tuple[str, Path]]:
    """Every file with the name of its room."""
    for room in NEXT_DOOR:
        for path in sorted((ROOT / room).glob("*.py")):
            yield room, path
    package = ROOT / "hgedsp"
    for path in sorted(package.rglob("*.py")):
        first = path.relative_to(package).parts[0]
        if first not in NEXT_DOOR:
            yield first.removesuffix(".py").replace("__init__", ""), path


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of each import, but for those that only type checkers follow."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names if node.module == "hgedsp" else ():
                yield node.lineno, f"hgedsp.{alias.name}"
            if node.module != "hgedsp":
                yield node.lineno, node.module or ""
        pending += list(ast.iter_child_nodes(node))


def offences(room: str, path: Path, text: str) -> list[str]:
    allowed = MAY_IMPORT.get(room, MAY_IMPORT["other"])
    return [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for line, name in imports(ast.parse(text))
        if name.split(".")[0] == "hgedsp" and room_of(name) not in allowed | {room}
    ]


def room_of(name: str) -> str:
    part = name.split(".")[1] if "." in name else ""
    # "from hgedsp import Graph" takes a name from hgedsp/__init__.py.
    return "" if part[:1].isupper() or part == "scope" else part


def test_imports_run_one_way() -> None:
    found = [
        line for room, path in python_files() for line in offences(room, path, path.read_text())
    ]
    assert found == []


def test_a_wrong_import_is_named_by_file_and_line() -> None:
    text = "from hgedsp.block import Block\n\nfrom hgedsp.graph import Graph\n"
    found = offences("blocks", ROOT / "blocks" / "lock_in.py", text)
    assert found == ["blocks/lock_in.py:3 imports hgedsp.graph"]


def test_imports_for_types_may_look_up() -> None:
    text = "if TYPE_CHECKING:\n    from hgedsp.run.kernel import Kernel\n"
    assert offences("graph", ROOT / "hgedsp" / "graph" / "graph.py", text) == []


def test_no_import_hides_in_a_function() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room, path in python_files()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hgedsp")
    ]
    assert found == []


def test_every_package_is_shipped() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    package = ROOT / "hgedsp"
    on_disk = {
        ".".join(("hgedsp", *path.parent.relative_to(package).parts))
        for path in package.rglob("__init__.py")
    }
    on_disk |= {f"hgedsp.{room}" for room in NEXT_DOOR}
    assert sorted(settings["packages"]) == sorted(on_disk)


@pytest.mark.parametrize("room", NEXT_DOOR)
def test_every_file_next_door_guards_its_name(room: str) -> None:
    text = (ROOT / room / "__init__.py").read_text()
    assert f'if __name__ != "hgedsp.{room}":' in text


def test_no_file_tells_of_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    # Folders of one person or one machine, put together here so as not to find themselves.
    folders = "|".join("/" + folder + "/" for folder in ("work", "root", "home", "Users", "tmp"))
    suffixes = {".py", ".md", ".toml", ".cfg", ".txt", ".yml", ".yaml", ".json", ".ini", ".svg"}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        if path.suffix in suffixes and path.is_file() and not path.is_symlink()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(rf"(?<![\w.:/*}}])(?:{folders})", line)
    ]
    assert found == []
