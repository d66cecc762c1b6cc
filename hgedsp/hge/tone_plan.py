"""A plan of tones: what they are, what is guaranteed of them, and how good they will be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from hgedsp.checks import (
    BoolArray,
    FloatArray,
    IntArray,
    VectorLike,
    as_vector,
    require,
    require_positive,
)
from hgedsp.hge.collisions import Collisions
from hgedsp.hge.crest import crest_factor, make_phases
from hgedsp.hge.filters import noise_bandwidth_of_poles
from hgedsp.hge.pairs import Pairs
from hgedsp.hge.product_counts import ways

FAR = 64  # bins on each side of a tone that are looked at for the nearest product
NONE_NEAR = 1 << 31

# One-sided power spectral density: a number, one per tone, or a function of frequency.
Density = float | FloatArray | Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class SecondDerivatives:
    """Bins at which second derivatives come out, of a plan of K tones.

    Around the operating point 1/2 f_ij u_i u_j puts, for i < j, amplitude a_i a_j f_ij / 2 on both
    bins (for i = j, a_i^2 f_ii / 4 on the sum; its difference is 0 Hz).

    Attributes
    ----------
    first, second : array of shape (K (K + 1) / 2,)
        Tones i <= j.
    sum_bin, difference_bin : array of the same shape
        Folded into 0 to half the samples per window.
    sum_free, difference_free : array of bool of the same shape
        Whether no tone and no other product up to third order lands there.
    """

    first: IntArray
    second: IntArray
    sum_bin: IntArray
    difference_bin: IntArray
    sum_free: BoolArray
    difference_free: BoolArray

    @property
    def free(self) -> BoolArray:
        """Whether at least one of the two bins is free."""
        return self.sum_free | self.difference_free


@dataclass(frozen=True, eq=False)
class TonePlan:
    """Tones for homodyne gradient extraction, as `plan_tones` makes them.

    Attributes
    ----------
    bins : array of shape (K,)
        Whole periods per window, ascending.
    window : float
        s.
    amplitude, phase : array of shape (K,)
        V (peak), rad: u_k = amplitude sin(2 pi frequency t + phase).
    modulus : int
        Samples per window; where no sample rate is given, a period so long that nothing folds.
    sample_rate : float or None
        Hz.
    order : int
        Order up to which products were kept off the tones, as far as they could be.
    spacing : int
        Least distance between tones that was asked for, in bins.
    low_pass : (float, int) or None
        Time constant (s) and order of the low-pass behind the mixers; None for means over a window.
    phases : str
        How phases were chosen, see `plan_tones`.
    noise_bins : array of shape (K, 2)
        Bins nearest to each tone, below and above it if there are, with no tone and no product up
        to third order on them, and nothing that was to be avoided: what is measured there is
        noise. -1 where none was found.
    collisions : Collisions
        Products on tones, trivial ones left out.
    promises : tuple of str
        What is guaranteed of band and bins.
    pairs : Pairs
        All sums of two tones.
    """

    bins: IntArray
    window: float
    amplitude: FloatArray
    phase: FloatArray
    modulus: int
    sample_rate: float | None
    order: int
    spacing: int
    low_pass: tuple[float, int] | None
    phases: str
    noise_bins: IntArray
    collisions: Collisions
    promises: tuple[str, ...] = field(repr=False)
    pairs: Pairs = field(repr=False)

    def __len__(self) -> int:
        return len(self.bins)

    @property
    def frequency(self) -> FloatArray:
        """Frequencies, Hz, shape (K,)."""
        result: FloatArray = self.bins / self.window
        return result

    @property
    def samples(self) -> int | None:
        """Samples per window, if a sample rate was given."""
        return None if self.sample_rate is None else self.modulus

    @cached_property
    def crest(self) -> float:
        """Crest factor of the sum of the tones: peak over rms."""
        return crest_factor(self.bins, self.amplitude, self.phase)

    @cached_property
    def guarantees(self) -> tuple[str, ...]:
        """What holds for this plan, and what does not, in sentences."""
        return (*self.promises, *self._about_collisions(), *self._about_empty_bins())

    def predicted_error(self, noise: Density, window: float | None = None) -> FloatArray:
        """Return the standard deviation of each derivative by noise, sqrt(2 S B) / amplitude.

        B is the equivalent noise bandwidth: 1 / (2 T) of a mean over T, and that of the poles of
        the low-pass if the plan is for one.

        Parameters
        ----------
        noise : float, array of shape (K,) or callable
            One-sided power spectral density at the tones, A^2/Hz; a function is called with the
            frequencies, Hz.
        window : float, optional
            Time averaged over, s; by default one window of the plan, or the low-pass.

        Returns
        -------
        array of shape (K,)
            A/V. For a mean over whole periods of all tones it is the Cramer-Rao bound for white
            noise.

        Raises
        ------
        ParameterError
            If a density is negative or not finite, or the window is not positive.
        """
        if window is None and self.low_pass is not None:
            bandwidth = noise_bandwidth_of_poles(*self.low_pass)
        else:
            seconds = self.window if window is None else window
            require_positive("predicted_error", "s", window=seconds)
            bandwidth = 1 / (2 * seconds)
        result: FloatArray = np.sqrt(2 * bandwidth * self._density(noise)) / self.amplitude
        return result

    def predicted_collision_error(self, third: float, second: float = 0.0) -> FloatArray:
        """Return the rms error of each derivative by collisions with phases as if drawn at random.

        Parameters
        ----------
        third, second : float
            Rms of the third (A/V^3) and second (A/V^2) derivatives of the device that collide.

        Returns
        -------
        array of shape (K,)
            A/V.

        Notes
        -----
        With known derivatives, `collisions.bias` tells the error itself, sign and all.
        """
        two = self.collisions.spread(self.amplitude, 2) * second
        three = self.collisions.spread(self.amplitude, 3) * third
        result: FloatArray = np.hypot(two, three)
        return result

    def balanced(
        self,
        gradient: VectorLike,
        noise: Density = 1.0,
        *,
        largest: float | None = None,
        total: float | None = None,
        ratio: float = 10.0,
    ) -> TonePlan:
        """Return the plan with amplitudes that give all derivatives the same relative error.

        a_k proportional to sqrt(S(f_k)) / |g_k|: the signals a_k g_k stand equally far above the
        noise. Phases are chosen anew, in the way of this plan.

        Parameters
        ----------
        gradient : array of shape (K,)
            A first estimate of the derivatives, A/V.
        noise : float, array of shape (K,) or callable, optional
            Power spectral density, A^2/Hz; only its shape matters.
        largest : float, optional
            Largest amplitude, V; by default that of this plan.
        total : float, optional
            Root of the sum of squares of all amplitudes, V, instead of `largest`.
        ratio : float, optional
            Largest over smallest amplitude at most: a derivative that happens to be near 0 would
            take it all.

        Returns
        -------
        TonePlan

        Raises
        ------
        ParameterError
            If `gradient` has not one number per tone or is all 0, both sizes are given, or one of
            them is not positive.
        """
        size = as_vector("balanced", "gradient", gradient, "A/V")
        require(
            size.size == len(self),
            f"balanced needs one derivative per tone, got {size.size} for {len(self)} tones",
            "give the gradient in the order of the tones",
        )
        require(
            bool(np.any(size != 0)),
            "balanced cannot weigh tones by a gradient that is 0 everywhere",
            "measure it at another operating point",
        )
        require(
            largest is None or total is None,
            "balanced takes the largest amplitude or the total, not both",
            "leave one of them out",
        )
        require(
            ratio >= 1, f"balanced needs ratio of at least 1, got {ratio!r}", "give it, say, 10"
        )
        weight = np.sqrt(self._density(noise)) + np.zeros(len(self))
        need = weight / np.maximum(np.abs(size), np.finfo(np.float64).tiny)
        need = np.minimum(need, ratio * need.min())
        if total is not None:
            require_positive("balanced", "V", total=total)
            amplitude = need * (total / np.sqrt(np.sum(need**2)))
        else:
            top = float(self.amplitude.max()) if largest is None else largest
            require_positive("balanced", "V", largest=top)
            amplitude = need * (top / need.max())
        phase = make_phases(self.phases, self.bins, amplitude)
        return replace(self, amplitude=amplitude, phase=phase)

    @cached_property
    def second_derivatives(self) -> SecondDerivatives:
        """Bins of second derivatives, and which of them are free for it."""
        i, j = np.triu_indices(len(self))
        total, difference = self.bins[i] + self.bins[j], self.bins[j] - self.bins[i]
        total_free, difference_free = np.split(self._free(np.append(total, difference)), 2)
        return SecondDerivatives(
            i,
            j,
            _folded(total, self.modulus),
            difference,
            total_free,
            difference_free & (i != j),
        )

    @cached_property
    def nearest_products(self) -> IntArray:
        """Distance (bins, with sign) from each tone to the nearest product on no tone, shape (K,).

        Products of second and third order; 0 where one falls on the tone, `NONE_NEAR` where none
        is within `FAR` bins.
        """
        nearest = np.full(len(self), NONE_NEAR, dtype=np.int64)
        for order in range(2, self.order + 1):
            nearest[self.collisions.spread(self.amplitude, order) > 0] = 0
        for distance in range(1, FAR + 1):
            for signed in (-distance, distance):
                bins = self.bins + signed
                open_ = (nearest == NONE_NEAR) & ~np.isin(bins, self.bins)
                places = np.flatnonzero(open_)
                places = places[self.pairs.reach(bins[places])]
                nearest[places] = signed
            if np.all(nearest < NONE_NEAR):
                break
        return nearest

    def _free(self, bins: IntArray) -> BoolArray:
        """Tell at which bins one product of second order is alone."""
        # The bin at half the samples is its own mirror image, and holds no phase.
        alone = (self.pairs.number(bins) == 1) & (2 * bins % self.modulus != 0)
        folded = _folded(bins, self.modulus)
        alone &= ~np.isin(folded, self.bins)
        if not (self.all_odd and self.modulus % 2 == 0):  # else third order falls on odd bins
            alone &= ways(self.bins, 3, self.modulus, folded) == 0
        return np.asarray(alone)

    @property
    def all_odd(self) -> bool:
        """Whether all tones stand on odd bins."""
        return bool(np.all(self.bins % 2 == 1))

    def _density(self, noise: Density) -> FloatArray:
        value = noise(self.frequency) if callable(noise) else noise
        density = as_vector("the noise", "density", value, "A^2/Hz")
        require(
            density.size in (1, len(self)) and bool(np.all(density >= 0)),
            f"the noise needs a density of at least 0, one for all tones or one each, got {value}",
            "give a power spectral density in A^2/Hz",
        )
        return density

    def _about_collisions(self) -> tuple[str, ...]:
        found = self.collisions
        if not len(found):
            return (
                f"no product up to order {self.order} of any tones falls on a tone"
                + ("" if self.sample_rate is None else ", folded about the sample rate or not"),
            )
        lines = []
        for order in (2, 3):
            number = round(found.total[order - 2])
            if not number:
                continue
            spread = float(np.sqrt(np.mean(found.spread(self.amplitude, order) ** 2)))
            unit, name = ("V", "second") if order == 2 else ("V^2", "third")
            lines.append(
                f"{number} products of {name} order fall on tones: rms error {spread:.3g} {unit} "
                f"times the {name} derivatives"
            )
        if not found.complete:
            lines.append(f"only {len(found)} of these products are listed")
        return tuple(lines)

    def _about_empty_bins(self) -> tuple[str, ...]:
        found = self.noise_bins >= 0
        free = self.second_derivatives.free
        return (
            f"{found.any(axis=1).sum()} of {len(self)} tones have an empty bin within 8 of them, "
            "for the noise floor",
            f"{free.sum()} of {len(free)} second derivatives have a bin to themselves",
        )


def _folded(bins: IntArray, modulus: int) -> IntArray:
    rest = bins % modulus
    return np.minimum(rest, modulus - rest)
