"""A request for tones: is it sensible, which bins are open to it, what can be promised of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import (
    IntArray,
    require,
    require_integer,
    require_not_negative,
    require_positive,
)
from hgedsp.errors import ParameterError
from hgedsp.hge.leakage import boxcar_spacing, low_pass_spacing
from hgedsp.hge.pairs import Pairs
from hgedsp.hge.pool import Avoided, Pool, bins_of_band, is_avoided
from hgedsp.hge.product_counts import modulus_without_folding
from hgedsp.hge.selection import MOST_TONES_REFINED, choose_bins
from hgedsp.units import format_quantity

_NEAR = 8  # bins on each side of a tone that are looked at for an empty one
_DEFAULT_LEAKAGE = 0.01
_MOST_BINS = 1 << 28  # the search for phases takes 32 bytes for each up to the highest tone
_MOST_SAMPLES = 1 << 52  # sums of products of third order stay exact


@dataclass(frozen=True)
class Request:
    """What `plan_tones` was asked for, checked, and what it leads to."""

    n: int
    band: tuple[float, float]
    window: float
    avoid: tuple[Avoided, ...]
    avoid_width: float | None
    order: int
    sample_rate: float | None
    bandwidth: float | None
    leakage: float | None
    low_pass: tuple[float, int] | None

    def __post_init__(self) -> None:
        require_integer("plan_tones", 1, n=self.n)
        require_integer("plan_tones", 2, 3, order=self.order)
        require_positive("plan_tones", "s", window=self.window)
        self._check_band()
        self._check_avoid()
        if self.bandwidth is not None:
            require_positive("plan_tones", "Hz", bandwidth=self.bandwidth)
            require(
                self.bandwidth > self.band[0],
                f"the band begins at {_hertz(self.band[0])}, but the device ends at "
                f"{_hertz(self.bandwidth)}",
                f"begin the band below {_hertz(self.bandwidth)}",
            )
        require(
            self.low_pass is None or _is_pair(self.low_pass),
            f"low_pass is a time constant and an order, got {self.low_pass!r}",
            "give, for example, low_pass=(0.01, 2)",
        )
        self._check_size()
        if self.sample_rate is not None:
            self._check_rate(self.sample_rate)

    def _check_size(self) -> None:
        most = _MOST_BINS / self.window
        require(
            self.highest <= most,
            f"a window of {self.window:g} s has {self.highest * self.window:.3g} bins up to "
            f"{_hertz(self.highest)}, more than can be searched",
            f"take a window of {_MOST_BINS / self.highest:.3g} s or less, or end the band at "
            f"{_hertz(most)}",
        )

    def _check_band(self) -> None:
        require(
            _is_pair(self.band),
            f"band is a pair of frequencies, got {self.band!r}",
            "give the lowest and the highest frequency, Hz",
        )
        low, high = self.band
        require_not_negative("plan_tones", "Hz", **{"band[0]": low})
        require_positive("plan_tones", "Hz", **{"band[1]": high})
        require(
            low < high,
            f"the band from {_hertz(low)} to {_hertz(high)} is empty",
            "give the lower frequency first",
        )

    def _check_avoid(self) -> None:
        if self.avoid_width is not None:
            require_not_negative("plan_tones", "Hz", avoid_width=self.avoid_width)
        for entry in self.avoid:
            if isinstance(entry, tuple):
                good = _is_pair(entry) and 0 <= entry[0] <= entry[1]
                require(
                    good,
                    f"a band to be avoided goes from a lower to a higher frequency, got {entry!r}",
                    "give (lower, higher), Hz",
                )
            else:
                require_positive("plan_tones", "Hz", avoid=entry)

    def _check_rate(self, rate: float) -> None:
        require_positive("plan_tones", "Hz", sample_rate=rate)
        require(
            self.highest < rate / 2,
            f"the band reaches {_hertz(self.highest)}, but half the sample rate is "
            f"{_hertz(rate / 2)}",
            f"sample at more than {_hertz(2 * self.highest)}, or end the band below "
            f"{_hertz(rate / 2)}",
        )
        samples = self.window * rate
        require(
            samples <= _MOST_SAMPLES,
            f"a window of {self.window:g} s holds {samples:.3g} samples at {_hertz(rate)}",
            f"sample at {_hertz(_MOST_SAMPLES / self.window)} or less, or leave the rate out",
        )
        whole = max(2, 2 * round(samples / 2))
        require(
            abs(samples - round(samples)) < 1e-6 * max(1.0, samples * 1e-3) and round(samples) > 2,
            f"a window of {self.window:g} s holds {samples:.10g} samples at {_hertz(rate)}, which "
            "is no whole number",
            f"take a window of {whole / rate:.12g} s, {whole} samples",
        )

    @property
    def highest(self) -> float:
        """Highest frequency that a tone may have, Hz."""
        return self.band[1] if self.bandwidth is None else min(self.band[1], self.bandwidth)

    @property
    def modulus(self) -> int | None:
        """Samples per window, if there are samples."""
        return None if self.sample_rate is None else round(self.window * self.sample_rate)

    @property
    def least_spacing(self) -> float:
        """Least distance of two tones by the leakage formula, Hz; 0 without one."""
        if self.low_pass is not None:
            share = _DEFAULT_LEAKAGE if self.leakage is None else self.leakage
            return low_pass_spacing(share, *self.low_pass)
        return 0.0 if self.leakage is None else boxcar_spacing(self.leakage, self.window)

    @property
    def spacing(self) -> int:
        """The same in bins, and at least 1."""
        return max(1, math.ceil(self.least_spacing * self.window * (1 - 1e-9)))

    @property
    def width(self) -> float:
        """Distance from a harmonic that is too near, Hz."""
        return 1 / self.window if self.avoid_width is None else self.avoid_width

    def pool(self, window: float, width: float | None, *, clear: bool = True) -> Pool:
        """Return the bins of the band for a window."""
        avoid = self.avoid if clear else ()
        return bins_of_band((self.band[0], self.highest), window, avoid, width)

    def choose(self) -> IntArray:
        """Return the bins of the tones."""
        share = self._share()
        pool = self.pool(self.window / share, self.width)
        modulus = self.modulus and self.modulus // share
        spacing = -(-self.spacing // share)
        best: IntArray | None = None
        least = math.inf
        for part in _parts(pool):
            if part.room < self.n:
                continue
            order = 7 if self.n <= MOST_TONES_REFINED else 3
            period = modulus or modulus_without_folding(int(part.bins[-1]), order)
            bins, collisions = choose_bins(part, self.n, period, spacing)
            # Even bins leave none for noise and second derivatives: only where that frees tones.
            worth = collisions < least if part.step > 1 or best is None else collisions == 0
            if len(bins) == self.n and worth:
                best, least = bins, collisions
            if least == 0:
                break
        if best is None:
            raise self._too_many()
        return share * best

    def _share(self) -> int:
        """Return how many bins may be taken for one, where there are far more than are needed.

        Tones on multiples of an odd number are those of a window shorter by it: their products are
        multiples, too, and the bins between are empty.
        """
        roomy = max(2000, 2 * self.n**2)
        most = int((self.highest - self.band[0]) * self.window / 2 / roomy)
        samples = self.modulus
        for share in range(most - 1 + most % 2, 1, -2):
            if samples is None or samples % share == 0:
                return share
        return 1

    def _too_many(self) -> ParameterError:
        pool = self.pool(self.window, self.width)
        every = len(self.pool(self.window, None, clear=False))
        avoided = f", {every - pool.room} of them to be avoided" if pool.room < every else ""
        apart = f" at least {self.spacing} bins apart" if self.spacing > 1 else ""
        window = self._window_that_fits()
        if window:
            first = f"take a window of {window:.4g} s, a band {self._factor():.3g} times as wide"
        elif self.least_spacing > 0:
            first = "let more of a neighbour come through, take a slower low-pass or a wider band"
        else:
            first = f"avoid less, take a band {self._factor():.3g} times as wide"
        return ParameterError(
            f"{self.n} tones do not fit between {_hertz(self.band[0])} and {_hertz(self.highest)}: "
            f"a window of {self.window:g} s has {every} bins there{avoided}, and room for "
            f"{_packed(pool, self.spacing)} tones{apart}",
            mend=f"{first}, or fewer tones",
        )

    def _factor(self) -> float:
        pool = self.pool(self.window, self.width)
        return (self.n + 1) / max(_packed(pool, self.spacing), 1)

    def _window_that_fits(self) -> float | None:
        """Return a window in which all tones fit, if a longer one helps."""
        window = self.window
        for _ in range(60):
            window *= 1.1
            spacing = max(1, math.ceil(self.least_spacing * window))
            if self.leakage is not None and self.low_pass is None:
                spacing = self.spacing  # of a mean: the same number of bins
            if self.sample_rate is not None:
                window = 2 * math.ceil(window * self.sample_rate / 2) / self.sample_rate
            if _packed(self.pool(window, self.avoid_width), spacing) >= self.n:
                return window
        return None

    def noise_bins(self, pairs: Pairs) -> IntArray:
        """Return the nearest empty bin below and above each tone, -1 where there is none."""
        bins, modulus = pairs.bins, pairs.modulus
        found = np.full((len(bins), 2), -1, dtype=np.int64)
        for distance in range(1, _NEAR + 1):
            for side, sign in enumerate((-1, 1)):
                candidate = bins + sign * distance
                open_ = (found[:, side] < 0) & (candidate > 0) & (2 * candidate < modulus)
                open_ &= ~np.isin(candidate, bins)
                open_ &= ~is_avoided(candidate / self.window, self.avoid, self.width)
                places = np.flatnonzero(open_)
                places = places[~pairs.reach(candidate[places])]
                found[places, side] = candidate[places]
        return found

    def promises(self, bins: IntArray, modulus: int) -> tuple[str, ...]:
        """Say what is certain of the bins."""
        return tuple(self._promises(bins, modulus))

    def _promises(self, bins: IntArray, modulus: int) -> Iterator[str]:
        yield f"each tone makes a whole number of periods in {self.window:g} s"
        if np.all(bins % 2 == 1) and modulus % 2 == 0:
            yield "all bins are odd: products of even order fall on even bins"
        if bins[-1] < 2 * bins[0]:
            yield "all tones lie within one octave"
        for entry in self.avoid:
            if isinstance(entry, tuple):
                yield f"no tone from {_hertz(entry[0])} to {_hertz(entry[1])}"
            else:
                yield f"no tone nearer than {_hertz(self.width)} to a harmonic of {_hertz(entry)}"
        if self.least_spacing > 0:
            share = _DEFAULT_LEAKAGE if self.leakage is None else self.leakage
            yield (
                f"tones are {_hertz(self.spacing / self.window)} apart or more: of a neighbour, "
                f"{100 * share:g} % or less comes through"
            )


def _parts(pool: Pool) -> Iterator[Pool]:
    """Yield parts of a pool, the better first.

    Odd bins keep second order off tones. Within an octave sums of tones fall above all tones and
    differences below them; up to a factor of three sums of three still fall above.
    """
    odd = pool.odd()
    seen = 0
    for part in (odd.top(2), odd.top(3), odd, pool):
        if len(part) > seen:
            seen = len(part)
            yield part


def _packed(pool: Pool, spacing: int) -> int:
    """Return how many tones at some spacing the allowed bins have room for."""
    bins = pool.bins[pool.allowed]
    count, last = 0, -math.inf
    for k in bins.tolist() if spacing > 1 else ():
        if k - last >= spacing:
            count, last = count + 1, k
    return count if spacing > 1 else len(bins)


def _is_pair(value: object) -> bool:
    return isinstance(value, (tuple, list, np.ndarray)) and len(value) == 2


def _hertz(value: float) -> str:
    return format_quantity(value, "Hz", 6)
