"""How well a share is known that was counted."""

from __future__ import annotations

import math

from hgedsp.checks import require, require_integer

# Quantile of the normal distribution that leaves 2.5 % on either side.
_NORMAL_975 = 1.959963984540054


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability, from how often it came true.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n),   p = successes / n

    Parameters
    ----------
    successes : int
        From 0 to `trials`.
    trials : int
        How many independent ones there were, n, from 1.

    Raises
    ------
    ParameterError
        If a number is not one of these.

    References
    ----------
    .. [1] E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209.
    """
    require_integer("wilson_interval", 1, trials=trials)
    require_integer("wilson_interval", 0, successes=successes)
    require(
        successes <= trials,
        f"wilson_interval got {successes} successes in {trials} trials",
        "count each trial once",
    )
    z2 = _NORMAL_975**2
    p, size = successes / trials, 1.0 + z2 / trials
    middle = p + z2 / (2 * trials)
    half = _NORMAL_975 * math.sqrt(p * (1 - p) / trials + z2 / (4 * trials**2))
    # Rounding would leave a trace of the other end where nothing, or everything, came true.
    low = 0.0 if successes == 0 else (middle - half) / size
    high = 1.0 if successes == trials else (middle + half) / size
    return low, high
