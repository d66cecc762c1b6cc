"""The exact law of homodyne estimates: derivatives smoothed by the perturbation itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from hgedsp.checks import (
    FloatArray,
    VectorLike,
    as_numbers,
    as_vector,
    require,
    require_integer,
    require_positive,
)
from hgedsp.hge.lines import VectorFunction, currents

_LARGEST_GRID = 1 << 18
# Coarser grids that tell the error of a grid: how many, and their points over those of the grid.
# One alone can agree with it by chance.
_COARSE, _FEWEST, _MOST = 8, 0.28, 0.5
_POOLED = 4  # sets' worth of the mean scatter that the scatter along each voltage is pooled with


@dataclass(frozen=True)
class Smoothed:
    """A smoothed gradient, and how well it is known.

    Attributes
    ----------
    gradient : array of shape (K,)
        A/V.
    standard_error : array of shape (K,)
        Of the numerical integration, A/V. From a grid it is the rms difference to eight coarser
        ones, from random points the scatter of independent sets over the root of their number.
        For sums of 20 ReLUs the true error over it is 0.4 to 1.2 (rms); at jumps of the device
        itself, rather than of its slope, a grid is off by up to three times as much.
    evaluations : int
        Points at which the device was asked.
    """

    gradient: FloatArray
    standard_error: FloatArray
    evaluations: int


def semicircle_kernel(u: VectorLike, amplitude: float) -> FloatArray:
    """Return w(u) = 2/(pi a^2) sqrt(a^2 - u^2), 1/V: how a tone smooths its own derivative.

    Zero beyond +-a; its variance is a^2/4.

    Parameters
    ----------
    u : float or array
        Distance from the operating point, V.
    amplitude : float
        a, V.

    Returns
    -------
    array of the shape of `u`
        1/V.

    Raises
    ------
    ParameterError
        If the amplitude is not positive, or `u` not finite.

    Notes
    -----
    1/(pi a) integral of f(p + a sin x) sin x over a turn is, by parts, 1/pi integral of f'(p +
    a sin x) cos^2 x; with u = a sin x, cos^2 x dx is sqrt(a^2 - u^2) du / a^2, passed twice.
    """
    require_positive("semicircle_kernel", "V", amplitude=amplitude)
    inside = np.maximum(0.0, 1.0 - np.square(as_numbers("semicircle_kernel", "u", u) / amplitude))
    result: FloatArray = 2.0 / (np.pi * amplitude) * np.sqrt(inside)
    return result


def arcsine_kernel(u: VectorLike, amplitude: float) -> FloatArray:
    """Return 1/(pi sqrt(a^2 - u^2)), 1/V: how a tone smooths the derivatives by the others.

    Its variance is a^2/2. Infinite at +-a, zero beyond.

    Parameters
    ----------
    u : float or array
        Distance from the operating point, V.
    amplitude : float
        a, V.

    Returns
    -------
    array of the shape of `u`
        1/V.

    Raises
    ------
    ParameterError
        If the amplitude is not positive, or `u` not finite.

    Notes
    -----
    The density of u = a sin x for x uniform over a turn: dx / (2 pi), dx = du / sqrt(a^2 - u^2),
    and every u is passed twice.
    """
    require_positive("arcsine_kernel", "V", amplitude=amplitude)
    inside = 1.0 - np.square(as_numbers("arcsine_kernel", "u", u) / amplitude)
    with np.errstate(divide="ignore"):
        root = np.sqrt(np.maximum(inside, 0.0))
        result: FloatArray = np.where(inside < 0, 0.0, 1.0 / (np.pi * amplitude * root))
    return result


def smoothed_gradient(
    function: VectorFunction,
    point: VectorLike,
    amplitude: VectorLike,
    *,
    points_per_tone: int | None = None,
    random_points: int = 4096,
    sets: int = 8,
    seed: int = 0,
) -> Smoothed:
    """Return the gradient as K tones see it that have no phase relation to each other.

    g_k = E[f(p + a sin(x)) 2 sin(x_k) / a_k],   x_j independent and uniform
        = E[f_k(p + u)],   u_k from the semicircle kernel, the other u_j from arcsine kernels

    For any amplitude and any device, kinks included. It is what an estimate over a long window
    tends to if no product of tones lands on a tone; up to third order it is
    f_k + a_k^2/8 f_kkk + sum a_j^2/4 f_kjj.

    Parameters
    ----------
    function : callable
        Currents (N,) in A at voltages (N, K) in V.
    point, amplitude : float or array of shape (K,)
        Operating point and perturbation amplitudes (peak), V.
    points_per_tone : int, optional
        Size n of a grid of n^K phases, even: Gauss-Chebyshev quadrature, exact for polynomials
        of degree below n - 1. If left out, as many (up to 1024) as make 2^18 points, or, where
        that is less than 16, random points.
    random_points : int, optional
        Size of each set of scrambled Sobol points, rounded up to a power of 2; each point is used
        with its mirror image, which takes out all even orders.
    sets : int, optional
        Number of independent sets, 2 or more. Few large ones are closer, many tell better how
        close.
    seed : int, optional
        Of the random points.

    Returns
    -------
    Smoothed

    Raises
    ------
    ParameterError
        If shapes do not fit, an amplitude is not positive, or the device does not return one finite
        current per point.

    Notes
    -----
    Over a long window tones of incommensurate frequencies pass through all combinations of phases
    alike, so the mean over time of the estimate in [1]_ is one over independent phases. By parts
    along x_k it becomes that of f_k, see `semicircle_kernel`. Grids are Gauss-Chebyshev quadrature
    [2]_, random points scrambled Sobol points [3]_.

    References
    ----------
    .. [1] Boon et al. (2025), Nature Communications, doi 10.1038/s41467-025-65155-7.
    .. [2] Abramowitz & Stegun (1964), Handbook of Mathematical Functions, ch. 25.
    .. [3] Owen (1998), Journal of Complexity 14, 466-489.
    """
    p, a = _point(point, amplitude)
    require_integer("smoothed_gradient", 0, seed=seed)
    function = _checked("smoothed_gradient", function)
    if points_per_tone is None:
        fits = min(1024, int(_LARGEST_GRID ** (1.0 / p.size) + 1e-9))
        points_per_tone = fits - fits % 2 if fits >= 16 else 0
    if points_per_tone == 0:
        return _by_random_points(function, p, a, random_points, sets, seed)
    require_integer("smoothed_gradient", 4, points_per_tone=points_per_tone)
    require(
        points_per_tone % 2 == 0,
        f"smoothed_gradient needs an even number of points per tone, got {points_per_tone}",
        "add one",
    )
    return _by_grid(function, p, a, points_per_tone)


def smoothed_one_by_one(
    function: VectorFunction, points: FloatArray, amplitude: float, *, nodes: int = 32
) -> FloatArray:
    """Return the gradient at many points as one tone at a time sees it, the others off.

    g_k = E[f(p + a sin(x) e_k) 2 sin(x) / a] = E[f_k(p + u e_k)],   u from the semicircle kernel

    Parameters
    ----------
    function : callable
        Currents (N,) in A at voltages (N, K) in V.
    points : array of shape (N, K)
        Operating points, V.
    amplitude : float
        Perturbation amplitude (peak) of every tone, V.
    nodes : int, optional
        Of the Gauss-Chebyshev quadrature, exact for polynomials of degree below `nodes` - 1.

    Returns
    -------
    array of shape (N, K)
        A/V.

    Raises
    ------
    ParameterError
        If the amplitude is not positive, there are fewer than 2 nodes, points are not of shape
        (N, K), or the device does not return one finite current per point.

    Notes
    -----
    `smoothed_gradient` with one tone, of which it has the derivation; no arcsine kernels are left.
    """
    require_positive("smoothed_one_by_one", "V", amplitude=amplitude)
    require_integer("smoothed_one_by_one", 2, nodes=nodes)
    points = as_numbers("smoothed_one_by_one", "points", points, "V")
    require(
        points.ndim == 2 and points.size > 0,
        f"smoothed_one_by_one needs points of shape (N, K), got {points.shape}",
        "give one row of voltages per operating point",
    )
    function = _checked("smoothed_one_by_one", function)
    sine, found = _nodes(nodes), np.empty(points.shape)
    for k in range(points.shape[1]):
        voltage = np.repeat(points[:, np.newaxis], nodes, axis=1)
        voltage[:, :, k] += amplitude * sine
        current = function(voltage.reshape(-1, points.shape[1]))
        found[:, k] = 2 / amplitude * (current.reshape(-1, nodes) @ sine) / nodes
    return found


def _checked(owner: str, function: VectorFunction) -> VectorFunction:
    return lambda voltages: currents(owner, function, voltages)


def _point(point: VectorLike, amplitude: VectorLike) -> tuple[FloatArray, FloatArray]:
    p = as_vector("smoothed_gradient", "point", point, "V")
    a = as_vector("smoothed_gradient", "amplitude", amplitude, "V")
    require(
        a.size in (1, p.size) and bool(np.all(a > 0)),
        f"smoothed_gradient needs {p.size} amplitudes above 0 V",
        "give one amplitude per voltage, or one for all",
    )
    return p, np.broadcast_to(a, p.shape)


def _by_grid(function: VectorFunction, p: FloatArray, a: FloatArray, count: int) -> Smoothed:
    """Sum over a grid, and over coarser ones that differ in how kinks lie between their points.

    A kink costs n points an error of the order of n^-2 at least (of n^-(K + 3)/2 where it runs
    across the axes of the phases), so each difference is reduced by (m/n)^2.
    """
    spread = np.rint(np.linspace(_FEWEST * count, _MOST * count, _COARSE))
    coarse = np.unique(np.maximum(2, spread)).astype(int)
    fine = _grid(function, p, a, count)
    off = [(_grid(function, p, a, int(m)) - fine) * (m / count) ** 2 for m in coarse]
    error: FloatArray = np.sqrt(np.mean(np.square(off), axis=0))
    return Smoothed(fine, error, sum(int(n) ** p.size + 1 for n in (count, *coarse)))


def _grid(function: VectorFunction, p: FloatArray, a: FloatArray, count: int) -> FloatArray:
    """Sum over all combinations of `count` values of a sine, equally spaced in phase."""
    sine = _nodes(count)
    axes = np.meshgrid(*[sine] * p.size, indexing="ij")
    sines = np.stack([axis.ravel() for axis in axes], axis=1)
    current = function(p + a * sines) - function(p[np.newaxis])[0]
    result: FloatArray = 2 / a * (current @ sines) / len(sines)
    return result


def _nodes(count: int) -> FloatArray:
    """Return the middles of equal steps of phase: the nodes of Gauss-Chebyshev quadrature."""
    result: FloatArray = np.sin(np.pi * ((np.arange(count) + 0.5) / count - 0.5))
    return result


def _by_random_points(
    function: VectorFunction, p: FloatArray, a: FloatArray, points: int, sets: int, seed: int
) -> Smoothed:
    require_integer("smoothed_gradient", 2, random_points=points, sets=sets)
    power = (points - 1).bit_length()
    slope = _slope(function, p, a)
    found = np.empty((sets, p.size))
    children = np.random.SeedSequence(seed).spawn(sets)
    for number, child in enumerate(children):
        sobol = qmc.Sobol(p.size, seed=np.random.default_rng(child))
        sines = np.sin(2 * np.pi * sobol.random_base2(power))
        odd = (function(p + a * sines) - function(p - a * sines)) / 2
        # The straight part is known, so only what bends is left to chance.
        rest = odd - sines @ (a * slope)
        found[number] = slope + 2 / a * (rest @ sines) / len(sines)
    variance = (a * found).var(axis=0, ddof=1) / sets
    # Few sets can agree by chance along one voltage, but not along all.
    pooled = ((sets - 1) * variance + _POOLED * variance.mean()) / (sets - 1 + _POOLED)
    return Smoothed(found.mean(axis=0), np.sqrt(pooled) / a, (2 * sets << power) + 2 * p.size)


def _slope(function: VectorFunction, p: FloatArray, a: FloatArray) -> FloatArray:
    half = np.diag(a / 2)
    result: FloatArray = (function(p + half) - function(p - half)) / a
    return result
