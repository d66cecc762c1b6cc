"""Steady states of the mean-field master equation for many voltages at once, by NumPy.

The same equations as in `mean_field`, written down a second time, and without its order of
elimination: the tests hold one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hgedsp.checks import FloatArray, IntArray
from hgedsp.errors import ConvergenceError
from hgedsp.physics.network import CHARGE, Network

_TOGETHER = 512  # points at once, so that rates stay in the cache
_TOLERANCE = 1e-9
_STEPS = 40


@dataclass(frozen=True)
class Steady:
    """Steady states at M voltages.

    Attributes
    ----------
    occupation : array of shape (M, N)
        Holes per site.
    currents : array of shape (M, contacts)
        Into each contact, A; the output is last.
    flow : array of shape (M, N + contacts, N)
        Net current from each site to all sites and contacts, A; None if it was not asked for.
    """

    occupation: FloatArray
    currents: FloatArray
    flow: FloatArray | None = None


def steady(network: Network, voltage: FloatArray, *, flow: bool = False) -> Steady:
    """Return the steady states at voltages of shape (M, electrodes), V.

    Raises
    ------
    ConvergenceError
        If a state is not found. Without repulsion that was never seen.
    """
    voltage = np.atleast_2d(voltage)
    parts = [
        _steady(network, voltage[first : first + _TOGETHER], flow)
        for first in range(0, len(voltage), _TOGETHER)
    ]
    flows = [part.flow for part in parts if part.flow is not None]
    return Steady(
        np.concatenate([part.occupation for part in parts]),
        np.concatenate([part.currents for part in parts]),
        np.concatenate(flows) if flow else None,
    )


def equilibrium(network: Network) -> FloatArray:
    """Return the occupations with all contacts grounded, shape (N,)."""
    n = _fermi(network.empty_level / network.thermal_voltage)
    if not network.interacting:
        return n
    found: FloatArray = steady(network, np.zeros((1, network.electrodes))).occupation[0]
    return found


def _fermi(x: FloatArray) -> FloatArray:
    occupation: FloatArray = special.expit(-x)
    return occupation


def _steady(network: Network, voltage: FloatArray, flow: bool) -> Steady:
    contacts = network.voltages(voltage) / network.thermal_voltage
    bare = contacts @ network.lever.T + network.empty_level / network.thermal_voltage
    repulsion = network.repulsion / network.thermal_voltage
    # A site starts as full as contacts of 0 V would make it at the potential where it lies.
    n = _fermi(bare - contacts @ network.lever.T)
    where = _Where(network, bare, contacts, repulsion)
    lost = _descend(where, n)
    if lost.size:
        few = _Where(network, bare[lost], contacts[lost], repulsion)
        found = _follow(few, n[lost])
        still = _descend(few, found)
        n[lost], lost = found, lost[still]
    if lost.size:
        raise ConvergenceError(
            f"{lost.size} of {len(n)} steady states are not found, "
            f"the first at {np.array2string(voltage[lost[0]], precision=4)} V",
            mend="take a higher temperature or permittivity, or let the states relax in a graph",
        )
    out, back = _rates(network, bare + n @ repulsion, contacts)
    net = n[:, None] * out
    net[:, : network.sites] *= 1.0 - n[:, :, None]
    full = np.concatenate([n, np.zeros_like(contacts)], axis=1)
    full[:, network.sites :] = 1.0
    net -= full[:, :, None] * (1.0 - n[:, None]) * back
    net *= CHARGE * network.attempt_frequency
    return Steady(n, net[:, network.sites :].sum(axis=2), net if flow else None)


@dataclass(frozen=True)
class _Where:
    """Points: energies over kT without repulsion, those of contacts, and the repulsion."""

    network: Network
    bare: FloatArray
    contacts: FloatArray
    repulsion: FloatArray

    def change(
        self, n: FloatArray, at: IntArray, before: FloatArray, inertia: float
    ) -> tuple[FloatArray, FloatArray]:
        """Return Newton's change of n within 0 and 1, and what is left to balance, relative."""
        bare, contacts = self.bare[at], self.contacts[at]
        change, alone = _newton(self.network, bare, contacts, self.repulsion, n, before, inertia)
        # Where Newton would overfill a site or take what is not there, it is balanced alone.
        outside = (n + change < 0.0) | (n + change > 1.0)
        change = np.clip(n + np.where(outside, alone, change), 0.0, 1.0) - n
        return change, np.abs(alone).max(axis=1)


