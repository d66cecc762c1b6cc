"""``hgedsp draw``: draw the graph that a Python file makes."""

from __future__ import annotations

import argparse
import runpy
import traceback
from pathlib import Path
from typing import Any

from hgedsp.cli.shared import add_command
from hgedsp.errors import HgedspError, ParameterError, PathError
from hgedsp.graph import Graph

_ENDINGS = {".svg": "to_svg", ".dot": "to_dot", ".gv": "to_dot", ".mmd": "to_mermaid"}


def add_parser(commands: Any) -> None:
    """Add this command to the parser of `hgedsp`."""
    parser = add_command(
        commands,
        "draw",
        "draw the graph that a Python file makes",
        "hgedsp draw my_graph.py -o graph.svg",
        run,
        "The file makes a Graph at its top level, or has a function without arguments that "
        "returns one. Without -o the graph is printed as a table.",
    )
    parser.add_argument("file", type=Path, metavar="GRAPH.py", help="file that makes a Graph")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=f"ends in {', '.join(_ENDINGS)}"
    )
    parser.add_argument("--name", help="name of the variable or function, if there are several")


def run(arguments: argparse.Namespace) -> int:
    """Draw or print the graph."""
    output: Path | None = arguments.output
    if output is not None and output.suffix not in _ENDINGS:
        raise ParameterError(
            f"cannot draw to {output.name!r}", mend=f"end the name in one of {', '.join(_ENDINGS)}"
        )
    graph = find_graph(arguments.file, arguments.name)
    if output is None:
        print(graph.describe())
        return 0
    text: str = getattr(graph, _ENDINGS[output.suffix])()
    output.write_text(text, encoding="utf-8")
    print(f"{output}: {len(graph.nodes)} blocks")
    return 0


def find_graph(file: Path, name: str | None, option: str = "--name") -> Graph:
    """Run a Python file and return the graph it makes.

    Parameters
    ----------
    name : str or None
        Variable or function that is meant, if there are several.
    option : str
        What gives the name on the command line.

    Raises
    ------
    PathError
        If there is no such file, or no single graph in it.
    """
    if not file.is_file():
        raise PathError(f"there is no file {file}", mend="give a Python file that makes a Graph")
    names = _run_file(file)
    if name is not None:
        names = {name: names[name]} if name in names else {}
    graphs = {key: value for key, value in names.items() if isinstance(value, Graph)}
    if not graphs:
        made = {key: _call(value, file) for key, value in names.items() if _is_maker(value, file)}
        graphs = {key: value for key, value in made.items() if isinstance(value, Graph)}
    if len(graphs) != 1:
        found = f"{len(graphs)}: {', '.join(graphs)}" if graphs else "none"
        raise PathError(
            f"{file.name} should make one graph, but makes {found}",
            where=(str(file),),
            mend=f"name the one that is meant with {option}"
            if graphs
            else "assign a Graph to a variable, or write a function that returns one",
        )
    return next(iter(graphs.values()))


def _run_file(file: Path) -> dict[str, Any]:
    try:
        return runpy.run_path(str(file), run_name="__graph__")
    except HgedspError:
        raise
    except Exception as error:
        raise _failed(file, error) from error


def _is_maker(value: Any, file: Path) -> bool:
    code = getattr(value, "__code__", None)
    required = 0 if code is None else code.co_argcount - len(value.__defaults__ or ())
    return code is not None and Path(code.co_filename) == file and required == 0


def _call(function: Any, file: Path) -> Any:
    try:
        return function()
    except HgedspError:
        raise
    except Exception as error:
        raise _failed(file, error) from error


def _failed(file: Path, error: Exception) -> PathError:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return PathError(
        f"{file.name} fails: {type(error).__name__}: {error}",
        where=(f"{Path(last.filename).name}:{last.lineno}",),
        mend="run the file with python first",
    )
