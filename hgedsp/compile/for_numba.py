"""The emitted text as numba compiles it soonest; what it does is the same.

The text is written for a person to read, and two things in it cost numba dear where lanes are
taken tile by tile, half as much again as a loop of one register:

``load(F, 8 + 32 * tile, 8, 8)``
    The type of each product and sum is looked for among all that NumPy can add, again and again
    until the types of a loop are settled. So each load becomes a single call of `load_tile`.
names that come again
    For every name that is given a value more than once, numba goes through the whole kernel to see
    which value is meant where. What a tile has for itself gets a name of its own each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from numba import types
from numba.extending import intrinsic

from hgedsp import vectors

LOAD, STORE, PLACE = "load_tile__", "store_tile__", "place_of_tile__"

_OVER_TILES = re.compile(r" *for tile in range\(\d+\):")
_TILE = r"(?:(\d+) \+ )?(\d+) \* tile"
_LOADED = re.compile(rf"\bload\((\w+), {_TILE}, {vectors.TILE}, {vectors.TILE}\)")
_STORED = re.compile(rf"\bstore\((\w+), {_TILE}, ")
_PLACE = re.compile(rf"\b{_TILE}\b")
_NAME = re.compile(r"[^\W\d]\w*")
_MORE = re.compile(r":$| [-+*/]+= ")  # what no straight line has


@intrinsic
def place_of_tile(context: Any, tile: Any, stride: Any, offset: Any) -> Any:
    """Return ``offset + stride * tile``."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return vectors.place_of_tile(builder, *arguments)

    return types.intp(types.intp, types.intp, types.intp), build


# What the text calls besides; for registers of runs there are places alone.
PLACES = {PLACE: place_of_tile}
TILES = {LOAD: vectors.load_tile, STORE: vectors.store_tile}


def for_numba(source: str, kernel: str, tools: Mapping[str, Any]) -> str:
    """Return emitted text, line for line, in the words of `PLACES`, and of `TILES` if known."""
    head, start, body = source.partition(f"def {kernel}(")
    if " tile " not in body:
        return source
    if tools.keys() >= TILES.keys():
        body = _LOADED.sub(lambda m: f"{LOAD}({m[1]}, tile, {m[3]}, {m[2] or 0})", body)
        body = _STORED.sub(lambda m: f"{STORE}({m[1]}, tile, {m[3]}, {m[2] or 0}, ", body)
    lines = _PLACE.sub(lambda m: f"{PLACE}(tile, {m[2]}, {m[1] or 0})", body).split("\n")
    _name_apart(lines)
    return head + start + "\n".join(lines)


def _name_apart(lines: list[str]) -> None:
    """Name what lives in one tile apart, each time it is given a value.

    It lives in one tile if it stands in loops over tiles only, and is written before it is read in
    every one of them.
    """
    loops = list(_straight_loops(lines))
    inside = {number for loop in loops for number in loop}
    outside = [x for n, x in enumerate(lines) if n not in inside and not _is_comment(x)]
    shared = set(_NAME.findall("\n".join(outside)))
    for loop in loops:
        shared |= _read_first([lines[number] for number in loop])
    for loop in loops:
        now: dict[str, str] = {}
        for number in loop:
            targets, value = _apart(lines[number])
            value = _renamed(value, now)
            own = set(_NAME.findall(targets)) - shared
            now.update((name, f"{name}__{number}") for name in own)
            lines[number] = _renamed(targets, now) + value


def _renamed(text: str, new: dict[str, str]) -> str:
    return _NAME.sub(lambda match: new.get(match[0], match[0]), text)


def _straight_loops(lines: list[str]) -> Iterator[list[int]]:
    """Lines of the bodies of loops over tiles that do the same in each of them."""
    for first, line in enumerate(lines):
        if _OVER_TILES.fullmatch(line):
            body = []
            for number in range(first + 1, len(lines)):
                if _depth(lines[number]) <= _depth(line):
                    break
                body.append(number)
            body = [number for number in body if not _is_comment(lines[number])]
            if not any(_MORE.search(lines[number]) for number in body):
                yield body


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _apart(line: str) -> tuple[str, str]:
    """What a line gives a value to, with the sign, and the value."""
    targets, sign, value = line.partition(" = ")
    return (targets + sign, value) if sign else ("", line)


def _read_first(lines: list[str]) -> set[str]:
    """Names that are read before they are written; so a sum of all tiles."""
    read: set[str] = set()
    written: set[str] = set()
    for line in lines:
        targets, value = _apart(line)
        read |= set(_NAME.findall(value)) - written
        written |= set(_NAME.findall(targets))
    return read
