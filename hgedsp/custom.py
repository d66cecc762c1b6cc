"""Blocks from plain functions: `@block` turns a step into a class like any built-in one."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np

from hgedsp.block import Block, Coefficients
from hgedsp.checks import FloatArray, as_vector, per_lane, require, require_integer
from hgedsp.custom_plan import Function, Plan, dtype_of, make_plan


def block(
    step: Function | None = None,
    /,
    *,
    inputs: str = "x",
    outputs: str = "y",
    state: str = "",
    coefficients: str = "",
    prepare: Function | None = None,
    response: Function | None = None,
    decimation: int | str = 1,
) -> Any:
    """Turn a function that says what happens to one sample of one lane into a block.

    The function becomes a class, to be used like any built-in block: it runs over any number of
    lanes, shares the loop of its neighbours, is cached, and its parameters can be set between
    chunks as ``kernel.parameters["leaky.leak"]``. Its arguments are, in this order,

    1. the inputs,
    2. ``position``, 0 to n - 1 in the window, if `decimation` n is above 1,
    3. the state variables,
    4. the parameters, with or without defaults.

    It returns the outputs, then the new state. It may use numbers, `math`, loops, and other
    functions decorated with `numba.extending.register_jitable`.

    Parameters
    ----------
    step : callable
        The function; given by ``@block`` without parentheses.
    inputs, outputs, state : str
        Comma-separated names, one value per lane each: ``"x"`` means ``"x[K]"``. An input with a
        default may stay unconnected (``"gate=1"``); a state starts at 0, or at its default
        (``"y1=0.5"``). ``"count: int64"`` is a whole number. An output with the name of a state
        is registered: it shows the state before this tick, closes loops, and is returned once.
    coefficients : str
        The last arguments of the function, if some should be whole numbers (``"a, n: int64"``);
        taken from the function if left out, where the annotation ``n: int`` says the same.
    prepare : callable
        ``prepare(rate, parameters...) -> coefficients``: turns engineering units into numbers for
        the function once the sample rate (Hz) is known. Its arguments after the first are the
        parameters, and what it returns, a number or a tuple, comes in their place. It sees plain
        numbers: where a parameter has one value per lane, it is called once for each.
    response : callable
        ``response(frequency, rate, parameters...)``: complex gain at frequencies (Hz), if linear.
    decimation : int or str
        Input ticks per output tick, or the name of the parameter that says so.

    Returns
    -------
    class
        A `Block`; its parameters are keyword arguments or come by position. Each is a finite
        number, or a sequence with one per lane.

    Raises
    ------
    StepError
        If the arguments of the function are not those above.

    Examples
    --------
    >>> import math
    >>> @block(state="y1")
    ... def Leaky(x, y1, leak=0.9):
    ...     y = leak * y1 + (1 - leak) * x
    ...     return y, y
    >>> def pole(rate, time_constant=1e-3):
    ...     return -math.expm1(-1 / (rate * time_constant))
    >>> @block(state="y1", prepare=pole)
    ... def Smooth(x, y1, a):
    ...     y = y1 + a * (x - y1)
    ...     return y, y
    >>> Smooth(time_constant=2e-3).label
    'smooth'
    """

    def decorate(function: Function) -> type[Any]:
        plan = make_plan(function, inputs, outputs, state, coefficients, prepare, decimation)
        return _make_class(plan, response)

    return decorate if step is None else decorate(step)


def _make_class(plan: Plan, response: Function | None) -> type[Any]:
    """Make the class: a frozen dataclass with the parameters for fields."""
    owner = plan.function.__name__
    names = [p.name for p in plan.parameters]

    def values(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def wide(self: Any) -> dict[str, FloatArray]:
        return {name: v for name, v in zip(names, values(self), strict=True) if np.ndim(v)}

    def post_init(self: Any) -> None:
        for parameter in plan.parameters:
            value = _checked(owner, parameter, getattr(self, parameter.name))
            object.__setattr__(self, parameter.name, value)
        if isinstance(plan.decimation, str):
            require_integer(owner, 2, **{plan.decimation: getattr(self, plan.decimation)})
        if wide(self):
            object.__setattr__(self, "ports", plan.ports(wide=True))
            per_lane(owner, **wide(self))

    def coefficients(self: Any, rate: float) -> Coefficients:
        if plan.prepare is None:
            return tuple(values(self))
        # Lane by lane, so that `prepare` can be written with `math` on plain numbers.
        lanes = np.broadcast_arrays(*(np.atleast_1d(value) for value in values(self)))
        rows = zip(*(lane.tolist() for lane in lanes), strict=True) if lanes else [()]
        results = [_finite(owner, plan.prepare(rate, *row)) for row in rows]
        return tuple(np.array(column) for column in zip(*results, strict=True))

    def ticks(self: Any) -> int:
        named = plan.decimation
        return int(getattr(self, named)) if isinstance(named, str) else named

    members: dict[str, Any] = {
        "__doc__": plan.function.__doc__,
        "ports": plan.ports(wide=False),
        "step": staticmethod(plan.function),
        "__post_init__": post_init,
        "lanes": lambda self: per_lane(owner, **wide(self)),
        "coefficients": coefficients,
        "initial": lambda self, rate: {p.name: p.default or 0.0 for p in plan.state},
        "decimation": property(ticks),
    }
    if response is not None:
        members["response"] = lambda self, frequency, rate: response(frequency, rate, *values(self))
    fields = [_field(parameter) for parameter in plan.parameters]
    made = dataclasses.make_dataclass(
        owner, fields, bases=(Block,), namespace=members, frozen=True, eq=False
    )
    made.__module__, made.__qualname__ = plan.function.__module__, plan.function.__qualname__
    return made


def _field(parameter: inspect.Parameter) -> Any:
    if parameter.default is inspect.Parameter.empty:
        return parameter.name, Any
    default = parameter.default
    # A dataclass takes no list or array for a default.
    default = tuple(default) if isinstance(default, (list, np.ndarray)) else default
    return parameter.name, Any, dataclasses.field(default=default)


def _checked(owner: str, parameter: inspect.Parameter, value: Any) -> Any:
    """Return a finite number, or a read-only vector of them."""
    vector = as_vector(owner, parameter.name, value)
    if dtype_of(parameter) == "int64":
        require(
            bool(np.all(vector == np.rint(vector))),
            f"{owner} needs a whole number for {parameter.name}, got {value!r}",
            f"give {parameter.name} a whole number, or take the annotation int away",
        )
    return vector if np.ndim(value) else value


def _finite(owner: str, result: Any) -> tuple[float, ...]:
    """Return what `prepare` gave as a tuple of finite numbers."""
    numbers = tuple(result) if isinstance(result, (tuple, list)) else (result,)
    for number in numbers:
        require(
            bool(np.isfinite(number)),
            f"prepare of {owner} gives {number!r}",
            "let prepare return finite numbers, or refuse the parameter with an error of its own",
        )
    return numbers
