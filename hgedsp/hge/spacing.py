"""How far apart tones have to be for little of a neighbour to come through."""

from __future__ import annotations

import math

from hgedsp.checks import require, require_integer, require_positive


def boxcar_spacing(leakage: float, window: float) -> float:
    """Return the spacing (Hz) at which a mean over a window lets through `leakage` at most.

    A neighbour of amplitude A at spacing df adds at most A / (pi df T), whatever the phases. (Where
    windows hold whole periods of both tones nothing comes through at any spacing.)

    Raises
    ------
    ParameterError
        If `leakage` does not lie between 0 and 1, or `window` (s) is not positive.
    """
    _require_share(leakage)
    require_positive("boxcar_spacing", "s", window=window)
    return 1 / (math.pi * leakage * window)


def low_pass_spacing(leakage: float, time_constant: float, order: int = 1) -> float:
    """Return the spacing (Hz) at which cascaded one-poles let through `leakage` at most.

    A neighbour of amplitude A at spacing df adds at most A |H(df)| with
    |H(f)| = (1 + (2 pi f tau)^2)^(-order / 2).

    Raises
    ------
    ParameterError
        If `leakage` does not lie between 0 and 1, `time_constant` (s) is not positive, or `order`
        is no whole number of at least 1.
    """
    _require_share(leakage)
    require_positive("low_pass_spacing", "s", time_constant=time_constant)
    require_integer("low_pass_spacing", 1, order=order)
    return math.sqrt(leakage ** (-2 / order) - 1) / (2 * math.pi * time_constant)


def _require_share(leakage: float) -> None:
    require(
        isinstance(leakage, (int, float)) and 0 < leakage < 1,
        f"leakage is a share between 0 and 1, got {leakage!r}",
        "give, for example, 0.01: one hundredth of a neighbour's signal",
    )