def _descend(where: _Where, n: FloatArray) -> IntArray:
    """Take steps of Newton, shorter where they make things worse; return what has not arrived."""
    share, size = np.ones(len(n)), np.full(len(n), np.inf)
    left = np.arange(len(n))
    for _ in range(_STEPS):
        change, force = where.change(n[left], left, n[left], 0.0)
        factor = np.where(force > size[left], 0.5, 1.5)
        share[left], size[left] = np.minimum(factor * share[left], 1.0), force
        n[left] += share[left, None] * change
        left = left[np.abs(change).max(axis=1) >= _TOLERANCE]
        if not left.size:
            break
    return left


def _follow(where: _Where, n: FloatArray) -> FloatArray:
    """Return what n become in time, by implicit Euler with steps that grow."""
    n, every = n.copy(), np.arange(len(n))
    for inertia in np.geomspace(1.0, 1e-8, 200):
        before = n.copy()
        for _ in range(3):
            n += where.change(n, every, before, inertia)[0]
    return n


def _rates(network: Network, x: FloatArray, contacts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rates from site i to place j and back, both of shape (M, N + contacts, N)."""
    gap = np.concatenate([x, contacts], axis=1)[:, :, None] - x[:, None]
    out = network.prefactor * np.exp(-np.maximum(gap, 0.0))
    back = network.prefactor * np.exp(np.minimum(gap, 0.0))
    return out, back


def _newton(
    network: Network,
    bare: FloatArray,
    contacts: FloatArray,
    repulsion: FloatArray,
    n: FloatArray,
    before: FloatArray,
    inertia: float,
) -> tuple[FloatArray, FloatArray]:
    """Return Newton's changes of n, and those that balance each site, others as they are."""
    x, sites = bare + n @ repulsion, network.sites
    out, back = _rates(network, x, contacts)
    between, behind = out[:, :sites], back[:, :sites]
    gain, loss = back[:, sites:].sum(axis=1), out[:, sites:].sum(axis=1)
    arrive = gain + np.einsum("mj,mji->mi", n, behind)
    depart = loss + np.einsum("mj,mji->mi", 1.0 - n, between)
    force = (1.0 - n) * arrive - n * depart - inertia * (n - before)
    matrix = -((1.0 - n)[:, :, None] * between + n[:, :, None] * behind)
    diagonal = np.arange(sites)
    matrix[:, diagonal, diagonal] = arrive + depart + inertia
    if network.interacting:
        matrix += _laplacian(x, contacts, n, out, back) @ repulsion
    change = np.linalg.solve(matrix, force[..., None])[..., 0]
    return change, force / (arrive + depart + inertia)


def _laplacian(
    x: FloatArray, contacts: FloatArray, n: FloatArray, out: FloatArray, back: FloatArray
) -> FloatArray:
    """Return by how much the balance of each site falls with the energies over kT, (M, N, N)."""
    sites = n.shape[1]
    full, empty = n[:, None], 1.0 - n[:, None]
    above = x[:, :, None] > x[:, None]
    flow = np.where(
        above,
        full * (1.0 - n[:, :, None]) * out[:, :sites],
        n[:, :, None] * empty * back[:, :sites],
    )
    beyond = contacts[:, :, None] > x[:, None]
    wall = np.where(beyond, full * out[:, sites:], empty * back[:, sites:]).sum(axis=1)
    matrix = -flow
    diagonal = np.arange(sites)
    matrix[:, diagonal, diagonal] = wall + flow.sum(axis=1)
    return matrix
