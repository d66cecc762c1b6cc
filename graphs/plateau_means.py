"""Level and derivatives of each case, averaged over its plateau."""

from __future__ import annotations

from hgedsp.blocks import IntegrateAndDump, ToneGenerator
from hgedsp.graphs.gradient_extraction import demodulate
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.wire import Wire, as_wire


def plateau_means(
    signal: Wire,
    tone: ToneGenerator,
    *,
    window: int,
    skip: int,
    path: SignalPath,
    shares: Wire | None = None,
) -> tuple[Wire, Wire]:
    """Wire means over plateaus.

    Parameters
    ----------
    signal : Wire
        Recorded current, one lane.
    tone : ToneGenerator
        K tones, whole periods in `window` - `skip` samples.
    window, skip : int
        Samples per case, and those at its start that are left out.
    path : SignalPath
        What is taken out of the derivatives.
    shares : Wire, optional
        As for `demodulate`.

    Returns
    -------
    level, derivative : Wire
        One lane, and K lanes per volt, once per case.
    """
    level = as_wire(IntegrateAndDump(window, skip, name="level")(signal))
    corrections = path.corrections(tone.frequency)
    derivative = demodulate(signal, tone, window=window, skip=skip, shares=shares, **corrections)
    return level, derivative
