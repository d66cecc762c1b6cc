"""A test bench: one block wired alone, fed with samples, and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block
from hgedsp.blocks.decimate import Decimate
from hgedsp.blocks.input import Input
from hgedsp.checks import require
from hgedsp.errors import HgedspError
from hgedsp.graph.graph import Graph
from hgedsp.ports import Port, lane_names
from hgedsp.run.kernel import Kernel

Samples = dict[str, npt.NDArray[Any]]

# Stands in memory before and after every chunk, so that a step which reads over the edge shows.
_GUARD = 1e15


class LawError(HgedspError, AssertionError):
    """A block breaks one of the laws of `check_block`."""


class Bench:
    """A block wired alone, what it is fed, and its answers."""

    def __init__(
        self,
        block: Block,
        given: dict[str, Any],
        rate: float,
        samples: int,
        seed: int,
        rtol: float,
    ) -> None:
        self.block, self.rate, self.rtol = block, rate, rtol
        self.generator = np.random.default_rng(seed)
        self.graph, ports = _wire(block, rate, given)
        self.samples = next((len(np.asarray(value)) for value in given.values()), samples)
        self.inputs: Samples = {
            name: _samples_of(port, width, given.get(port.name), self.samples, self.generator)
            for name, (port, width) in ports.items()
        }
        # The kernel users run, with fastmath, and its very first answer.
        self.kernel: Kernel = self.graph.compile()
        self.reference: Samples = self.feed(self.kernel, self.inputs)

    @cached_property
    def interpreted(self) -> Samples:
        """The answer of plain Python."""
        return self.feed(self.graph.compile(interpret=True), self.inputs)

    def feed(
        self, kernel: Kernel, inputs: Samples, start: int = 0, stop: int | None = None
    ) -> Samples:
        """Process samples start to stop; outputs have shape (M, lanes)."""
        stop = self.samples if stop is None else stop
        cut = {name: _guarded(values[start:stop]) for name, values in inputs.items()}
        outputs = kernel.process(cut or stop - start)
        written = [name for name in cut if not np.array_equal(cut[name], inputs[name][start:stop])]
        if written:
            raise self.broken(
                "inputs",
                f"its step writes to its input {written[0].removeprefix('in_')}",
                "write to outputs and state only; other blocks read the same input",
            )
        return {name: v if v.ndim == 2 else v[:, np.newaxis] for name, v in outputs.items()}

    def from_start(self, inputs: Samples) -> Samples:
        """Answer from sample 0 on, however many samples there are."""
        self.kernel.reset()
        stop = max((len(values) for values in inputs.values()), default=self.samples)
        return self.feed(self.kernel, inputs, 0, stop)

    def compare(
        self, law: str, wanted: Samples, got: Samples, mend: str, *, rtol: float = 0.0
    ) -> None:
        """Raise at the first value that is not the one wanted."""
        for name, values in wanted.items():
            room = rtol * float(np.max(np.abs(values), initial=0.0))
            bad = np.argwhere(np.abs(got[name] - values) > room)
            if len(bad):
                tick, lane = (int(i) for i in bad[0])
                at = f"tick {tick}" + (f", lane {lane}" if values.shape[1] > 1 else "")
                raise self.broken(
                    law,
                    f"output {name} at {at} is {got[name][tick, lane]!s}, "
                    f"not {values[tick, lane]!s}",
                    mend,
                )

    def broken(self, law: str, what: str, mend: str) -> LawError:
        """Make the error of a broken law."""
        where = (self.block.node.place,)
        return LawError(
            f"{self.block.label} breaks the law of {law}: {what}", where=where, mend=mend
        )


def _wire(
    block: Block, rate: float, given: Mapping[str, Any]
) -> tuple[Graph, dict[str, tuple[Port, int]]]:
    """Return a graph of the block alone, and per input of the graph its port and width."""
    if block.external:
        port = block.ports.outputs[0]
        width = port.size({"width": getattr(block, "width", 1)}) or 1
        return Graph(rate, {port.name: block}), {block.label: (port, width)}
    ports = {port.name: port for port in block.ports.inputs}
    unknown = [name for name in given if name not in ports]
    require(
        not unknown,
        f"{block.label} has no input {unknown[0] if unknown else ''}",
        f"give samples for its inputs: {', '.join(ports) or 'none'}",
    )
    wired = [p for p in ports.values() if p.default is None or p.name in given]
    known = _known_lanes(block, wired, given)
    widths = {
        f"in_{port.name}": (port, _width(given.get(port.name)) or port.size(known) or 1)
        for port in wired
    }
    wires = block(**{port.name: _source(block, *widths[f"in_{port.name}"]) for port in wired})
    wires = wires if isinstance(wires, tuple) else (wires,)
    return Graph(rate, {wire.port: wire for wire in wires}), widths


def _source(block: Block, port: Port, width: int) -> Any:
    source = Input(f"in_{port.name}", width=width, dtype=port.dtype)
    # What a block holds for n ticks has to come from a clock that is n times slower.
    return source if block.interpolation == 1 else Decimate(block.interpolation)(source)


def _known_lanes(block: Block, ports: list[Port], given: Mapping[str, Any]) -> dict[str, int]:
    """Lane letters as the block or the given samples fix them; each other letter from 2 on."""
    letters = sorted({name for port in ports if port.lanes for name in lane_names(port.lanes)})
    widths: dict[str, int] = {}
    for port in ports:
        if port.name in given and port.lanes in letters:
            widths[port.lanes] = max(widths.get(port.lanes, 1), _width(given[port.name]))
    attributes = {name: getattr(block, name) for name in letters if not name.isupper()}
    known = {**widths, **attributes, **block.lanes()}
    free = [letter for letter in letters if letter not in known]
    return {**known, **{letter: 2 + i for i, letter in enumerate(free)}}


def _width(samples: Any) -> int:
    """The lanes of given samples, 0 where there are none."""
    if samples is None:
        return 0
    return int(np.shape(samples)[1]) if np.ndim(samples) == 2 else 1


def _samples_of(
    port: Port, width: int, given: Any, count: int, generator: np.random.Generator
) -> npt.NDArray[Any]:
    if given is not None:
        return np.asarray(given, dtype=np.dtype(port.dtype)).reshape(count, -1)
    if port.dtype == "int64":
        return generator.integers(-100, 100, (count, width))
    return generator.standard_normal((count, width))


def _guarded(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Copy samples to memory with a guard on both sides."""
    buffer = np.full((len(values) + 2, values.shape[1]), _GUARD).astype(values.dtype)
    buffer[1:-1] = values
    return buffer[1:-1]


def cuts(samples: int, generator: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Pieces of 1 to 40 samples, three of 1 first, and the rest."""
    start = 0
    for size in (1, 1, 1, *generator.integers(1, 40, 12)):
        stop = min(start + int(size), samples)
        yield start, stop
        start = stop
    yield start, samples


def joined(pieces: list[Samples]) -> Samples:
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
