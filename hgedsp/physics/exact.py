"""The exact master equation of a small network: all 2^N ways to fill its sites.

Configuration s (bit i: a hole on site i) has the energy sum_i E_i s_i + sum_{i<j} U_ij s_i s_j;
each hop changes it by what decides on its rate. The steady state is found by elimination without
subtractions, for rates that differ by tens of powers of ten.
"""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray, require
from hgedsp.physics.network import CHARGE, Network
from hgedsp.physics.steady import Steady

MOST_SITES = 10


def exact(network: Network, voltage: FloatArray) -> Steady:
    """Return the exact steady states at voltages of shape (M, electrodes), V.

    Raises
    ------
    ParameterError
        If there are more than ten sites.
    """
    require(
        network.sites <= MOST_SITES,
        f"the exact master equation of {network.sites} sites has 2^{network.sites} states",
        f"take up to {MOST_SITES} sites, or the mean field",
    )
    voltage = np.atleast_2d(voltage)
    found = [_exact(network, row) for row in network.voltages(voltage)]
    return Steady(np.array([n for n, _ in found]), np.array([currents for _, currents in found]))


def stationary(rates: FloatArray) -> FloatArray:
    """Return the probabilities p of a Markov chain with rates[s, t] from s to t, p rates = 0.

    By the elimination of Grassmann, Taksar & Heyman (1985): no subtraction, so that the smallest
    probabilities are right to all digits, too.
    """
    a = np.array(rates, dtype=np.float64)
    for k in range(len(a) - 1, 0, -1):
        a[:k, k] /= a[k, :k].sum()
        a[:k, :k] += np.outer(a[:k, k], a[k, :k])
    p = np.zeros(len(a))
    p[0] = 1.0
    for k in range(1, len(a)):
        p[k] = p[:k] @ a[:k, k]
    p /= p.sum()
    return p


def _exact(network: Network, contacts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return occupations, and currents into all contacts (A), at voltages of all contacts."""
    sites, thermal = network.sites, network.thermal_voltage
    number = np.arange(2**sites)
    filled = (number[:, None] >> np.arange(sites)) & 1
    energy = network.empty_level + network.lever @ contacts + filled @ network.repulsion
    rates = np.zeros((2**sites, 2**sites))
    into = np.zeros((2**sites, network.contacts))
    for i in range(sites):
        has = number[filled[:, i] == 1]
        for j in range(sites):
            if i != j:
                can = has[filled[has, j] == 0]
                # The hole does not repel itself at the place it goes to.
                gap = energy[can, j] - network.repulsion[i, j] - energy[can, i]
                slow = np.exp(-np.maximum(gap, 0.0) / thermal)
                rates[can, can ^ (1 << i) ^ (1 << j)] += network.prefactor[j, i] * slow
        for c, potential in enumerate(contacts):
            prefactor = network.prefactor[sites + c, i]
            gap = (potential - energy[has, i]) / thermal
            leave = prefactor * np.exp(-np.maximum(gap, 0.0))
            enter = prefactor * np.exp(np.minimum(gap, 0.0))
            rates[has, has ^ (1 << i)] += leave
            rates[has ^ (1 << i), has] += enter
            into[has, c] += leave
            into[has ^ (1 << i), c] -= enter
    p = stationary(rates)
    return p @ filled, CHARGE * network.attempt_frequency * (p @ into)
