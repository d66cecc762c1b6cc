"""What this version of the compiler can do."""

from __future__ import annotations

import inspect

from hgedsp.graph.graph import Graph
from hgedsp.run.kernel import compile_graph


def supports(option: str) -> bool:
    """Return whether `Graph.compile` takes an option of this name."""
    return any(option in inspect.signature(f).parameters for f in (compile_graph, Graph.compile))
