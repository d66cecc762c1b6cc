"""How many runs are gone through: eight at a time, or each by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numba

from hgedsp.compile.program import Program, compile_checked
from hgedsp.compile.runs_program import compile_runs
from hgedsp.compile.windows import plan_windows
from hgedsp.graph.graph import Graph
from hgedsp.run.kernel import Kernel
from hgedsp.run.many_alone import Alone, SharedCompiler
from hgedsp.run.many_together import Together

_SETTINGS: Any = numba.config  # its names are made at run time

# Numbers of one run, eight times as many of which fit what a core has at hand. Where there are
# more, lanes fill the registers of a run by itself.
_MOST_NUMBERS = 1024


@dataclass(frozen=True)
class Options:
    """How the kernel of one run is compiled; see `hgedsp.run.kernel.compile_graph`."""

    graph: Graph
    probes: dict[str, int]
    fastmath: bool
    interpret: bool
    windows: bool
    checked: bool
    dtype: str

    def kernel(self, compiler: Callable[..., Program] | None = None) -> Kernel:
        """Make the kernel of one run."""
        return Kernel(
            self.graph,
            self.probes,
            self.fastmath,
            self.interpret,
            self.windows,
            self.checked,
            compiler,
            self.dtype,
        )

    @property
    def is_compiled(self) -> bool:
        """Whether machine code is run, and nobody looks at what it does."""
        return not (self.interpret or self.checked or _SETTINGS.DISABLE_JIT)

    @property
    def in_windows(self) -> bool:
        """Whether a run alone is worked out in whole windows, much faster than in registers."""
        graph = self.graph
        ends = {**graph.checked.flat.outputs, **{name: graph.find(name) for name in self.probes}}
        plan = plan_windows(graph.checked, ends, self.probes)
        exact = self.fastmath and self.dtype == "float64"
        return self.windows and exact and not isinstance(plan, str)


def choose_way(options: Options, runs: int, threads: int) -> Alone | Together:
    """Choose the faster way for a graph, where there are two."""
    few = _numbers(options.graph) <= _MOST_NUMBERS
    if options.is_compiled and few and not options.in_windows:
        plain = replace(options, windows=False)
        compiler = SharedCompiler(_compile_together)
        try:
            kernels = [plain.kernel(compiler) for _ in range(runs)]
            return Together(kernels, threads, plain.kernel, compiler)
        except _NotTogether:
            pass
    one = None if options.checked else SharedCompiler(compile_checked)
    return Alone([options.kernel(one) for _ in range(runs)], threads)


class _NotTogether(Exception):
    """A graph has steps that cannot be said with registers of runs."""


def _compile_together(*arguments: Any, interpret: bool, **options: Any) -> Program:
    program = compile_runs(*arguments, **options)
    if program is None:
        raise _NotTogether
    return program


def _numbers(graph: Graph) -> int:
    """How many states and coefficients there are in all lanes, but for those seldom read."""
    checked = graph.checked
    return sum(
        checked.port_width(node.index, port)
        for node in checked.flat.nodes
        for port in (*node.block.ports.state, *node.block.ports.coefficients)
        if port.name not in node.block.rare
    )
