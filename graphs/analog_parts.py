"""The parts of an analog learning circuit, and how far they are off."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from hgedsp.checks import FloatArray, require_not_negative

RAIL_V = 10.0  # supply of all amplifiers, and scale of the multipliers


@dataclass(frozen=True)
class Tolerances:
    """How far parts are off: standard deviations of what is drawn for each part.

    Parameters
    ----------
    offset : float
        Of the multipliers' inputs and output and of the amplifiers' inputs, as a share of the
        10 V supply.
    gain : float
        Of every gain: mixers, squarer, amplifiers, attenuators, integrators; relative.
    phase : float
        Of each tone's reference against the tone, rad.
    time_constant : float
        Of every R C; relative.
    leak : float
        Rate at which the integrators lose their charge, 1/s. All lose it alike: no draw.
    """

    offset: float = 0.0
    gain: float = 0.0
    phase: float = 0.0
    time_constant: float = 0.0
    leak: float = 0.0

    def __post_init__(self) -> None:
        units = {"phase": "rad", "leak": "1/s"}
        for field in fields(self):
            value = {field.name: getattr(self, field.name)}
            require_not_negative("Tolerances", units.get(field.name, ""), **value)


@dataclass(frozen=True)
class AnalogParts:
    """The parts of one circuit with K controls, as drawn; arrays have shape (K,).

    Gains and time constants are factors on the wanted value, offsets are in V, phases in rad.
    """

    mixer_gain_error: FloatArray
    mixer_x_offset: FloatArray
    mixer_y_offset: FloatArray
    mixer_output_offset: FloatArray
    tone_gain: FloatArray
    control_gain: FloatArray
    integrator_gain: FloatArray
    integrator_offset: FloatArray
    phase: FloatArray
    resistance: FloatArray
    squarer_gain_error: float
    squarer_offset: float
    squarer_output_offset: float
    input_gain: float
    loss_gain: float
    coupling: float
    loss_coupling: float
    leak: float

    @classmethod
    def draw(cls, tolerances: Tolerances, count: int, seed: int) -> AnalogParts:
        """Draw the parts of one circuit; twice the tolerance of a seed is twice off.

        Parameters
        ----------
        tolerances : Tolerances
            Standard deviations.
        count : int
            Number of controls K.
        seed : int
            The same seed and count give the same deviates, whatever the tolerances.

        Returns
        -------
        AnalogParts
        """
        normal = np.random.default_rng([seed, count]).standard_normal
        offset, gain = tolerances.offset * RAIL_V, tolerances.gain

        def factor(size: int, spread: float) -> Any:
            # Log-normal: never zero or negative, and 1 + spread to first order.
            return np.exp(spread * normal(size))

        return cls(
            mixer_gain_error=factor(count, gain) - 1.0,
            mixer_x_offset=offset * normal(count),
            mixer_y_offset=offset * normal(count),
            mixer_output_offset=offset * normal(count),
            tone_gain=factor(count, gain),
            control_gain=factor(count, gain),
            integrator_gain=factor(count, gain),
            integrator_offset=offset * normal(count),
            phase=tolerances.phase * normal(count),
            resistance=factor(count, tolerances.time_constant),
            squarer_gain_error=float(factor(1, gain)[0] - 1.0),
            squarer_offset=float(offset * normal()),
            squarer_output_offset=float(offset * normal()),
            input_gain=float(factor(1, gain)[0]),
            loss_gain=float(factor(1, gain)[0]),
            coupling=float(factor(1, tolerances.time_constant)[0]),
            loss_coupling=float(factor(1, tolerances.time_constant)[0]),
            leak=tolerances.leak,
        )
