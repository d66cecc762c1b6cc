"""Windows: what of a graph can be worked out a whole window at a time.

Where nothing is fed back and all outputs come once per window, a signal times a tone, behind
linear filters, is a weighted sum over samples: no sample has to wait for the one before. Such
graphs are recognised by what their blocks promise; `hgedsp.run.windows` does the sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from hgedsp.compile.window_chains import Chain, chains_of
from hgedsp.compile.window_nodes import Nodes, NotInWindows
from hgedsp.graph.flat import CheckedGraph, Source

# Below this a window costs more than its samples one by one; above that its samples, which have to
# be kept, take too much memory.
SHORTEST, LONGEST = 256, 1 << 20


@dataclass(frozen=True)
class WindowPlan:
    """A graph whose outputs are worked out in windows of so many samples.

    Attributes
    ----------
    front : frozenset of int
        Nodes that make the signals, sample by sample as ever.
    chains : tuple of Chain
    ends : dict of str to int
        The node behind each output.
    """

    checked: CheckedGraph
    window: int
    front: frozenset[int]
    chains: tuple[Chain, ...]
    ends: Mapping[str, int]

    @cached_property
    def signals(self) -> tuple[Source, ...]:
        """All signals, each once."""
        found = (product.signal for chain in self.chains for product in chain.products)
        return tuple(dict.fromkeys(found))

    @cached_property
    def tones(self) -> frozenset[int]:
        """All nodes that make tones for these windows."""
        products = (product for chain in self.chains for product in chain.products)
        return frozenset(product.tone.node for product in products if product.tone)

    def __repr__(self) -> str:
        nodes = self.checked.flat.nodes
        lines = [f"windows of {self.window} samples"]
        if self.front:
            names = ", ".join(nodes[index].name for index in sorted(self.front))
            lines.append(f"sample by sample: {names}")
        lines += [chain.text(self.checked.flat) for chain in self.chains]
        lines += [f"-> {name} = {nodes[index].name}" for name, index in self.ends.items()]
        return "\n".join(lines)


def plan_windows(
    checked: CheckedGraph, ends: Mapping[str, Source], every: Mapping[str, int]
) -> WindowPlan | str:
    """Find out whether a graph can be worked out in windows.

    Parameters
    ----------
    ends, every : mapping
        Outputs and probes by name, and every how many ticks they are wanted.

    Returns
    -------
    WindowPlan or str
        If not, the reason.
    """
    nodes = Nodes(checked, frozenset(source.node for source in ends.values()))
    try:
        window = _window(nodes, ends, every)
        chains = chains_of(nodes)
        front = _front(nodes, chains)
        _refuse_others(nodes, chains, front)
    except NotInWindows as reason:
        return str(reason)
    return WindowPlan(checked, window, front, chains, {k: s.node for k, s in ends.items()})


def _window(nodes: Nodes, ends: Mapping[str, Source], every: Mapping[str, int]) -> int:
    """The one length of all windows."""
    for name, source in ends.items():
        if source.node not in nodes.sinks:
            raise NotInWindows(f"{name} is not the average of a window, or its last sample")
        if every.get(name, 1) > 1:
            raise NotInWindows(f"{name} is wanted only once in several windows")
    lengths = sorted({nodes.node(sink).block.decimation for sink in nodes.sinks})
    if len(lengths) > 1:
        raise NotInWindows(f"windows have several lengths: {', '.join(map(str, lengths))}")
    if not SHORTEST <= lengths[0] <= LONGEST:
        raise NotInWindows(f"windows have {lengths[0]} samples, not {SHORTEST} to {LONGEST}")
    return lengths[0]


def _front(nodes: Nodes, chains: tuple[Chain, ...]) -> frozenset[int]:
    """All that the signals depend on."""
    found: set[int] = set()
    pending = [product.signal.node for chain in chains for product in chain.products]
    while pending:
        node = nodes.node(pending.pop())
        if node.index in found or node.block.external or node.block.constant:
            continue
        if node.index in nodes.sinks:
            raise NotInWindows(f"a signal depends on {node.name}, which comes after it")
        found.add(node.index)
        pending += [source.node for _, source in node.sources]
    return frozenset(found)


def _refuse_others(nodes: Nodes, chains: tuple[Chain, ...], front: frozenset[int]) -> None:
    """Refuse what is neither in front of the windows nor in them."""
    known = {*front, *nodes.sinks, *nodes.filters}
    for product in (product for chain in chains for product in chain.products):
        known |= {product.wire.node, *product.gains}
        known |= {product.tone.node} if product.tone else set()
    for node in nodes.all:
        if not (node.index in known or node.block.constant or node.block.external):
            raise NotInWindows(f"{node.name} works on what comes out of the windows")
