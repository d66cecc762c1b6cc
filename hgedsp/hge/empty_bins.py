"""Bins of a window that carry noise alone, beside every tone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft

from hgedsp.checks import IntArray, require, require_integer
from hgedsp.hge.product_counts import reached


def product_bins(tones: IntArray | Sequence[int], order: int) -> IntArray:
    """Return the bins on which products of `order` tones fall: |+-k_a +- k_b ...|, sorted.

    A tone may take part more than once, so 2 k_a and 0 are of order two, and every tone itself is
    of order three (k_a + k_b - k_b).

    Returns
    -------
    array of int, shape (M,)
        Ascending, each once.

    Raises
    ------
    ParameterError
        If tones or order are no whole numbers from 1.

    Notes
    -----
    From 2 sin A sin B = cos(A - B) - cos(A + B), used once per factor: each turns every bin m into
    |m + k| and |m - k|.
    """
    bins = whole_bins(tones)
    require_integer("product_bins", 1, order=order)
    highest = order * int(bins.max())
    # So long a period that nothing is folded.
    found = reached(bins, order, 2 * int(fft.next_fast_len(highest + 1, real=True)))
    return np.flatnonzero(found[: highest + 1]).astype(np.int64)


def empty_bins(
    tones: IntArray | Sequence[int],
    per_tone: int = 4,
    *,
    order: int = 3,
    highest: int | None = None,
) -> IntArray:
    """Choose the bins nearest to each tone that no tone and no product falls on.

    Parameters
    ----------
    tones : array of int, shape (K,)
        Periods of each tone per window.
    per_tone : int, optional
        Bins M per tone.
    order : int, optional
        Order up to which bins of products are left out.
    highest : int, optional
        Highest bin to take, such as half the samples of a window less one.

    Returns
    -------
    array of int, shape (K, M)
        Bins by their distance from each tone. Two tones may share a bin.

    Raises
    ------
    ParameterError
        If tones are no whole numbers from 1, or there is no room for so many empty bins.

    Notes
    -----
    Of tones on odd bins within one octave, products of even order up to two fall outside of the
    band and those of third order on odd bins: every even bin between the tones is empty.
    """
    bins = whole_bins(tones)
    require_integer("empty_bins", 1, per_tone=per_tone, order=order)
    if highest is not None:
        require_integer("empty_bins", 1, highest=highest)
    limit = 4 * int(bins.max()) if highest is None else highest
    taken = np.zeros(limit + 1, dtype=bool)
    for n in range(1, order + 1):
        products = product_bins(bins, n)
        taken[products[products <= limit]] = True
    taken[0] = True
    free = np.flatnonzero(~taken)
    require(
        free.size >= per_tone,
        f"only {free.size} bins up to {limit} are empty of tones and products up to order {order}",
        "take a longer window, so that there are more bins, or fewer bins per tone",
    )
    nearest = np.argsort(np.abs(free - bins[:, np.newaxis]), axis=1, kind="stable")
    return free[nearest[:, :per_tone]].astype(np.int64)


def whole_bins(tones: IntArray | Sequence[int]) -> IntArray:
    """Return bins of tones as an array, if they are whole numbers from 1."""
    try:
        bins = np.atleast_1d(np.asarray(tones))
    except ValueError:  # lists of different lengths
        bins = np.zeros(0)
    require(
        bins.ndim == 1
        and bins.size > 0
        and bool(np.issubdtype(bins.dtype, np.integer))
        and bool(np.all(bins >= 1)),
        f"tones on bins are whole numbers of periods per window, got {tones!r}",
        "give frequency times window, a whole number from 1 for each tone",
    )
    return bins.astype(np.int64)
