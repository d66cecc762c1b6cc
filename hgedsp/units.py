"""Numbers with units, for people."""

from __future__ import annotations

import math

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def format_quantity(value: float, unit: str, digits: int = 4) -> str:
    """Write a number with an SI prefix: ``format_quantity(2.5e-9, "A")`` is ``2.5 nA``."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    power = min(max(3 * math.floor(math.log10(abs(value)) / 3), -15), 9)
    return f"{value / 10.0**power:.{digits}g} {_PREFIXES[power]}{unit}"


def format_rate(rate: float) -> str:
    """Write a sample rate: ``1 MHz``, ``12.5 kHz``."""
    return format_quantity(rate, "Hz", 6)
