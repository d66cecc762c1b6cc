"""One case of the study of accuracy: repeated estimates beside what was predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray

TOLERANCE = 0.10  # relative, of bias and variance
Z95 = 1.96  # half the width of a 95 % interval, in standard errors


@dataclass(frozen=True)
class Ratio:
    """A measured value over the predicted one, with its standard error."""

    value: float
    standard_error: float

    @property
    def half_width(self) -> float:
        """Of the 95 % interval."""
        return Z95 * self.standard_error

    def agrees(self, strictly: bool) -> bool:
        """Tell whether the 95 % interval lies within the tolerance, or, not strictly, meets it."""
        off = abs(self.value - 1)
        return off + (self.half_width if strictly else -self.half_width) <= TOLERANCE

    def __str__(self) -> str:
        return f"{self.value:6.3f} +- {self.half_width:.3f}"


def _ratio(per_repeat: FloatArray) -> Ratio:
    """Return the mean over repeats, and its standard error by their scatter.

    Tones that scatter together are dealt with by this: each repeat gives one number for all.
    """
    return Ratio(float(per_repeat.mean()), float(per_repeat.std(ddof=1) / np.sqrt(per_repeat.size)))


@dataclass(frozen=True)
class Case:
    """A device under one noise behind one filter: repeated estimates and their prediction.

    Attributes
    ----------
    values : array of shape (R, K)
        Estimates, A/V.
    gradient, predicted_mean, predicted_variance : array of shape (K,)
        A/V, A/V, (A/V)^2.
    bound : array of shape (K,) or None
        The Cramer-Rao bound, (A/V)^2, where there is one.
    """

    device: str
    law: str
    noise: str
    filter: str
    values: FloatArray
    gradient: FloatArray
    predicted_mean: FloatArray
    predicted_variance: FloatArray
    bound: FloatArray | None = None

    @property
    def repeats(self) -> int:
        """Number of estimates R."""
        return len(self.values)

    @property
    def tones(self) -> int:
        """Number of tones K."""
        return self.gradient.size

    @property
    def predicted_bias(self) -> FloatArray:
        """A/V, shape (K,)."""
        result: FloatArray = self.predicted_mean - self.gradient
        return result

    @property
    def measured_bias(self) -> FloatArray:
        """A/V, shape (K,)."""
        result: FloatArray = self.values.mean(axis=0) - self.gradient
        return result

    @property
    def bias_ratio(self) -> Ratio:
        """Measured bias over predicted one, of all tones together: least squares through zero."""
        predicted = self.predicted_bias
        return _ratio((self.values - self.gradient) @ predicted / (predicted @ predicted))

    @property
    def unexplained(self) -> float:
        """Bias that the prediction misses, noise taken off, rms over that of the prediction."""
        miss = self.values.mean(axis=0) - self.predicted_mean
        by_chance = self.values.var(axis=0, ddof=1) / self.repeats
        left = max(0.0, float(np.sum(miss**2 - by_chance)))
        return float(np.sqrt(left) / np.linalg.norm(self.predicted_bias))

    @property
    def variance_ratio(self) -> Ratio:
        """Measured variance over predicted one, mean of all tones."""
        return _ratio(self._squares(self.predicted_variance))

    @property
    def efficiency(self) -> Ratio | None:
        """Cramer-Rao bound over measured variance."""
        if self.bound is None:
            return None
        inverse = _ratio(self._squares(self.bound))
        return Ratio(1 / inverse.value, inverse.standard_error / inverse.value**2)

    def agrees(self, strictly: bool) -> bool:
        """Tell whether bias and variance are as predicted."""
        ratios = self.bias_ratio.agrees(strictly) and self.variance_ratio.agrees(strictly)
        return ratios and self.unexplained <= TOLERANCE

    def _squares(self, variance: FloatArray) -> FloatArray:
        deviation = self.values - self.values.mean(axis=0)
        share = self.repeats / (self.repeats - 1)
        result: FloatArray = share * np.mean(deviation**2 / variance, axis=1)
        return result
