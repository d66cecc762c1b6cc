"""Blocks that are installed: the standard ones and those of other packages."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hgedsp.block import Block

GROUP = "hgedsp.blocks"


@dataclass(frozen=True)
class InstalledBlock:
    """A block class and where it came from.

    Attributes
    ----------
    block : class
        The subclass of `Block`.
    origin : str
        Distribution and entry point, as ``"hgedsp: standard"``.
    """

    block: type[Block]
    origin: str


@dataclass(frozen=True)
class InstalledBlocks(Mapping[str, InstalledBlock]):
    """Installed blocks by class name.

    Where two packages give a class of one name, the second is found as ``"entry_point.Name"``.

    Attributes
    ----------
    broken : tuple of str
        One line for each entry point that could not be used, and why.
    """

    blocks: dict[str, InstalledBlock]
    broken: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> InstalledBlock:
        return self.blocks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.blocks)

    def __len__(self) -> int:
        return len(self.blocks)


def installed_blocks() -> InstalledBlocks:
    """Find all blocks of the entry-point group ``hgedsp.blocks``.

    An entry point is a module, whose public blocks are all taken, or a single block class. One
    that cannot be imported is left out and reported in `broken`; nothing is raised.

    Examples
    --------
    >>> installed_blocks()["LowPass"].origin
    'hgedsp: standard'
    """
    blocks: dict[str, InstalledBlock] = {}
    broken = []
    known: set[type[Block]] = set()
    for entry in sorted(entry_points(group=GROUP), key=_standard_first):
        try:
            found = _blocks_of(entry.load())
        except Exception as error:  # whatever somebody else's module raises
            broken.append(f"{_origin(entry)} cannot be imported: {type(error).__name__}: {error}")
            continue
        if not found:
            broken.append(f"{_origin(entry)} holds no block: {entry.value}")
        for kind in found:
            # A module may import blocks of another one for its own use.
            if kind not in known:
                known.add(kind)
                name = kind.__name__
                name = f"{entry.name}.{name}" if name in blocks else name
                blocks[name] = InstalledBlock(kind, _origin(entry))
    return InstalledBlocks(blocks, tuple(broken))


def _blocks_of(thing: Any) -> list[type[Block]]:
    candidates = [thing] if isinstance(thing, type) else list(vars(thing).values())
    public = [c for c in candidates if inspect.isclass(c) and not c.__name__.startswith("_")]
    found = [c for c in public if issubclass(c, Block) and c is not Block]
    return sorted(dict.fromkeys(found), key=lambda kind: kind.__name__)


def _standard_first(entry: EntryPoint) -> tuple[bool, str, str]:
    return entry.value != "hgedsp.blocks", _origin(entry), entry.value


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name if entry.dist else 'unknown'}: {entry.name}"
