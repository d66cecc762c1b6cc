"""What a user's function and `@block` say together, checked when the function is decorated."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hgedsp.block import Block
from hgedsp.errors import StepError
from hgedsp.ports import Port, Ports, parse_ports
from hgedsp.wire import Location

Function = Callable[..., Any]

# Attributes of a block that its base class does not have.
_RESERVED = ("name", "step", "compose", "response")


@dataclass(frozen=True)
class Plan:
    """What the decorator was told, settled and checked.

    Attributes
    ----------
    function, prepare : callable
        The user's functions.
    inputs, outputs, state, coefficients : tuple of Port
        Everything the step takes and gives.
    parameters : tuple of inspect.Parameter
        The parameters of the block to be: arguments of `prepare`, else of the function.
    decimation : int or str
        Ticks of the input per tick of the output, or the parameter that says so.
    """

    function: Function
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    state: tuple[Port, ...]
    coefficients: tuple[Port, ...]
    prepare: Function | None
    parameters: tuple[inspect.Parameter, ...]
    decimation: int | str

    def ports(self, wide: bool) -> Ports:
        """Return the ports; `wide` if there are parameters with one value per lane."""
        coefficients = _with_lanes(self.coefficients) if wide else self.coefficients
        groups = (self.inputs, self.outputs, self.state, coefficients)
        return Ports(*(", ".join(map(repr, group)) for group in groups))


def make_plan(
    function: Function,
    inputs: str,
    outputs: str,
    state: str,
    coefficients: str,
    prepare: Function | None,
    decimation: int | str,
) -> Plan:
    """Settle the ports and parameters, or complain at the line of the function.

    Raises
    ------
    StepError
        If the arguments are not the inputs, the position, the state and the parameters, in order.
    """
    takes, keeps = _with_lanes(parse_ports(inputs)), _with_lanes(parse_ports(state))
    position = [] if decimation == 1 else ["position"]
    leading = [*(p.name for p in takes), *position, *(p.name for p in keeps)]
    arguments = _arguments(function, function)
    _require_leading(function, arguments, leading)
    rest = arguments[len(leading) :]
    named = parse_ports(coefficients) or tuple(Port(p.name, dtype=dtype_of(p)) for p in rest)
    _require_same(function, leading, [p.name for p in rest], [p.name for p in named])
    parameters = _arguments(function, prepare)[1:] if prepare is not None else rest
    gives = _with_lanes(parse_ports(outputs))
    _require_free_names(function, parameters, [p.name for p in (*gives, *named)])
    _require_decimation(function, decimation, [p.name for p in parameters])
    return Plan(function, takes, gives, keeps, named, prepare, tuple(parameters), decimation)


def _with_lanes(ports: tuple[Port, ...]) -> tuple[Port, ...]:
    """In a lane step everything is there once per lane, said or not."""
    return tuple(port if port.lanes else dataclasses.replace(port, lanes="K") for port in ports)


def dtype_of(parameter: inspect.Parameter) -> str:
    """Return the type of sample that an annotation asks for."""
    return "int64" if parameter.annotation in (int, "int") else "float64"


# Complaints: all at the line of the function, when it is decorated --------------------------------


def _arguments(owner: Function, function: Function) -> list[inspect.Parameter]:
    arguments = list(inspect.signature(function).parameters.values())
    for argument in arguments:
        if argument.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
            raise _complaint(
                owner,
                f"{function.__name__} takes {argument}, but arguments come by position",
                "name each argument, without * and /",
            )
    return arguments


def _require_leading(
    function: Function, arguments: list[inspect.Parameter], leading: list[str]
) -> None:
    names = [argument.name for argument in arguments]
    if names[: len(leading)] != leading:
        parameters = [name for name in names if name not in leading]
        raise _complaint(
            function,
            f"{function.__name__} takes ({', '.join(names)}), "
            f"but its inputs and state are ({', '.join(leading)})",
            f"write def {function.__name__}({', '.join([*leading, *parameters])}), "
            f"or name others in @block(inputs=..., state=...)",
        )


def _require_same(
    function: Function, leading: list[str], rest: list[str], named: list[str]
) -> None:
    if rest != named:
        raise _complaint(
            function,
            f"{function.__name__} takes the coefficients ({', '.join(rest)}), "
            f"but @block names ({', '.join(named)})",
            f"write def {function.__name__}({', '.join([*leading, *named])})",
        )


def _require_free_names(
    function: Function, parameters: Sequence[inspect.Parameter], ports: list[str]
) -> None:
    for parameter in parameters:
        if hasattr(Block, parameter.name) or parameter.name in _RESERVED:
            raise _complaint(
                function,
                f"{function.__name__} has a parameter {parameter.name}, "
                f"which every block has a use for already",
                "give the parameter another name",
            )
    twice = [name for name in ports if ports.count(name) > 1]
    if twice:
        raise _complaint(
            function,
            f"{function.__name__} has an output and a coefficient named {twice[0]}",
            "give one of them another name",
        )


def _require_decimation(function: Function, decimation: int | str, parameters: list[str]) -> None:
    whole = isinstance(decimation, int) and decimation >= 1
    if not whole and decimation not in parameters:
        raise _complaint(
            function,
            f"decimation of {function.__name__} is {decimation!r}",
            f"give a whole number, or the name of a parameter: {', '.join(parameters) or 'none'}",
        )


def _complaint(function: Function, what: str, mend: str) -> StepError:
    code = function.__code__
    place = f"{function.__name__:<24} {Location(code.co_filename, code.co_firstlineno)}"
    return StepError(what, where=(place,), mend=mend)
