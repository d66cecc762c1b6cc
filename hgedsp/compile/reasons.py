"""Reasons: why machine code was not in the cache.

Beside the kernels stands a note per graph (the same blocks by name, the same outputs): of what the
last kernel of it was made. A kernel that has to be compiled is compared with that.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding
import numba
import numpy as np

from hgedsp.compile.cache import code_of, note_of, put_note
from hgedsp.compile.emit import Text
from hgedsp.compile.fingerprint import fingerprint
from hgedsp.graph.flat import FlatNode

_SHOWN = 60  # characters of a line that differs


def versions() -> dict[str, str]:
    """Return the versions of all that makes machine code, by name."""
    return {
        "Python": platform.python_version(),
        "numba": numba.__version__,
        "llvmlite": llvmlite.__version__,
        "NumPy": np.__version__,
    }


def why_missed(file: Path, text: Text, nodes: tuple[FlatNode, ...], compiler: str) -> str:
    """Say why a kernel had to be compiled, and note of what it was made.

    Parameters
    ----------
    file : Path
        The emitted source of the kernel.
    compiler : str
        A hash of our own part of the compiler.
    """
    name = f"graph_{_identity(text, nodes)}.json"
    made_of = _ingredients(file, text, nodes, compiler)
    before = _read(note_of(file, name))
    put_note(file, name, json.dumps(made_of))
    if before is None:
        return "no kernel of these blocks and outputs was kept"
    reasons = list(_differences(before, made_of, file))
    if not reasons and before["kernel"] == made_of["kernel"]:
        return "its machine code was deleted or damaged"
    return "; ".join(reasons) or "it was compiled with other options"


def _identity(text: Text, nodes: tuple[FlatNode, ...]) -> str:
    names = [f"{node.name} {type(node.block).__name__}" for node in nodes]
    return _hash("\n".join([*names, *text.outputs]))


def _ingredients(
    file: Path, text: Text, nodes: tuple[FlatNode, ...], compiler: str
) -> dict[str, Any]:
    return {
        "kernel": file.stem,
        "versions": versions(),
        "compiler": compiler,
        "processor": llvmlite.binding.get_host_cpu_name(),
        "steps": {
            f"{node.name} ({type(node.block).__name__})": fingerprint(node.block.step_function)
            for node in nodes
            if not (node.block.constant or node.block.external)
        },
        "text": _hash(code_of(text.source)),
    }


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], file: Path) -> Iterator[str]:
    for name, version in now["versions"].items():
        old = before["versions"].get(name)
        if old != version:
            yield f"{name} changed from {old} to {version}"
    if before["processor"] != now["processor"]:
        yield f"the processor changed from {before['processor']} to {now['processor']}"
    if before["compiler"] != now["compiler"]:
        yield "the compiler of hgedsp changed"
    steps = [name for name, key in now["steps"].items() if before["steps"].get(name) != key]
    if steps:
        yield f"the step of {', '.join(steps)} changed"
    if before["text"] != now["text"]:
        yield "the emitted text changed" + _first_change(before["kernel"], file)


def _first_change(old: str, file: Path) -> str:
    """The first line of the kernel that is another one, if the old source is still there."""
    with suppress(OSError, UnicodeDecodeError):
        pair = [code_of(path.read_text("utf-8")) for path in (file.with_stem(old), file)]
        lines = [
            text.replace(f"def {stem}", "def kernel").splitlines()
            for text, stem in zip(pair, (old, file.stem), strict=True)
        ]
        for a, b in zip(*lines, strict=False):
            if a != b:
                return f": {a.strip()[:_SHOWN]!r} is now {b.strip()[:_SHOWN]!r}"
    return ""


def _read(path: Path) -> dict[str, Any] | None:
    # A note that is damaged is as good as none.
    with suppress(OSError, ValueError):
        noted = json.loads(path.read_text("utf-8"))
        if isinstance(noted, dict) and noted.keys() >= _KEYS:
            return noted
    return None


_KEYS = {"kernel", "versions", "compiler", "processor", "steps", "text"}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
