"""Several devices in one graph: outputs of some drive electrodes of others, all learn at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import Amplifier, Constant, Gain, Select
from hgedsp.checks import FloatArray, VectorLike, require, require_integer, require_positive
from hgedsp.devices import Device, require_device
from hgedsp.graphs.electrodes import to_electrodes
from hgedsp.wire import Wire, as_wire, scope

_LEAST_SPAN = 0.01


@dataclass(frozen=True)
class NetworkNode:
    """A device of a network, what drives its electrodes, and the amplifier behind it.

    Electrodes that nothing drives are controls. What drives one is a number from -1 to 1, the
    lower and the upper end of that electrode's range: an input of the network, or the output
    current of an earlier device, clip((current - zero) / span, -1, 1).

    Parameters
    ----------
    device : Block
        With methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    inputs : mapping of int to int, optional
        Input of the network, by number, for each electrode that takes one.
    links : mapping of int to int, optional
        Earlier device, by number, for each electrode that takes its output.
    zero, span : float, optional
        Output current that becomes the middle of a driven range, and the current from there to its
        ends, A.

    Raises
    ------
    ParameterError
        If an electrode is driven twice or does not exist, or `span` is not positive.
    """

    device: Block
    inputs: Mapping[int, int] = field(default_factory=dict)
    links: Mapping[int, int] = field(default_factory=dict)
    zero: float = 0.0
    span: float = 1e-8

    def __post_init__(self) -> None:
        electrodes = require_device(self.device, "stand in a network").lower.size
        require_positive("NetworkNode", "A", span=self.span)
        twice = sorted(set(self.inputs) & set(self.links))
        require(
            not twice,
            f"electrodes {twice} are driven by an input and by a device",
            "let each electrode be driven by one of them",
        )
        for electrode in (*self.inputs, *self.links):
            require_integer("NetworkNode", 0, electrodes - 1, electrode=electrode)

    @property
    def controls(self) -> tuple[int, ...]:
        """Electrodes that nothing drives."""
        assert isinstance(self.device, Device)
        driven = {*self.inputs, *self.links}
        return tuple(e for e in range(self.device.lower.size) if e not in driven)

    def middle(self, electrodes: Sequence[int]) -> FloatArray:
        """Middle of the range of these electrodes, V."""
        assert isinstance(self.device, Device)
        result: FloatArray = ((self.device.lower + self.device.upper) / 2)[list(electrodes)]
        return result

    def half_range(self, electrodes: Sequence[int]) -> FloatArray:
        """Half of the range of these electrodes, V."""
        assert isinstance(self.device, Device)
        result: FloatArray = ((self.device.upper - self.device.lower) / 2)[list(electrodes)]
        return result


@dataclass(frozen=True)
class DeviceNetwork:
    """Devices in an order in which each is driven by inputs and by earlier ones.

    The output is the current of the last. All controls together are one vector, device after
    device, electrode after electrode.

    Raises
    ------
    ParameterError
        If there is no device, or one is driven by itself or by a later one.
    """

    nodes: Sequence[NetworkNode]

    def __post_init__(self) -> None:
        require(len(self.nodes) > 0, "a network needs a device", "give at least one NetworkNode")
        for number, node in enumerate(self.nodes):
            for electrode, source in node.links.items():
                require(
                    0 <= source < number,
                    f"electrode {electrode} of device {number} is driven by device {source}, "
                    "which does not come before it",
                    "put devices in the order in which signals go through them",
                )

    @property
    def inputs(self) -> int:
        """How many inputs the network has."""
        return 1 + max((i for node in self.nodes for i in node.inputs.values()), default=-1)

    @property
    def controls(self) -> tuple[tuple[int, int], ...]:
        """Device and electrode of each control."""
        return tuple((n, e) for n, node in enumerate(self.nodes) for e in node.controls)

    @property
    def middle(self) -> FloatArray:
        """Middle of the range of each control, V."""
        return np.concatenate([node.middle(node.controls) for node in self.nodes])

    @property
    def half_range(self) -> FloatArray:
        """Half of the range of each control, V."""
        return np.concatenate([node.half_range(node.controls) for node in self.nodes])

    def wire(self, inputs: Wire, controls: Wire) -> list[Wire]:
        """Wire all devices.

        Parameters
        ----------
        inputs : Wire
            One lane per input of the network, from -1 to 1.
        controls : Wire
            One lane per control, V.

        Returns
        -------
        list of Wire
            The output current of each device, A.
        """
        currents: list[Wire] = []
        first = 0
        for number, node in enumerate(self.nodes):
            with scope(f"device_{number}"):
                lanes = range(first, first + len(node.controls))
                own = as_wire(Select(list(lanes), name="controls")(controls)) if lanes else None
                currents.append(self._wire_node(node, inputs, own, currents))
            first += len(node.controls)
        return currents

    def currents(self, inputs: FloatArray, controls: VectorLike) -> FloatArray:
        """Return the currents (A) of all devices, without a graph.

        Parameters
        ----------
        inputs : array of shape (N, inputs)
            From -1 to 1.
        controls : array of shape (K,)
            V.

        Returns
        -------
        array of shape (N, devices)
        """
        currents: list[FloatArray] = []
        parts = np.split(np.asarray(controls, dtype=np.float64), self._ends())
        for node, own in zip(self.nodes, parts, strict=True):
            currents.append(self._current(node, inputs, own, self.nodes, currents))
        return np.stack(currents, axis=1)

    def fitted(self, inputs: FloatArray, controls: VectorLike, share: float = 1.0) -> DeviceNetwork:
        """Return the same network with amplifiers set to the currents that it has.

        zero = (greatest + least current) / 2,   span = share (greatest - least current) / 2

        of each device over these inputs, device after device.

        Parameters
        ----------
        inputs : array of shape (N, inputs)
            From -1 to 1.
        controls : array of shape (K,)
            V.
        share : float, optional
            With 1 the extreme currents drive to the ends of a range; with less, smaller ones do,
            and the amplifier makes nearly equal levels equal.

        Returns
        -------
        DeviceNetwork
            No span is less than 1 % of that of this network, so that noise does not drive.
        """
        require_positive("fitted", "", share=share)
        currents: list[FloatArray] = []
        nodes: list[NetworkNode] = []
        parts = np.split(np.asarray(controls, dtype=np.float64), self._ends())
        for node, own in zip(self.nodes, parts, strict=True):
            current = self._current(node, inputs, own, nodes, currents)
            low, high = float(current.min()), float(current.max())
            span = max(share * (high - low) / 2, _LEAST_SPAN * node.span)
            nodes.append(replace(node, zero=(low + high) / 2, span=span))
            currents.append(current)
        return DeviceNetwork(nodes)

    @staticmethod
    def _current(
        node: NetworkNode,
        inputs: FloatArray,
        controls: FloatArray,
        sources: Sequence[NetworkNode],
        currents: Sequence[FloatArray],
    ) -> FloatArray:
        """Return the current (A) of one device, given those of the ones before."""
        assert isinstance(node.device, Device)
        voltage = np.empty((len(inputs), node.device.lower.size))
        voltage[:, list(node.controls)] = controls
        for electrode, number in node.inputs.items():
            voltage[:, electrode] = _driven(node, electrode, inputs[:, number])
        for electrode, number in node.links.items():
            source = sources[number]
            share = np.clip((currents[number] - source.zero) / source.span, -1.0, 1.0)
            voltage[:, electrode] = _driven(node, electrode, share)
        result: FloatArray = np.asarray(node.device.current(voltage))
        return result

    def _ends(self) -> list[int]:
        counts = [len(node.controls) for node in self.nodes]
        return [sum(counts[:number]) for number in range(1, len(counts))]

    def _wire_node(
        self, node: NetworkNode, inputs: Wire, controls: Wire | None, currents: list[Wire]
    ) -> Wire:
        drives: list[tuple[Sequence[int], Wire]] = []
        if controls is not None:
            drives.append((node.controls, controls))
        if node.inputs:
            electrodes = list(node.inputs)
            share = Select([node.inputs[e] for e in electrodes], name="inputs")(inputs)
            drives.append((electrodes, _to_range(node, electrodes, as_wire(share))))
        for electrode, number in node.links.items():
            with scope(f"link_{number}_to_{electrode}"):
                source = self.nodes[number]
                centred = currents[number] - Constant(source.zero, name="zero")
                share = Amplifier(1.0 / source.span, clip=1.0, name="amplifier")(centred)
                drives.append(([electrode], _to_range(node, [electrode], as_wire(share))))
        device: Any = node.device.copy()
        return as_wire(device(to_electrodes(*drives)))


def _driven(node: NetworkNode, electrode: int, share: FloatArray) -> FloatArray:
    """Return the voltage of an electrode driven by a number from -1 to 1, V."""
    result: FloatArray = node.middle([electrode]) + node.half_range([electrode]) * share
    return result


def _to_range(node: NetworkNode, electrodes: Sequence[int], share: Wire) -> Wire:
    """Wire numbers from -1 to 1 to the voltages of electrodes."""
    swing = as_wire(Gain(node.half_range(electrodes), name="swing")(share))
    return swing + Constant(node.middle(electrodes), name="middle")
