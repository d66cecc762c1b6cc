"""What the neighbours of a tone cost its derivative, and the spacing that keeps it small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    all_positive,
    as_numbers,
    as_vector,
    common_shape,
    require,
    require_integer,
    require_positive,
)
from hgedsp.hge.filters import (
    Response,
    boxcar_response,
    equal_noise_time_constant,
    gain_of,
    noise_bandwidth,
    poles_response,
)

PAPER_DENSITY = 1e-23  # A^2/Hz: 1e-5 nA^2/Hz
PAPER_WINDOW = 0.1  # s per point
PAPER_WEAKNESS = (1.0, 2.05, 20.0)  # a channel's neighbours over the channel itself


def mean_square_leakage(
    response: Response, rate: float, spacing: VectorLike, strength: VectorLike = 1.0
) -> FloatArray:
    """Return the mean square of what neighbours leave in an in-phase amplitude, over all phases.

    sum over j of A_j^2 abs(H(spacing_j))^2 / 2

    Parameters
    ----------
    response : callable
        H(frequency, rate).
    rate : float
        Sample rate, Hz.
    spacing : array of shape (..., J)
        Distance of each neighbour, Hz.
    strength : float or array of shape (J,), optional
        Amplitude A_j of each neighbour in the output, A.

    Returns
    -------
    array of shape (...)
        A^2.

    Raises
    ------
    ParameterError
        If numbers are not finite, shapes do not fit, or the rate is not positive.

    Notes
    -----
    Mixed with 2 sin, A_j sin becomes A_j cos at the difference of the frequencies, of which the
    filter leaves A_j abs(H), with a mean square of half its square over all phases. The cosine at
    the sum, which is twice a tone away, is left out.
    """
    owner = "mean_square_leakage"
    require_positive(owner, "Hz", rate=rate)
    apart = np.atleast_1d(as_numbers(owner, "spacing", spacing, "Hz"))
    strong = as_numbers(owner, "strength", strength, "A")
    common_shape(owner, spacing=apart, strength=strong)
    gain = np.abs(gain_of(owner, response, apart, rate))
    result: FloatArray = np.sum((strong * gain) ** 2, axis=-1) / 2
    return result


@dataclass(frozen=True)
class SpacingCurve:
    """Mean square error of one derivative against the spacing of the tones, for one filter.

    Attributes
    ----------
    spacing_Hz : array of shape (M,)
    sequential : float
        One tone at a time: noise alone, (A/V)^2.
    weakness : tuple of float
        Neighbours' signal over the channel's own, W of them.
    parallel : array of shape (W, M)
        All tones at once, (A/V)^2.
    """

    spacing_Hz: FloatArray
    sequential: float
    weakness: tuple[float, ...]
    parallel: FloatArray

    @property
    def excess(self) -> FloatArray:
        """What all at once costs: parallel over sequential, less one, shape (W, M)."""
        result: FloatArray = self.parallel / self.sequential - 1.0
        return result


def spacing_curve(
    response: Response,
    rate: float,
    spacing: VectorLike,
    *,
    signal: float,
    amplitude: float,
    neighbours: Sequence[int] = (-3, -2, -1, 1, 2, 3),
    weakness: Sequence[float] = PAPER_WEAKNESS,
    density: float = PAPER_DENSITY,
) -> SpacingCurve:
    """Return the expected error of a derivative measured alone, and beside others, behind a filter.

    sequential = 2 S NEPBW / a^2
    parallel   = sequential + sum over j of (w A / a)^2 abs(H(n_j spacing))^2 / 2

    This is the form of Fig. 3b of [1]_: noise 1e-5 nA^2/Hz, 0.1 s per point, a channel as strong as
    its neighbours, 2.05 and 20 times weaker. **Not stated there, and hence parameters here**: the
    filter, the perturbation amplitude, how strong the signal is, and how many neighbours there are.
    Here the channel's own signal is kept, and its neighbours are `weakness` times as strong.

    Parameters
    ----------
    response : callable
        H(frequency, rate) of the filter behind the mixer.
    rate : float
        Sample rate, Hz.
    spacing : array of shape (M,)
        From tone to tone, Hz.
    signal : float
        Amplitude A of the channel's own sine in the output, a times its derivative, A.
    amplitude : float
        Perturbation amplitude a, V.
    neighbours : sequence of int, optional
        Places of the other tones in the comb; three on either side if left out, seven tones.
    weakness : sequence of float, optional
    density : float, optional
        One-sided noise density S, A^2/Hz.

    Returns
    -------
    SpacingCurve

    Raises
    ------
    ParameterError
        If a place is 0 or no whole number, a weakness is negative, another number is not positive,
        or a neighbour is half the sample rate away or further.

    Notes
    -----
    Noise as in `filtered_variance` for white noise, plus `mean_square_leakage` over a^2.

    References
    ----------
    .. [1] Boon et al. (2025), Nature Communications, doi 10.1038/s41467-025-65155-7.
    """
    owner = "spacing_curve"
    require_positive(owner, "Hz", rate=rate)
    require_positive(owner, "V", amplitude=amplitude)
    require_positive(owner, "A", signal=signal)
    require_positive(owner, "A^2/Hz", density=density)
    f = all_positive(owner, "spacing", as_vector(owner, "spacing", spacing, "Hz"), "Hz")
    ratios = as_vector(owner, "weakness", as_numbers(owner, "weakness", weakness))
    all_positive(owner, "weakness", ratios, zero=True)
    places = as_vector(owner, "neighbours", as_numbers(owner, "neighbours", neighbours))
    require(
        bool(np.all((places != 0) & (places == np.rint(places)))),
        f"spacing_curve needs neighbours at whole numbers other than 0, got {list(neighbours)}",
        "give places in the comb as seen from the channel, such as (-1, 1)",
    )
    furthest = float(f.max() * np.abs(places).max())
    require(
        furthest < rate / 2,
        f"spacing_curve has a neighbour {furthest:g} Hz away at a sample rate of {rate:g} Hz",
        f"keep all neighbours within {rate / 2:g} Hz",
    )
    alone = 2.0 * density * noise_bandwidth(response, rate) / amplitude**2
    leak = mean_square_leakage(response, rate, np.multiply.outer(f, places))
    parallel = alone + np.multiply.outer(np.square(ratios * signal / amplitude), leak)
    return SpacingCurve(f, alone, tuple(map(float, ratios)), parallel)


def equal_noise_filters(
    window: float, rate: float, orders: Sequence[int] = (1, 2, 4)
) -> dict[str, Response]:
    """Return a mean over `window` (s), and cascades of poles that pass as much white noise.

    1/(2 T) each, the poles by `equal_noise_time_constant`. Keys are ``boxcar`` and ``1 pole``,
    ``2 poles`` and so on.

    Parameters
    ----------
    window : float
        s.
    rate : float
        Samples per second, Hz; it makes the mean one of whole samples.
    orders : sequence of int, optional
        Numbers of poles.

    Returns
    -------
    dict of str to callable
        H(frequency, rate) by name.

    Raises
    ------
    ParameterError
        If `window` or `rate` is not positive, or an order no whole number from 1.
    """
    require_positive("equal_noise_filters", "s", window=window)
    require_positive("equal_noise_filters", "Hz", rate=rate)
    filters = {"boxcar": boxcar_response(max(1, round(window * rate)))}
    for order in np.atleast_1d(orders):
        require_integer("equal_noise_filters", 1, order=order)
        tau = equal_noise_time_constant(window, order)
        filters[f"{order} pole{'s' if order > 1 else ''}"] = poles_response(tau, order)
    return filters


def boxcar_spacing(leakage: float, window: float) -> float:
    """Return the spacing (Hz) at which a mean over a window lets through `leakage` at most.

    A neighbour of amplitude A at spacing df adds at most A / (pi df T), whatever the phases. (Where
    windows hold whole periods of both tones nothing comes through at any spacing.)

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If `leakage` does not lie between 0 and 1, or `window` (s) is not positive.
    """
    _require_share(leakage)
    require_positive("boxcar_spacing", "s", window=window)
    return 1 / (math.pi * leakage * window)


def low_pass_spacing(leakage: float, time_constant: float, order: int = 1) -> float:
    """Return the spacing (Hz) at which cascaded one-poles let through `leakage` at most.

    A neighbour of amplitude A at spacing df adds at most A |H(df)| with
    |H(f)| = (1 + (2 pi f tau)^2)^(-order / 2).

    Returns
    -------
    float
        Hz.

    Raises
    ------
    ParameterError
        If `leakage` does not lie between 0 and 1, `time_constant` (s) is not positive, or `order`
        is no whole number of at least 1.
    """
    _require_share(leakage)
    require_positive("low_pass_spacing", "s", time_constant=time_constant)
    require_integer("low_pass_spacing", 1, order=order)
    return math.sqrt(leakage ** (-2 / order) - 1) / (2 * math.pi * time_constant)


def _require_share(leakage: float) -> None:
    require(
        isinstance(leakage, (int, float)) and 0 < leakage < 1,
        f"leakage is a share between 0 and 1, got {leakage!r}",
        "give, for example, 0.01: one hundredth of a neighbour's signal",
    )
