"""More tones than fit without collisions: what is predicted of them, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.hge import TonePlan, plan_tones


@dataclass(frozen=True, eq=False)
class FullBand:
    """A quadratic and cubic device with one input per tone, f = (p u)^3 / 6 + (q u)^2 / 2.

    Attributes
    ----------
    plan : TonePlan
    predicted : array of shape (K,)
        What the listed collisions add to each derivative, A/V.
    measured : array of shape (K,)
        What a simulated window gives beyond the terms that every plan has, A/V.
    """

    plan: TonePlan
    predicted: FloatArray
    measured: FloatArray

    @property
    def rms(self) -> float:
        """Rms of the predicted errors, A/V."""
        return float(np.sqrt(np.mean(self.predicted**2)))

    @property
    def disagreement(self) -> float:
        """Largest difference of predicted and measured, relative to `rms`."""
        return float(np.abs(self.predicted - self.measured).max() / self.rms)


def simulate_full_band(count: int, seed: int) -> FullBand:
    """Plan tones on a quarter of the bins they would need, and simulate one window."""
    window = 0.5e-5 * count**2
    rate = 2 * np.ceil(500e3 * window / 2) / window
    plan = plan_tones(count, (100e3, 200e3), window, sample_rate=rate, phases="schroeder")
    samples = plan.modulus
    cubic, quadratic = np.random.default_rng(seed).normal(size=(2, count))
    value = plan.amplitude * np.exp(1j * plan.phase) / 1j * samples / 2

    def along(direction: FloatArray) -> FloatArray:
        spectrum = np.zeros(samples // 2 + 1, dtype=np.complex128)
        spectrum[plan.bins] = direction * value
        return np.fft.irfft(spectrum, samples)

    current = along(cubic) ** 3 / 6 + along(quadratic) ** 2 / 2
    estimate = (np.fft.rfft(current)[plan.bins] / value).real
    power = np.sum((cubic * plan.amplitude) ** 2)
    unavoidable = cubic * power / 4 - cubic**3 * plan.amplitude**2 / 8
    predicted = plan.collisions.bias(
        plan.amplitude,
        plan.phase,
        second=lambda i, j: quadratic[i] * quadratic[j],
        third=lambda i, j, k: cubic[i] * cubic[j] * cubic[k],
    )
    return FullBand(plan, predicted, estimate - unavoidable)
