"""A lock-in amplifier with one reference per tone."""

from __future__ import annotations

from hgedsp.blocks import Decimate, Input, IntegrateAndDump, LowPass, Mixer, ToneGenerator
from hgedsp.checks import VectorLike, require, require_integer, require_positive
from hgedsp.graph import Graph
from hgedsp.units import format_rate
from hgedsp.wire import Wire, as_wire


def lock_in(
    tones: ToneGenerator | VectorLike,
    sample_rate: float,
    *,
    phase: VectorLike = 0.0,
    window: int | None = None,
    time_constant: float | None = None,
    order: int = 1,
    rate: float | None = None,
) -> Graph:
    """Demodulate a signal at K tones at once.

    in_phase_k = 2 mean(signal sin(2 pi f_k t + phase_k)),   quadrature_k with the cosine

    A signal A sin(2 pi f_k t + phase_k) gives in_phase_k = A and quadrature_k = 0. In-phase over
    the amplitude of the perturbation is the homodyne gradient.

    Parameters
    ----------
    tones : ToneGenerator, or array of shape (K,)
        The references; frequencies in Hz will do.
    sample_rate : float
        Samples per second, Hz.
    phase : float or array of shape (K,), optional
        Phases at sample 0, rad, where `tones` are frequencies.
    window : int, optional
        Samples per mean; one value per window. Tones that make whole numbers of periods in it are
        separated exactly, and from a constant.
    time_constant : float, optional
        Time constant of a low-pass instead of windows, s.
    order : int, optional
        Order of the low-pass, 1 to 8.
    rate : float, optional
        Values per second behind the low-pass, Hz; the sample rate over a whole number.

    Returns
    -------
    Graph
        Input ``signal``; outputs ``in_phase`` and ``quadrature`` with K lanes, in the unit of the
        signal.

    Raises
    ------
    ParameterError
        If not exactly one of `window` and `time_constant` is given, `rate` does not divide the
        sample rate, or a tone does not lie below half of it.

    Notes
    -----
    Nothing is subtracted from the signal: an offset and neighbouring tones come through as far as
    the window or low-pass lets them (`hgedsp.analyze.leakage`).
    """
    _check(window, time_constant, rate)
    generator = tones if isinstance(tones, ToneGenerator) else ToneGenerator(tones, 1.0, phase)
    factor = 1 if rate is None else _factor(sample_rate, rate)
    signal = Input("signal")

    def demodulate(reference: Wire, name: str) -> Wire:
        product = Mixer(2.0, name=f"{name}_mixer")(signal, reference)
        if window is not None:
            return as_wire(IntegrateAndDump(window, name=name)(product))
        assert time_constant is not None
        smooth = LowPass(time_constant, order, name=f"{name}_low_pass")(product)
        return as_wire(smooth if factor == 1 else Decimate(factor, name=name)(smooth))

    outputs = {
        "in_phase": demodulate(generator.in_phase, "in_phase"),
        "quadrature": demodulate(generator.quadrature, "quadrature"),
    }
    return Graph(sample_rate, outputs, name="lock_in")


def _check(window: int | None, time_constant: float | None, rate: float | None) -> None:
    require(
        (window is None) != (time_constant is None),
        f"lock_in needs a window or a time constant, got {'neither' if window is None else 'both'}",
        "give window, in samples, or time_constant, in s",
    )
    require(
        window is None or rate is None,
        "lock_in with a window gives one value per window, so it takes no rate",
        "leave rate out",
    )
    if window is not None:
        require_integer("lock_in", 2, window=window)


def _factor(sample_rate: float, rate: float) -> int:
    require_positive("lock_in", "Hz", rate=rate)
    factor = round(sample_rate / rate)
    near = f", {format_rate(sample_rate / factor)} for example" if factor else ""
    require(
        factor >= 1 and abs(factor * rate / sample_rate - 1) < 1e-9,
        f"lock_in cannot give {format_rate(rate)} from {format_rate(sample_rate)}: "
        "it keeps every n-th value",
        f"give the sample rate over a whole number{near}",
    )
    return factor
