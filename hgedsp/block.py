"""The contract a block signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from hgedsp.checks import ComplexArray, FloatArray
from hgedsp.errors import WiringError
from hgedsp.ports import Ports
from hgedsp.promises import Average, Tones
from hgedsp.wire import OPERATORS, Node, Wire, Wireable, as_wire, caller

Coefficients = tuple[float | npt.NDArray[Any], ...]


class Wires(tuple[Wire, ...]):
    """The outputs of a call, in order of the ports; each can be read by name, too."""

    def __getattr__(self, name: str) -> Wire:
        for wire in self:
            if wire.port == name:
                return wire
        raise AttributeError(f"no output {name!r} here, only {[w.port for w in self]}")


@dataclass(frozen=True, eq=False)
class Block(Wireable):
    """Base of all blocks: parameters, ports, state and what happens to one sample.

    A subclass is a frozen dataclass with class attribute `ports` and one of

    ``step(inputs..., state..., coefficients...) -> outputs..., new state...``
        A *lane step*: a static function of plain numbers that says what happens to one sample of
        one lane. The compiler maps it over the lanes. A registered output is returned once, as
        state. With ``decimation > 1`` the position in the window, 0 to decimation - 1, comes right
        after the inputs.
    ``step(inputs..., outputs..., state..., coefficients...) -> scalar outputs...`` with
    ``vector = True``
        A *vector step*: ports with lanes and all state are arrays, written in place; outputs
        without lanes are returned.
    ``compose(inputs...) -> wires``
        A compound: other blocks, wired. It costs nothing at run time.

    Parameters
    ----------
    name : str, optional
        Name in the graph; the class in snake case if left out.

    Attributes
    ----------
    vector : bool
        Whether `step` sees arrays.
    reduces : bool
        Whether the returned values are terms that the compiler adds up over the lanes.
    constant : bool
        Whether the output never changes; such a wire can be read at any rate.
    external : bool
        Whether the samples come from outside, by the label of the block.
    operator : str
        Operator of wires this block serves ("add", ...), if any.
    rare : tuple of str
        State and coefficients that only `refresh` sees, not `step`.
    refresh_every : int
        Ticks after which ``refresh(state..., coefficients...) -> new state...`` is called, at the
        end of the tick, lane by lane; 0 for a block without one. It puts right what `step` lets
        drift by rounding.
    is_linear : bool
        Whether outputs and new states are linear in inputs and states together, whole numbers
        aside: step(a u + b v) = a step(u) + b step(v). Nothing is added or clipped. The compiler
        may then work out many samples at once; `hgedsp.testing.check_block` tests the claim.
    multiplies : bool
        Whether the only output is the product of the two inputs, times a factor that coefficients
        may bring. There is no state.
    settable : bool
        Whether its parameters can be set during a run; else only through the compound it is part
        of.
    restarted_by : tuple of str
        Parameters that, set to another value during a run, let the block begin anew: its states
        become those that `initial` gives for it. A seed is one.
    """

    name: str = field(default="", kw_only=True)

    ports: ClassVar[Ports] = Ports()
    vector: ClassVar[bool] = False
    reduces: ClassVar[bool] = False
    constant: ClassVar[bool] = False
    external: ClassVar[bool] = False
    operator: ClassVar[str] = ""
    is_linear: ClassVar[bool] = False
    multiplies: ClassVar[bool] = False
    settable: ClassVar[bool] = True
    restarted_by: ClassVar[tuple[str, ...]] = ()
    rare: ClassVar[tuple[str, ...]] = ()
    refresh_every: ClassVar[int] = 0

    def __new__(cls, *args: Any, **options: Any) -> Block:
        block = super().__new__(cls)
        object.__setattr__(block, "_node", Node.of(block))
        return block

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.operator:
            OPERATORS[cls.operator] = cls

    # What a subclass may say --------------------------------------------------------------------

    @property
    def decimation(self) -> int:
        """Input ticks per output tick; above 1 the outputs are on a slower clock."""
        return 1

    @property
    def interpolation(self) -> int:
        """Output ticks per input tick; above 1 the output state is held between input ticks."""
        return 1

    def lanes(self) -> dict[str, int]:
        """Return the lane letters that the parameters fix."""
        return {}

    def coefficients(self, rate: float) -> Coefficients:
        """Turn engineering units into numbers for `step`, once the sample rate (Hz) is known."""
        return ()

    def initial(self, rate: float) -> dict[str, float | npt.NDArray[Any]]:
        """Return the initial values of state variables that do not start at zero."""
        return {}

    def state_at(self, rate: float, tick: int) -> dict[str, float | npt.NDArray[Any]]:
        """Return states that follow from the parameters and the time alone.

        They are put in place when a parameter is set before the tick with this index.
        """
        return {}

    def carried_over(
        self,
        states: Mapping[str, npt.NDArray[Any]],
        before: Mapping[str, npt.NDArray[Any]],
        now: Mapping[str, npt.NDArray[Any]],
    ) -> dict[str, npt.NDArray[Any]]:
        """Return states that have to change when a parameter is set during a run.

        Parameters
        ----------
        states : mapping of str to array
            The states as they are.
        before, now : mapping of str to array
            The coefficients by name, before and after, as the kernel has them.
        """
        return {}

    def as_tones(self, rate: float) -> Tones | None:
        """Return the outputs that are pure tones, if all states follow from the time alone."""
        return None

    def as_average(self) -> Average | None:
        """Return how the output weighs the samples of its window, if no other sample counts."""
        return None

    def check_rate(self, rate: float) -> None:
        """Refuse a sample rate (Hz) at which this block cannot work."""

    def check_lanes(self, lanes: Mapping[str, int]) -> None:
        """Refuse numbers of lanes, by lane letter, with which this block cannot work."""

    # What the graph asks ------------------------------------------------------------------------

    @property
    def step_function(self) -> Callable[..., Any]:
        """The function numba sees; one per class unless the user brought their own."""
        function: Callable[..., Any] = type(self).__dict__["step"].__func__
        return function

    @property
    def is_compound(self) -> bool:
        """Whether this block is made of other blocks."""
        return hasattr(type(self), "compose")

    @property
    def node(self) -> Node:
        """The use of this block in a graph."""
        node: Node = self.__dict__["_node"]
        return node

    @property
    def label(self) -> str:
        """Name given by the user, or the class in snake case."""
        return self.name or snake_case(type(self).__name__)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters that can be read, and set between chunks."""
        return tuple(f.name for f in fields(self) if f.name != "name")

    def copy(self) -> Self:
        """Return another block with the same parameters, for a second use."""
        return replace(self)

    def __call__(self, *wires: Any, **named: Any) -> Any:
        """Connect the inputs, by order or by name, and return the output wire or wires."""
        node = self.node
        if node.inputs is not None:
            raise WiringError(
                f"{self.label} is wired twice",
                where=(f"{self.label:<24} {node.wired_at}", f"{self.label:<24} {caller()}"),
                mend=f"make a second {type(self).__name__} for the second use, or take .copy()",
            )
        inputs = self._match(wires, named)
        node.wire({port: as_wire(value) for port, value in inputs.items()})
        outputs = Wires(Wire(node, port.name) for port in self.ports.outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def as_wire(self) -> Wire:
        """Return the only output of this block."""
        if len(self.ports.outputs) != 1:
            names = ", ".join(f".{port.name}" for port in self.ports.outputs) or "none"
            raise WiringError(
                f"{self.label} does not stand for one wire: its outputs are {names}",
                where=(self.node.place,),
                mend="name the output, as in block.output",
            )
        return self._output(self.ports.outputs[0].name)

    def __getattr__(self, name: str) -> Wire:
        # Called only for names that are no attribute: the output ports.
        if not name.startswith("_") and any(port.name == name for port in self.ports.outputs):
            return self._output(name)
        raise AttributeError(f"{type(self).__name__} has no attribute or output {name!r}")

    def _output(self, name: str) -> Wire:
        # It may be read before the block is wired: the graph checks that it is in the end, and
        # that a loop closed this way passes through a registered output.
        return Wire(self.node, name)

    def _match(self, wires: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        ports = [port.name for port in self.ports.inputs]
        inputs = dict(zip(ports, wires, strict=False))
        wrong = [name for name in named if name not in ports or name in inputs]
        if len(wires) > len(ports) or wrong:
            surplus = f"an input {wrong[0]}" if wrong else f"{len(wires)} inputs"
            raise WiringError(
                f"{self.label} has no place for {surplus}: its inputs are "
                f"{', '.join(ports) or 'none'}",
                where=(f"{self.label:<24} {caller()}",),
                mend="give each input once, by order or by name",
            )
        return {**inputs, **named}


def snake_case(name: str) -> str:
    """Turn ``LowPass`` into ``low_pass``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def unit_delay(frequency: FloatArray, rate: float) -> ComplexArray:
    """Return z^-1 at the given frequencies (Hz): the building brick of every `response`."""
    delay: ComplexArray = np.exp(-2j * np.pi * np.asarray(frequency, dtype=np.float64) / rate)
    return delay
