"""What a homodyne estimate is on the average, term by term, up to third order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hgedsp.checks import (
    FloatArray,
    IntArray,
    VectorLike,
    all_positive,
    as_lanes,
    as_vector,
    require,
    require_not_negative,
    require_positive,
)
from hgedsp.hge.derivatives import Derivatives, require_derivatives
from hgedsp.hge.products import Products, products

_MOST_ROWS = 16


@dataclass(frozen=True)
class Collision:
    """A product of tones that lands on a tone, and what it adds to that tone's derivative.

    Attributes
    ----------
    tone : int
        Where it lands, counted from 0.
    tones : tuple of int
        What it is made of: +(k + 1) or -(k + 1) for tone k with its sign.
    value : float
        A/V.
    """

    tone: int
    tones: tuple[int, ...]
    value: float

    def __str__(self) -> str:
        made = " ".join(f"{'-' if t < 0 else '+'}{abs(t) - 1}" for t in self.tones)
        return f"tones {made} on tone {self.tone}: {self.value:+.4g}"


@dataclass(frozen=True)
class Expectation:
    """The expected in-phase estimate of every derivative, and what it is made of.

    Attributes
    ----------
    gradient : array of shape (K,)
        f_k, what is wanted, A/V.
    own : array of shape (K,)
        a_k^2/8 f_kkk, A/V.
    cross : array of shape (K, K)
        a_j^2/4 f_kjj in row k and column j, zero on the diagonal, A/V. No choice of frequencies
        removes it.
    collisions : tuple of Collision
        Every product of second and third order that lands on a tone, the strongest first.
    """

    gradient: FloatArray
    own: FloatArray
    cross: FloatArray
    collisions: tuple[Collision, ...]

    @property
    def intermodulation(self) -> FloatArray:
        """What all collisions add to each derivative, A/V, shape (K,)."""
        total = np.zeros(self.gradient.shape)
        for collision in self.collisions:
            total[collision.tone] += collision.value
        return total

    @property
    def bias(self) -> FloatArray:
        """Expected estimate less gradient, A/V, shape (K,)."""
        result: FloatArray = self.own + self.cross.sum(axis=1) + self.intermodulation
        return result

    @property
    def estimate(self) -> FloatArray:
        """The expected estimate, A/V, shape (K,)."""
        result: FloatArray = self.gradient + self.bias
        return result

    def __str__(self) -> str:
        head = "tone    gradient         own       cross     collide    estimate"
        columns = (
            self.gradient,
            self.own,
            self.cross.sum(axis=1),
            self.intermodulation,
            self.estimate,
        )
        rows = [
            f"{k:4d}" + "".join(f"{value:12.4g}" for value in row)
            for k, row in enumerate(zip(*columns, strict=True))
        ]
        listed = [f"  {collision}" for collision in self.collisions[:_MOST_ROWS]]
        more = len(self.collisions) - len(listed)
        listed += [f"  and {more} weaker ones"] if more else []
        return "\n".join([head, *rows, f"{len(self.collisions)} products on tones", *listed])


def expected_gradient(
    derivatives: Derivatives,
    amplitude: VectorLike,
    frequency: VectorLike,
    phase: VectorLike = 0.0,
    *,
    sample_rate: float | None = None,
    tolerance: float = 0.0,
) -> Expectation:
    """Return the expected in-phase estimate of each derivative, up to third order, term by term.

    g_k = 2/(a_k T) integral of f(p + sum a_j sin(w_j t + phi_j)) sin(w_k t + phi_k) dt
        = f_k + a_k^2/8 f_kkk + sum over j != k of a_j^2/4 f_kjj + products that land on tone k

    Exact for polynomials of third order if the window holds whole periods of all tones. The terms
    left out are of fourth order in the amplitudes: a_k^4/192 f_kkkkk and its like.

    Parameters
    ----------
    derivatives : Derivatives
        Of the device at its operating point; K voltages.
    amplitude : float or array of shape (K,)
        Perturbation amplitudes a_k (peak), V.
    frequency : array of shape (K,)
        In Hz, or in whole periods per window; all different.
    phase : float or array of shape (K,), optional
        phi_k, rad. A product of second order is a cosine: between tones of phase 0 it falls into
        the quadrature, and adds nothing here.
    sample_rate : float, optional
        In the unit of `frequency` (samples per window for periods per window). Products above half
        of it fold down.
    tolerance : float, optional
        How near a product has to be to count, in full, as being on a tone; in the unit of
        `frequency`, below half the distance of any two tones. Zero asks for equality but for
        rounding.

    Returns
    -------
    Expectation

    Raises
    ------
    ParameterError
        If shapes do not fit, an amplitude or the sample rate is not positive, tones coincide, or
        the tolerance does not tell them apart.

    Notes
    -----
    Taylor's series of f, with sin^3 x = (3 sin x - sin 3x)/4 for f_kkk/6 a_k^3, and sin x sin^2 y =
    sin x (1 - cos 2y)/2 for f_kjj/2 a_k a_j^2; other products of sines are written as sums, and
    count where such a sum has the frequency of a tone. The estimate is that of [1]_.

    The time and memory needed grow as K^3: 0.1 s and some tens of MB for 64 tones.

    References
    ----------
    .. [1] Boon et al. (2025), Nature Communications, doi 10.1038/s41467-025-65155-7.
    """
    owner = "expected_gradient"
    require_derivatives(owner, derivatives)
    size = derivatives.gradient.size
    f = as_vector(owner, "frequency", frequency)
    require(
        f.size == size,
        f"expected_gradient has {size} derivatives and {f.size} frequencies",
        "give one frequency per voltage",
    )
    a = all_positive(owner, "amplitude", as_lanes(owner, "amplitude", amplitude, size, "V"), "V")
    phi = as_lanes(owner, "phase", phase, size, "rad")
    width = _width(f, tolerance, sample_rate)
    k = np.arange(size)
    second = np.einsum("kjj->kj", derivatives.third) * a**2
    cross = second / 4
    cross[k, k] = 0.0
    found = _collisions(products(derivatives, a), a, f, phi, sample_rate, width)
    return Expectation(derivatives.gradient, second[k, k] / 8, cross, found)


def _width(frequency: FloatArray, tolerance: float, rate: float | None) -> float:
    require_not_negative("expected_gradient", "", tolerance=tolerance)
    if rate is not None:
        require_positive("expected_gradient", "", sample_rate=rate)
    signed = np.sort(np.concatenate([frequency, -frequency]))
    spacing = float(np.diff(signed).min())
    rounding = 1e-9 * float(np.abs(frequency).max())
    width = max(tolerance, rounding)
    require(
        float(frequency.min()) > 0 and 2 * width < spacing,
        f"expected_gradient cannot tell apart tones {spacing:g} from each other "
        f"with a tolerance of {tolerance:g}",
        "give tones above 0 that differ by more than twice the tolerance",
    )
    require(
        rate is None or float(frequency.max()) + width < rate / 2,
        "expected_gradient needs tones below half the sample rate",
        "give sample_rate in the unit of the frequencies",
    )
    return width


def _collisions(
    made: Products,
    amplitude: FloatArray,
    frequency: FloatArray,
    phase: FloatArray,
    rate: float | None,
    width: float,
) -> tuple[Collision, ...]:
    at = made.total(frequency)
    if rate is not None:
        at = at - rate * np.rint(at / rate)
    near, distance = _nearest(at, frequency)
    hits = (distance <= width) & (made.coefficient != 0) & ~_trivial(made)
    tone = np.abs(near[hits]) - 1
    # 2 <Re(c exp(i psi)) sin(theta)> is -Im(c exp(i (psi - theta))), or, where the product turns
    # backwards, Im(c exp(i (psi + theta))).
    sign = np.sign(near[hits])
    turned = made.coefficient[hits] * np.exp(1j * (made.total(phase)[hits] - sign * phase[tone]))
    value = -sign * turned.imag / amplitude[tone]
    order = np.argsort(-np.abs(value), kind="stable")
    tones = made.tones[hits]
    return tuple(
        Collision(int(tone[n]), tuple(int(t) for t in tones[n] if t), float(value[n]))
        for n in order
    )


def _nearest(at: FloatArray, frequency: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the nearest of all +-f_k as +-(k + 1), and how far it is."""
    number = np.arange(1, frequency.size + 1)
    signed = np.concatenate([frequency, -frequency])
    order = np.argsort(signed)
    names, places = np.concatenate([number, -number])[order], signed[order]
    right = np.clip(np.searchsorted(places, at), 1, places.size - 1)
    left = right - 1
    best = np.where(at - places[left] <= places[right] - at, left, right)
    distance: FloatArray = np.abs(at - places[best])
    return names[best], distance


def _trivial(made: Products) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell which products are constant, or a tone itself: those have terms of their own."""
    tones = made.tones
    alone = (tones[:, 1] == 0) & (tones[:, 2] == 0)
    cancelled = (tones[:, 1] != 0) & (tones[:, 1] == -tones[:, 2])
    result: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = alone | cancelled
    return result
