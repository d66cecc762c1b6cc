"""Check: every wire gets its lanes, type and clock, and every loop a registered output."""

from __future__ import annotations

from hgedsp.errors import DtypeError, ParameterError
from hgedsp.graph.clocks import settle_clocks
from hgedsp.graph.flat import CheckedGraph, FlatGraph, FlatNode
from hgedsp.graph.lanes import settle_lanes
from hgedsp.graph.loops import check_loops


def check(flat: FlatGraph, sample_rate: float) -> CheckedGraph:
    """Settle lanes, types and clocks of a flat graph, or say where two ends disagree.

    Raises
    ------
    DtypeError, LanesError, RateError, LoopError, ParameterError
    """
    _check_dtypes(flat)
    check_loops(flat)
    lanes = settle_lanes(flat)
    divisor, output_divisor = settle_clocks(flat, sample_rate)
    checked = CheckedGraph(flat, lanes, divisor, output_divisor, sample_rate)
    for node in flat.nodes:
        _ask_block(node, checked.rate(node.index), lanes[node.index])
    return checked


def _ask_block(node: FlatNode, rate: float, lanes: dict[str, int]) -> None:
    try:
        node.block.check_rate(rate)
        node.block.check_lanes(lanes)
    except ParameterError as error:
        raise ParameterError(
            f"{node.name}: {error.what}", where=(node.place, *error.where), mend=error.mend
        ) from None


def _check_dtypes(flat: FlatGraph) -> None:
    for node in flat.nodes:
        for port, source in node.sources:
            brings = flat.port(source).dtype
            # A number is converted on the way; an array would have to be copied.
            as_array = node.block.vector and bool(port.lanes)
            widens = brings == "int64" and port.dtype == "float64" and not as_array
            if brings != port.dtype and not widens:
                raise DtypeError(
                    f"{node.name}.{port.name} takes {port.dtype}, "
                    f"but {flat.label(source)} brings {brings}",
                    where=(flat.nodes[source.node].place, node.place),
                    mend="multiply the wire with 1.0, which makes it float64"
                    if port.dtype == "float64"
                    else f"wire an {port.dtype} output to {node.name}.{port.name}",
                )
