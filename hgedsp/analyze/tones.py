"""The tones a trace was recorded with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hgedsp.blocks.tone_generator import ToneGenerator
from hgedsp.checks import FloatArray, as_vector
from hgedsp.errors import ParameterError
from hgedsp.units import format_quantity

_HERTZ, _CYCLES = "frequency_Hz", "frequency_cycles_per_sample"


@dataclass(frozen=True)
class Tones:
    """Tones as they arrive at the detector, and the clock they are counted by.

    Attributes
    ----------
    generator : ToneGenerator
        Frequencies, amplitudes (V) and phases at the first sample, with the delay taken off.
    rate : float
        Samples per second, Hz; 1 where only cycles per sample are known.
    in_cycles : bool
        Whether frequencies are in cycles per sample, for want of a sample rate.
    phase_known : bool
        Whether phases were given; if not they are 0.
    """

    generator: ToneGenerator
    rate: float
    in_cycles: bool
    phase_known: bool

    @property
    def frequency(self) -> FloatArray:
        """Frequencies, Hz, or cycles per sample."""
        return as_vector("Tones", "frequency", self.generator.frequency)

    @property
    def amplitude(self) -> FloatArray:
        """Amplitudes (peak), V, shape (K,)."""
        amplitude = as_vector("Tones", "amplitude", self.generator.amplitude)
        return np.broadcast_to(amplitude, self.frequency.shape)


def tones_from(arrays: Mapping[str, Any], rate: float | None, where: str) -> Tones:
    """Read tones from named arrays, of a .json file or beside a trace.

    Parameters
    ----------
    arrays : mapping of str to array
        `frequency_Hz` or `frequency_cycles_per_sample`; `amplitude_V`; optional `phase_rad` (0),
        `delay_s` from the tone generator to the detector (0), and `sample_rate_Hz`.
    rate : float or None
        Sample rate of the trace, Hz, if known; counts more than `sample_rate_Hz`.
    where : str
        File the arrays came from, for errors.

    Raises
    ------
    ParameterError
        If an array is missing, lengths differ, no sample rate is known, or a tone does not lie
        between 0 and half the sample rate.

    Notes
    -----
    A delay turns the phase of tone k by -2 pi f_k delay.
    """
    if rate is None and "sample_rate_Hz" in arrays:
        rate = float(_vector(arrays, "sample_rate_Hz", where)[0])
    unit = _HERTZ if _HERTZ in arrays else _CYCLES
    frequency = _vector(arrays, unit, where)
    in_cycles = rate is None and unit == _CYCLES
    rate = 1.0 if in_cycles else rate
    if rate is None:
        raise ParameterError(
            "the sample rate is not known, so tones in Hz cannot be found",
            where=(where,),
            mend="give sample_rate, samples per second, or sample_rate_Hz beside the tones",
        )
    frequency = frequency * rate if unit == _CYCLES else frequency
    _check_range(frequency, rate, in_cycles, where)
    vectors = {"amplitude_V": _vector(arrays, "amplitude_V", where)}
    for name in ("phase_rad", "delay_s"):
        vectors[name] = _vector(arrays, name, where) if name in arrays else np.zeros(1)
    given = {name: v for name, v in vectors.items() if name in arrays}
    _check_lengths({unit: frequency, **given}, where)
    phase = vectors["phase_rad"] - 2 * np.pi * frequency * vectors["delay_s"]
    generator = ToneGenerator(frequency, vectors["amplitude_V"], phase)
    return Tones(generator, rate, in_cycles, "phase_rad" in arrays)


def _vector(arrays: Mapping[str, Any], name: str, where: str) -> FloatArray:
    if name not in arrays:
        raise ParameterError(
            f"the tones have no {name}",
            where=(where,),
            mend=f"give {_HERTZ} (or {_CYCLES}) and amplitude_V, one number per tone",
        )
    try:
        vector = as_vector("the list of tones", name, arrays[name])
    except ParameterError as error:
        raise ParameterError(error.what, where=(where,), mend=error.mend) from None
    if name == "amplitude_V" and not np.all(vector > 0):
        raise ParameterError(
            f"tone {int(np.argmin(vector))} has an amplitude of {vector.min():g} V",
            where=(where,),
            mend="give amplitudes (peak) above 0 V: the derivative is divided by them",
        )
    return vector


def _check_range(frequency: FloatArray, rate: float, in_cycles: bool, where: str) -> None:
    for k in np.flatnonzero((frequency <= 0) | (frequency >= rate / 2))[:1]:
        if in_cycles:
            value, half = f"{frequency[k]:g} cycles per sample", "0.5"
        else:
            value, half = format_quantity(frequency[k], "Hz", 6), format_quantity(rate / 2, "Hz", 6)
        raise ParameterError(
            f"tone {k} at {value} does not lie between 0 and half the sample rate, {half}",
            where=(where,),
            mend="sample at more than twice the highest tone, or check the unit of the tones",
        )


def _check_lengths(vectors: Mapping[str, FloatArray], where: str) -> None:
    # The first are the frequencies: they say how many tones there are.
    count = next(iter(vectors.values())).size
    if any(v.size not in (1, count) for v in vectors.values()):
        listing = ", ".join(f"{name} has {v.size}" for name, v in vectors.items())
        raise ParameterError(
            f"the arrays of the tones differ in length: {listing}",
            where=(where,),
            mend="give one number per tone, or a single one for all tones",
        )
