"""The wires of a device, brought to its electrodes."""

from __future__ import annotations

from collections.abc import Sequence

from hgedsp.blocks import Concatenate, Select
from hgedsp.wire import Wire, as_wire, scope


def to_electrodes(*drives: tuple[Sequence[int], Wire]) -> Wire:
    """Join wires to a single one with the voltages of all electrodes of a device, in order.

    Parameters
    ----------
    *drives : pair of electrodes and Wire
        Which electrodes the lanes of each wire belong to. Together they name every electrode of
        the device once.

    Returns
    -------
    Wire
        E lanes, V.
    """
    electrodes = [electrode for chosen, _ in drives for electrode in chosen]
    assert sorted(electrodes) == list(range(len(electrodes))), electrodes
    wires = [wire for _, wire in drives]
    with scope("electrodes"):
        joined = wires[0]
        if len(wires) > 1:
            joined = as_wire(Concatenate(len(wires), name="join")(*wires))
        if electrodes == sorted(electrodes):
            return joined
        order = [electrodes.index(electrode) for electrode in range(len(electrodes))]
        return as_wire(Select(order, name="order")(joined))
