"""Windows that hold whole periods of all tones."""

from __future__ import annotations

import math

from hgedsp.blocks.exact_ratios import exact_ratio
from hgedsp.checks import FloatArray

# Long enough for tones 10 Hz apart, short enough to see a drift.
_WANTED_SECONDS = 0.1
# Fewer windows than this say little about how far they scatter.
_WANTED_WINDOWS = 16


def common_period(frequency: FloatArray, rate: float) -> int:
    """Return the smallest number of samples in which every tone makes a whole number of periods.

    It is exact, for the decimal numbers as written, and may be longer than any recording.
    """
    return math.lcm(*(exact_ratio(float(f), rate).denominator for f in frequency))


def natural_window(frequency: FloatArray, rate: float, samples: int) -> int | None:
    """Return the window (samples) to take where none is given, or None if no common period fits.

    The multiple of the common period nearest to 0.1 s, or to a 16th of the trace if that is less;
    at least two samples.
    """
    period = common_period(frequency, rate)
    wanted = min(_WANTED_SECONDS * rate, samples / _WANTED_WINDOWS)
    # Below 1 Hz the clock counts samples, not seconds.
    wanted = samples / _WANTED_WINDOWS if rate <= 1 else wanted
    window = max(1, round(wanted / period)) * period
    return window if 2 <= window <= samples else None
