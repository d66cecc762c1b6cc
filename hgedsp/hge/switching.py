"""Estimators that switch voltages between levels: which level when, and how to read the gradient.

All of them set a sequence of levels, wait until the device has settled, and average the output:

    v[p] = point + amplitude s[p],   s[p, i] in {-1, 0, 1},   y[p] = mean output at v[p]
    g_i = sum_p s[p, i] y[p] / (amplitude sum_p s[p, i]^2)

They differ in nothing but the signs s. Levels come in pairs of opposite sign, one right after the
other, so that even orders of the device and slow drift cancel; which of a pair comes first is drawn
at random, so that no noise line can fall in step with the switching.
"""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray, require_integer, require_positive

Signs = FloatArray


def one_at_a_time(electrodes: int, cycles: int, random: np.random.Generator) -> Signs:
    """Central finite differences: a pair for each electrode in turn, `cycles` times over.

    g_i = mean over cycles of (f(p + a e_i) - f(p - a e_i)) / (2 a)

    Returns
    -------
    array of shape (2 K cycles, K)

    Raises
    ------
    ParameterError
        If a number is not whole and positive.
    """
    _check(electrodes, cycles)
    rows = np.tile(np.eye(electrodes), (cycles, 1))
    return _in_pairs(rows * random.choice([-1.0, 1.0], len(rows))[:, np.newaxis])


def simultaneous(electrodes: int, draws: int, random: np.random.Generator) -> Signs:
    """SPSA: all electrodes at once, each with a sign drawn anew for every pair [1]_.

    g_i = mean over draws of s_i (f(p + a s) - f(p - a s)) / (2 a)

    Returns
    -------
    array of shape (2 draws, K)

    Raises
    ------
    ParameterError
        If a number is not whole and positive.

    References
    ----------
    .. [1] Spall (1992), IEEE Transactions on Automatic Control 37, 332.
    """
    _check(electrodes, draws)
    return _in_pairs(random.choice([-1.0, 1.0], (draws, electrodes)))


def walsh_codes(electrodes: int, cycles: int, random: np.random.Generator) -> Signs:
    """Code multiplexing: electrode i follows row i of a Hadamard matrix of order N >= K.

    The codes are orthogonal, so a linear device is read without cross-talk after every cycle of N
    pairs. The product of three Walsh codes is a fourth; codes are therefore dealt to electrodes
    and turned about at random in each cycle, which makes noise of such collisions.

    Returns
    -------
    array of shape (2 N cycles, K), N the power of two from K on

    Raises
    ------
    ParameterError
        If a number is not whole and positive.
    """
    _check(electrodes, cycles)
    codes = _hadamard(code_length(electrodes))
    order = len(codes)
    dealt = [codes[:, random.permutation(order)[:electrodes]] for _ in range(cycles)]
    turned = [cycle * random.choice([-1.0, 1.0], electrodes) for cycle in dealt]
    return _in_pairs(np.concatenate(turned))


def code_length(electrodes: int) -> int:
    """Return the order N of the Hadamard matrix for so many electrodes.

    Returns
    -------
    int
        The least power of two from `electrodes` on.
    """
    return 1 << (electrodes - 1).bit_length()


def read_gradient(signs: Signs, means: FloatArray, amplitude: float) -> FloatArray:
    """Return the gradient from the mean output at each level.

    Parameters
    ----------
    signs : array of shape (P, K)
    means : array of shape (P,) or (R, P)
        Output at each level, A; R repeats.
    amplitude : float
        V.

    Returns
    -------
    array of shape (K,) or (R, K)
        A/V.

    Raises
    ------
    ParameterError
        If `amplitude` is not positive.
    """
    require_positive("read_gradient", "V", amplitude=amplitude)
    gradient: FloatArray = means @ signs / (amplitude * (signs**2).sum(axis=0))
    return gradient


def pairs_per_electrode(signs: Signs) -> FloatArray:
    """Return how many pairs of levels move each electrode, shape (K,).

    Returns
    -------
    array of shape (K,)
    """
    count: FloatArray = (signs**2).sum(axis=0) / 2
    return count


def _in_pairs(rows: FloatArray) -> Signs:
    """Put the opposite of each row right behind it."""
    return np.stack([rows, -rows], axis=1).reshape(-1, rows.shape[1])


def _hadamard(order: int) -> FloatArray:
    """Return Sylvester's matrix of an order that is a power of two."""
    matrix = np.ones((1, 1))
    while len(matrix) < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _check(electrodes: int, times: int) -> None:
    require_integer("a sequence of levels", 1, electrodes=electrodes, times=times)
