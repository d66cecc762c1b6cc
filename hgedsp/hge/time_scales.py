"""Whether averaging, learning and the device leave each other enough room in time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import (
    VectorLike,
    all_positive,
    as_vector,
    require,
    require_integer,
    require_positive,
)

CRITICAL_DAMPING = 0.25


@dataclass(frozen=True)
class TimeScales:
    """Ratios of times, each of which should be small.

    Attributes
    ----------
    learning_to_averaging : float
        eta lambda tau: how far a parameter moves within the filter's memory. The loop with one
        pole is critically damped at 1/4; with n poles tau counts n times.
    averaging_to_lowest_tone : float
        1/(2 pi f_min tau): what one pole leaves of a constant and of the ripple.
    averaging_to_spacing : float
        1/(2 pi spacing tau): what one pole leaves of the nearest neighbour; 0 for one tone.
    learning_to_lowest_tone : float
        eta lambda/(2 pi f_min): how far a parameter moves within a period, which the lock-in
        takes for signal.
    tones_to_device : float
        f_max over the device's cutoff, if that is given; else 0.
    warnings : tuple of str
        What is too large, and what to do about it.
    """

    learning_to_averaging: float
    averaging_to_lowest_tone: float
    averaging_to_spacing: float
    learning_to_lowest_tone: float
    tones_to_device: float
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        rows = [
            f"{name.replace('_', ' '):<26}{value:9.3g}"
            for name, value in vars(self).items()
            if name != "warnings"
        ]
        return "\n".join([*rows, *(f"  {warning}" for warning in self.warnings)])


def time_scales(
    frequency: VectorLike,
    time_constant: float,
    order: int,
    learning_rate: float,
    curvature: float,
    device_cutoff: float = math.inf,
) -> TimeScales:
    """Check that eta lambda << 1/tau << the lowest tone and all spacings, and tones << the device.

    Parameters
    ----------
    frequency : array of shape (K,)
        Tones, Hz.
    time_constant : float
        tau of each pole of the low-pass, s.
    order : int
        Number of poles.
    learning_rate : float
        eta, per second.
    curvature : float
        lambda, unit of the loss per V^2.
    device_cutoff : float, optional
        -3 dB frequency of device and amplifier, Hz.

    Returns
    -------
    TimeScales

    Raises
    ------
    ParameterError
        If two tones are equal, `order` is no whole number from 1, or a value is not positive.

    Notes
    -----
    The separation that averaging theory asks of extremum-seeking loops [1]_. The ratios: one pole
    leaves 1/sqrt(1 + (2 pi f tau)^2), about 1/(2 pi f tau), of a frequency f, and a parameter moves
    at the rate eta lambda; n poles delay by n tau.

    References
    ----------
    .. [1] Krstic & Wang (2000), Automatica 36, 595-601.
    """
    owner = "time_scales"
    tones = np.sort(as_vector(owner, "frequency", frequency, "Hz"))
    all_positive(owner, "frequency", tones, "Hz")
    twice = tones[1:][np.diff(tones) == 0]
    require(
        twice.size == 0,
        f"time_scales got two tones at {twice[0] if twice.size else 0:g} Hz",
        "give every parameter a tone of its own",
    )
    require_positive(owner, "s", time_constant=time_constant)
    require_integer(owner, 1, order=order)
    require_positive(owner, "", learning_rate=learning_rate, curvature=curvature)
    if device_cutoff != math.inf:
        require_positive(owner, "Hz", device_cutoff=device_cutoff)
    spacing = float(np.diff(tones).min()) if tones.size > 1 else math.inf
    lowest, highest = float(tones[0]), float(tones[-1])
    pole, speed = 2 * math.pi * time_constant, learning_rate * curvature
    ratios = {
        "learning_to_averaging": order * speed * time_constant,
        "averaging_to_lowest_tone": 1 / (pole * lowest),
        "averaging_to_spacing": 1 / (pole * spacing),
        "learning_to_lowest_tone": speed / (2 * math.pi * lowest),
        "tones_to_device": highest / device_cutoff,
    }
    warnings = tuple(text for name, limit, text in _LIMITS if ratios[name] > limit)
    return TimeScales(**ratios, warnings=warnings)


# An n-pole filter does better than the ratio of one pole says, so these are on the safe side.
_LIMITS = (
    (
        "learning_to_averaging",
        CRITICAL_DAMPING,
        "the loop overshoots: lower the learning rate or the time constant",
    ),
    (
        "averaging_to_lowest_tone",
        0.1,
        "a constant comes through at the lowest tone: raise it, or the time constant",
    ),
    (
        "averaging_to_spacing",
        0.5,
        "neighbours come through: space the tones wider, raise the time constant, "
        "or average over whole periods",
    ),
    (
        "learning_to_lowest_tone",
        0.05,
        "parameters move within a period: lower the learning rate or raise the tones",
    ),
    (
        "tones_to_device",
        0.3,
        "the device turns the phase of the highest tone: lower it, or calibrate the phases",
    ),
)
