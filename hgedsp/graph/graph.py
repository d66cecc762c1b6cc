"""The graph: outputs, and all that stands behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from hgedsp.checks import PathLike, require_positive
from hgedsp.errors import ParameterError, PathError
from hgedsp.graph.check import check
from hgedsp.graph.draw import to_dot, to_mermaid
from hgedsp.graph.flat import CheckedGraph, FlatNode, Source
from hgedsp.graph.flatten import flatten
from hgedsp.graph.svg import to_svg
from hgedsp.graph.table import describe
from hgedsp.wire import Wire, Wireable, as_wire, caller

if TYPE_CHECKING:
    from hgedsp.run.kernel import Kernel
    from hgedsp.run.many import Runs


class Graph:
    """A checked dataflow graph.

    Everything that the outputs depend on belongs to it; nothing else does. Lanes, types, rates and
    feedback loops are checked here, before anything is compiled.

    Parameters
    ----------
    sample_rate : float
        Base rate, Hz. Every other rate is this one over a whole number.
    outputs : mapping of str to wire
        What a run returns, by name.
    name : str, optional
        Title in reports and drawings.

    Raises
    ------
    WiringError, LanesError, DtypeError, RateError, LoopError, ParameterError
        Each names the blocks, the user's file and line, and a way to mend it.

    Examples
    --------
    >>> import numpy as np, hgedsp as hg
    >>> x = hg.Input("x")
    >>> graph = hg.Graph(1000.0, {"y": hg.LowPass(0.01)(x)})
    >>> graph.compile().process({"x": np.ones(100)})["y"].shape
    (100,)
    """

    def __init__(
        self, sample_rate: float, outputs: Mapping[str, Wireable], *, name: str = "graph"
    ) -> None:
        require_positive("Graph", "Hz", sample_rate=sample_rate)
        if not outputs:
            raise ParameterError(
                "Graph has no outputs",
                where=(str(caller()),),
                mend='name at least one wire: Graph(rate, {"y": wire})',
            )
        self.sample_rate = float(sample_rate)
        self.name = name
        self.outputs: dict[str, Wire] = {key: as_wire(wire) for key, wire in outputs.items()}
        self.checked: CheckedGraph = check(flatten(self.outputs), self.sample_rate)

    @property
    def nodes(self) -> tuple[FlatNode, ...]:
        """All primitive blocks in order of creation."""
        return self.checked.flat.nodes

    def find(self, path: str) -> Source:
        """Return the wire with the nested name ``block.port``, or ``block`` if it has one output.

        Raises
        ------
        PathError
            If there is no such wire.
        """
        name, _, port = path.partition(".")
        for node in self.nodes:
            outputs = [p.name for p in node.block.ports.outputs]
            if node.name == name and (port in outputs or (not port and len(outputs) == 1)):
                return Source(node.index, port or outputs[0])
        for family in self.checked.flat.families:
            if family.name == name and (
                port in family.outputs or (not port and len(family.outputs) == 1)
            ):
                return family.outputs[port or next(iter(family.outputs))]
        wires = [f"{n.name}.{p.name}" for n in self.nodes for p in n.block.ports.outputs]
        raise PathError(
            f"no wire is named {path!r}", mend=f"the wires of this graph are {', '.join(wires)}"
        )

    @overload
    def compile(self, *, runs: None = None, **options: Any) -> Kernel: ...

    @overload
    def compile(self, *, runs: int, **options: Any) -> Runs: ...

    def compile(self, *, runs: int | None = None, **options: Any) -> Kernel | Runs:
        """Compile this graph; see `hgedsp.run.kernel.compile_graph` for the options.

        Parameters
        ----------
        runs : int, optional
            Independent copies of the graph to work through together, in one thread for each core or
            in so many `threads`. Left out, there is one run, and no axis of runs.

        Returns
        -------
        Kernel or Runs
            Ready to `process` chunks, or to `run` over a source.
        """
        if runs is None:
            return _COMPILER[0](self, **options)
        return _RUNS_COMPILER[0](self, runs=runs, **options)

    def describe(self) -> str:
        """Return a table of all blocks: rate, lanes, inputs, outputs, and where they were made."""
        return describe(self.name, self.checked)

    def to_mermaid(self) -> str:
        """Return the graph as Mermaid text, with rates and lanes on the edges."""
        return to_mermaid(self.checked)

    def to_dot(self) -> str:
        """Return the graph in the language of Graphviz, with rates and lanes on the edges."""
        return to_dot(self.name, self.checked)

    def to_svg(self, file: PathLike | None = None) -> str:
        """Return a layered drawing as SVG text, and write it to `file` if given."""
        text = to_svg(self.name, self.checked)
        if file is not None:
            Path(file).write_text(text, encoding="utf-8")
        return text

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        return f"<Graph {self.name}: {len(self.nodes)} blocks, outputs {', '.join(self.outputs)}>"


# The room that compiles signs in here, for rooms import one way only.
_COMPILER: list[Callable[..., Kernel]] = []
_RUNS_COMPILER: list[Callable[..., Runs]] = []


def use_compiler(compiler: Callable[..., Kernel]) -> None:
    """Make `compiler` what `Graph.compile` calls."""
    _COMPILER[:] = [compiler]


def use_runs_compiler(compiler: Callable[..., Runs]) -> None:
    """Make `compiler` what `Graph.compile` calls where it is asked for many runs."""
    _RUNS_COMPILER[:] = [compiler]
