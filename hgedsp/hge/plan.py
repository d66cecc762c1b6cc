"""Planning tones: frequencies that do not meet each other's products, phases, empty bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hgedsp.checks import VectorLike, as_vector, require
from hgedsp.hge.collisions import collisions_of
from hgedsp.hge.crest import PHASES, make_phases
from hgedsp.hge.pairs import Pairs
from hgedsp.hge.pool import Avoided
from hgedsp.hge.product_counts import modulus_without_folding
from hgedsp.hge.request import Request
from hgedsp.hge.tone_plan import TonePlan


def plan_tones(
    n: int,
    band: tuple[float, float],
    window: float,
    *,
    avoid: float | Sequence[Avoided] = (),
    avoid_width: float | None = None,
    order: int = 3,
    sample_rate: float | None = None,
    bandwidth: float | None = None,
    leakage: float | None = None,
    low_pass: tuple[float, int] | None = None,
    amplitude: VectorLike = 0.01,
    phases: str = "low crest",
) -> TonePlan:
    """Plan tones whose products keep off all tones, as far as the band allows.

    Tones make whole periods per window, on odd bins of one octave that form a Sidon set (all sums
    of two differ): then no product of second or third order falls on a tone, but for those such as
    k + j - j that no plan avoids. Where the band is too full for it, there are as few such
    products as were found, and the plan lists them; odd bins of more than an octave are taken
    before even ones. Of several plans of up to 24 tones the one with the fewest products of fifth
    and seventh order on tones is taken. The same request gives the same plan.

    Parameters
    ----------
    n : int
        Number of tones.
    band : pair of float
        Lowest and highest frequency, Hz.
    window : float
        Time in which each tone makes whole periods, s; bin k is k / window.
    avoid : float, or sequence of float or pair of float, optional
        Frequencies to keep away from with all their harmonics, such as 50 for the mains; a pair is
        a band from the one to the other. Hz.
    avoid_width : float, optional
        How near to a harmonic is too near, Hz; by default one bin, 1 / window.
    order : int, optional
        2 or 3: order up to which products are kept off tones, and listed.
    sample_rate : float, optional
        Hz; products are then folded about it, and a window has to be a whole number of samples.
    bandwidth : float, optional
        That of the device, Hz; no tone is above it.
    leakage, low_pass : float, (float, int), optional
        Share of a neighbour's signal that may come through, and the low-pass (time constant in s,
        order) that keeps it off; by default 0.01. Without `low_pass` it is a mean over a window
        that does not hold whole periods. Without both, only whole periods keep neighbours apart.
    amplitude : float or array of shape (n,), optional
        V; see also `TonePlan.balanced`.
    phases : str, optional
        "low crest" (sought for a low peak of the sum), "schroeder" or "zero".

    Returns
    -------
    TonePlan

    Raises
    ------
    ParameterError
        If a value is not usable, or n tones do not fit; the error says what would fit.

    Notes
    -----
    Seven tones take 15 to 90 ms, up to 0.3 s where the band is too full for them; a thousand
    tones take 4 s. A set that keeps third
    order off needs about 2 n^2 bins in an octave: a window of 2 n^2 / (f2 - f1).

    Examples
    --------
    >>> plan = plan_tones(5, band=(1e3, 2e3), window=0.05, avoid=[50])
    >>> plan.guarantees[-3]
    'no product up to order 3 of any tones falls on a tone'
    """
    avoided = (avoid,) if isinstance(avoid, (int, float)) else tuple(avoid)
    request = Request(
        n, band, window, avoided, avoid_width, order, sample_rate, bandwidth, leakage, low_pass
    )
    size = as_vector("plan_tones", "amplitude", amplitude, "V")
    require(
        size.size in (1, n) and bool(np.all(size > 0)),
        f"plan_tones needs amplitudes above 0 V, one or {n} of them, got {amplitude!r}",
        "give amplitude in V",
    )
    require(
        phases in PHASES,
        f"plan_tones knows no phases {phases!r}",
        f"take one of {', '.join(PHASES)}",
    )
    bins = request.choose()
    size = np.broadcast_to(size, (n,)).copy()
    # Nothing folds anywhere, not only not onto tones: products end at three times the highest.
    modulus = request.modulus or modulus_without_folding(int(bins[-1]), 5)
    pairs = Pairs(bins, modulus)
    return TonePlan(
        bins=bins,
        window=window,
        amplitude=size,
        phase=make_phases(phases, bins, size),
        phases=phases,
        modulus=modulus,
        sample_rate=sample_rate,
        order=order,
        spacing=request.spacing,
        low_pass=low_pass,
        noise_bins=request.noise_bins(pairs),
        collisions=collisions_of(pairs, order),
        promises=request.promises(bins, modulus),
        pairs=pairs,
    )
