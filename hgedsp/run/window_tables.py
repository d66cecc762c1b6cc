"""Chains of filters over whole windows: what the plan says, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hgedsp.block import Block
from hgedsp.checks import FloatArray, IntArray
from hgedsp.compile.state_space import BlockOf, gain_of, state_space
from hgedsp.compile.window_chains import Chain, Product
from hgedsp.compile.window_weights import weights_of
from hgedsp.compile.windows import WindowPlan
from hgedsp.graph.flat import CheckedGraph, Source
from hgedsp.promises import Average, Tones
from hgedsp.run.window_loops import compiled, go_on, take_share
from hgedsp.run.window_parts import Room, Sums, WindowSums
from hgedsp.run.window_sums import window_sums
from hgedsp.run.window_tones import Fractions, WindowPhases, circle

# Samples that are worked on at a time: a few windows, or one, with all their sums in the caches.
_SLAB = 1 << 16

# Cosine and sine of what is no tone: the sine stays 1, as if it were one that never turns.
_STANDING = np.array([[[0.0]], [[1.0]]])

Feed = tuple[Source, int | None]  # a signal, and the node that makes the tones, if any


@dataclass(frozen=True, eq=False)
class ChainTable:
    """One chain of J states, Q sinks and P products in numbers.

    Attributes
    ----------
    states : tuple of (int, str)
        Node and name of each state.
    of_states : array of shape (J + Q, J)
        What the states at the start of a window give to those at its end, and to the averages.
    feeds, rows, factors : tuple
        Per product the sums it takes its share from, which rows of them, and by what gain and
        phase (cosine and sine, shape (2, K)).
    gains, averages : tuple
        Per sink what its input is scaled by, (K,) or None, and what it says of itself.
    """

    chain: Chain
    states: tuple[tuple[int, str], ...]
    of_states: FloatArray
    feeds: tuple[Feed, ...]
    rows: tuple[IntArray, ...]
    factors: tuple[FloatArray, ...]
    gains: tuple[FloatArray | None, ...]
    averages: tuple[Average, ...]


class Tables:
    """All chains of a plan in numbers; see `make_tables`."""

    def __init__(
        self,
        window: int,
        chains: tuple[ChainTable, ...],
        sums: Mapping[Feed, WindowSums],
        phases: Mapping[int, WindowPhases],
    ) -> None:
        self.chains = chains
        self._window, self._sums, self._phases = window, sums, phases
        self._room, self._turn = Room(), Room()

    def work(
        self, signals: Mapping[Source, FloatArray], tick: int, before: list[FloatArray]
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Return, per chain, the states at the end (J, K), and what each sink reads, (W, Q, K).

        Parameters
        ----------
        signals : dict of Source to array
            Whole windows of samples, (W D,).
        tick : int
            Index of the first sample, a whole number of windows.
        before : list of array of shape (J, K)
            Per chain, the states at the start.
        """
        windows = {source: x.reshape(-1, self._window) for source, x in signals.items()}
        count, size = len(next(iter(windows.values()))), max(1, _SLAB // self._window)
        phases = {n: make(tick // self._window, count) for n, make in self._phases.items()}
        states = [state.copy() for state in before]
        averages = [np.empty((count, len(t.gains), t.chain.lanes)) for t in self.chains]
        for first in range(0, count, size):
            here = slice(first, first + size)
            sums = {feed: work(windows[feed[0]][here]) for feed, work in self._sums.items()}
            phase = {node: p[:, here] if p.shape[1] > 1 else p for node, p in phases.items()}
            for table, state, average in zip(self.chains, states, averages, strict=True):
                self._chain(table, sums, phase, state, average[here])
        for table, average in zip(self.chains, averages, strict=True):
            for q, gain in enumerate(table.gains):
                if gain is not None:
                    average[:, q] *= gain
        return states, averages

    def _chain(
        self,
        table: ChainTable,
        sums: Mapping[Feed, Sums],
        phases: Mapping[int, FloatArray],
        state: FloatArray,
        average: FloatArray,
    ) -> None:
        """Work out averages (W, Q, K), and let states (J, K) go on."""
        windows, _, lanes = average.shape
        made = self._room(windows, len(table.of_states), lanes) if state.size else average
        take = compiled(take_share, "f3 f3 i1 f3 f2 f2 i1 f3")
        products = zip(table.feeds, table.rows, table.factors, strict=True)
        for number, (feed, rows, factor) in enumerate(products):
            phase = _STANDING if feed[1] is None else phases[feed[1]]
            real, imaginary, phase = (_over_lanes(x, lanes) for x in (*sums[feed], phase))
            before, turn = np.array([number]), self._turn(2, lanes)
            take(real, imaginary, rows, phase, factor, turn, before, made)
        if state.size:
            compiled(go_on, "f2 f2 f3")(table.of_states, state, made)
            average[:] = made[:, len(state) :]


def make_tables(plan: WindowPlan, block_of: BlockOf) -> Tables | None:
    """Work out the numbers of a plan, or None where filters differ from lane to lane.

    Parameters
    ----------
    block_of : callable
        Gives the block of a node with the parameters of now.
    """
    tones = {node: _tones(plan.checked, node, block_of) for node in plan.tones}
    weights: dict[Feed, list[FloatArray]] = {}
    chains = []
    for chain in plan.chains:
        table = _chain_table(plan.checked, chain, tones, weights, block_of)
        if table is None:
            return None
        chains.append(table)
    fractions = {node: Fractions(t.numerator, t.denominator) for node, t in tones.items()}
    sums = {
        feed: window_sums(np.array(rows), None if feed[1] is None else fractions[feed[1]])
        for feed, rows in weights.items()
    }
    phases = {node: WindowPhases(fraction, plan.window) for node, fraction in fractions.items()}
    return Tables(plan.window, tuple(chains), sums, phases)


def _chain_table(
    checked: CheckedGraph,
    chain: Chain,
    tones: Mapping[int, Tones],
    weights: dict[Feed, list[FloatArray]],
    block_of: BlockOf,
) -> ChainTable | None:
    """A chain in numbers; the rows of weights it needs are added to those there are."""
    space = state_space(checked, chain, block_of)
    if space is None:
        return None
    averages = tuple(_average(block_of(sink.node)) for sink in chain.sinks)
    of_samples, of_states = weights_of(space, [average.weights for average in averages])
    feeds = tuple((p.signal, p.tone.node if p.tone else None) for p in chain.products)
    rows = tuple(
        _rows_of(weights.setdefault(feed, []), wanted)
        for feed, wanted in zip(feeds, of_samples, strict=True)
    )
    factors = tuple(_factor(checked, chain.lanes, p, tones, block_of) for p in chain.products)
    gains = tuple(
        gain_of(checked, sink.gains, block_of) if sink.gains else None for sink in chain.sinks
    )
    return ChainTable(chain, space.states, of_states, feeds, rows, factors, gains, averages)


def _tones(checked: CheckedGraph, node: int, block_of: BlockOf) -> Tones:
    tones = block_of(node).as_tones(checked.rate(node))
    assert tones is not None, "a block that makes tones says so"
    return tones


def _average(block: Block) -> Average:
    average = block.as_average()
    assert average is not None, "a sink says what it averages"
    return average


def _factor(
    checked: CheckedGraph,
    lanes: int,
    product: Product,
    tones: Mapping[int, Tones],
    block_of: BlockOf,
) -> FloatArray:
    gain = np.broadcast_to(gain_of(checked, product.gains, block_of), (lanes,))
    if product.tone is None:
        return np.stack([gain, np.zeros(lanes)])
    return gain * circle(tones[product.tone.node].turn[product.tone.port])


def _rows_of(rows: list[FloatArray], wanted: FloatArray) -> IntArray:
    """Add the rows that are not there yet; return where each is."""
    places = []
    for row in wanted:
        same = [place for place, known in enumerate(rows) if np.array_equal(row, known)]
        if not same:
            rows.append(row)
        places.append(same[0] if same else len(rows) - 1)
    return np.array(places, dtype=np.int64)


def _over_lanes(values: FloatArray, lanes: int) -> FloatArray:
    wide = values if values.shape[2] == lanes else np.repeat(values, lanes, axis=2)
    return wide if wide.flags.c_contiguous else np.ascontiguousarray(wide)
