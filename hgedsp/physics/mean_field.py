"""The mean-field master equation of hopping with at most one carrier per site.

A hop from i to j happens at the rate W_ij = P_ij min(1, exp(x_i - x_j)) (Miller-Abrahams; x is the
energy over kT, P the prefactor), contacts are reservoirs, and the mean occupations n obey

    dn_i/dt = F_i = (1 - n_i) a_i - n_i d_i
    a_i = sum_j n_j W_ji + gain_i       (arrivals, were the site empty)
    d_i = sum_j (1 - n_j) W_ij + loss_i (departures, were it full)

Newton's equation for a better n is M delta = F with M = diag(a + d) - O and O_ij = (1 - n_i) W_ji +
n_i W_ij. The columns of O add up to a + d - (gain + loss): M is a diagonally dominant M-matrix, and
is eliminated from O and the excess gain + loss alone [1]_. As nothing is subtracted, sites that are
bound to each other 1e20 times stronger than to the rest come out right.

If carriers repel each other, x depends on n, and M gets the term L U, where U is the repulsion over
kT, and L the Laplacian of the flows that energy limits.

Arrays are flat: a row for each site or contact, with a number for each site, filled up with zeros
to a multiple of eight. Time is in units of one over the attempt frequency.

References
----------
.. [1] Grassmann, Taksar & Heyman, Operations Research 33 (1985) 1107, for Markov chains.
"""

from __future__ import annotations

import math

from numba.extending import register_jitable

from hgedsp.checks import FloatArray
from hgedsp.physics.elimination import eliminate, eliminate_any
from hgedsp.vectors import load, store, where

SQUARES, ROWS, CONTACT_ROWS = 3, 14, 1  # of site by site, sites and contacts to work in


@register_jitable
def relax(
    voltage: FloatArray,
    occupation: FloatArray,
    work: FloatArray,
    lever: FloatArray,
    level: FloatArray,
    prefactor: FloatArray,
    repulsion: FloatArray,
    factor: float,
    inertia: float,
    sweeps: int,
    tolerance: float,
) -> float:
    """Bring the occupations to where they belong, and return the net rate into the last contact.

    Parameters
    ----------
    voltage : array of shape (C - 1,)
        Of all contacts but the last, which is grounded, V.
    occupation : array of shape (N,)
        Occupations before and, in place, after.
    work : array
        Room for `SQUARES`, `ROWS` and `CONTACT_ROWS`.
    lever : array of C - 1 rows
        Energy of a site over kT per voltage of a contact, 1/V.
    level : array of one row
        Energy of a site over kT when all contacts are grounded and all sites empty.
    prefactor : array of N + C rows
        Rates of hops that lose energy, to sites and to contacts.
    repulsion : array of N rows, or of one number for none
        Energy over kT that a carrier on one site adds to another.
    factor : float
        Energy of a contact over kT per voltage, 1/V.
    inertia : float
        One over the time of a step, if occupations follow with the delay that the rates give them
        (implicit Euler); 0 for the steady state.
    sweeps : int
        Steps of Newton at most.
    tolerance : float
        Change of all occupations below which no more steps are taken.
    """
    count, width, contacts = occupation.size, level.size, voltage.size + 1
    square = count * width
    out, back, matrix = work[:square], work[square : 2 * square], work[2 * square : 3 * square]
    rows, own = work[3 * square : 3 * square + ROWS * width], work[3 * square + ROWS * width :]
    x, n, start = rows[:width], rows[width : 2 * width], rows[2 * width : 3 * width]
    change, excess = rows[3 * width : 4 * width], rows[4 * width : 5 * width]
    reservoirs, room = rows[5 * width : 9 * width], rows[9 * width : 13 * width]
    alone = rows[13 * width :]
    interacting = repulsion.size > 1
    for i in range(width):
        n[i] = occupation[i] if i < count else 0.0
        start[i] = n[i]
    for c in range(contacts):
        own[c] = factor * voltage[c] if c < voltage.size else 0.0
    step, share, force = math.inf, 1.0, math.inf
    for sweep in range(sweeps):
        if interacting or sweep == 0:
            _place(voltage, n, lever, level, repulsion, x, count)
            _set_rates(x, own, prefactor, out, back, reservoirs, room, count)
        _linearise(n, start, inertia, out, back, reservoirs, matrix, change, excess, room, count)
        before, force = force, _balance_alone(change, room, alone, count)
        if interacting:
            # A step that makes things worse was too long: the next one is shorter.
            share = min(1.0, share * (0.5 if force > before else 1.5))
            _respond(x, n, out, back, reservoirs, repulsion, matrix, count)
            eliminate_any(matrix, change, count)
        else:
            eliminate(matrix, excess, change, count)
        step = _advance(n, change, alone, share, count)
        if step < tolerance:
            break
    if interacting:
        _place(voltage, n, lever, level, repulsion, x, count)
    for i in range(count):
        occupation[i] = n[i]
    last = prefactor[square + (contacts - 1) * width :]
    return net_rate(occupation, x, own[contacts - 1], last)


@register_jitable
def net_rate(occupation: FloatArray, x: FloatArray, own: float, contact: FloatArray) -> float:
    """Return the net rate from all sites into a contact of energy `own` over kT."""
    rate = 0.0
    for i in range(occupation.size):
        gap = x[i] - own
        slow = math.exp(-abs(gap))
        down = 1.0 if gap > 0.0 else slow
        up = slow if gap > 0.0 else 1.0
        rate += contact[i] * (occupation[i] * down - (1.0 - occupation[i]) * up)
    return rate


@register_jitable
def _place(
    voltage: FloatArray,
    n: FloatArray,
    lever: FloatArray,
    level: FloatArray,
    repulsion: FloatArray,
    x: FloatArray,
    count: int,
) -> None:
    """Write the energies of the sites over kT to `x`."""
    width = x.size
    for i in range(0, width, 8):
        total = load(level, i, 8, 8)
        for c in range(voltage.size):
            total = voltage[c] * load(lever, c * width + i, 8, 8) + total
        if repulsion.size > 1:
            for j in range(count):
                total = n[j] * load(repulsion, j * width + i, 8, 8) + total
        store(x, i, total)


@register_jitable
def _set_rates(
    x: FloatArray,
    own: FloatArray,
    prefactor: FloatArray,
    out: FloatArray,
    back: FloatArray,
    reservoirs: FloatArray,
    room: FloatArray,
    count: int,
) -> None:
    """Write the rates W_ij to `out`, W_ji to `back`, and those of all contacts to `reservoirs`."""
    width, contacts = x.size, own.size
    low, high = 0.0, 0.0  # the last contact is grounded
    for c in range(contacts):
        low, high = min(low, own[c]), max(high, own[c])
    for i in range(count):
        low, high = min(low, x[i]), max(high, x[i])
    # exp(x_i - x_j) is a product of two, if these are in range: 2 N instead of N^2 exponentials.
    middle, in_range = 0.5 * (low + high), high - low < (1200.0 if x.itemsize == 8 else 150.0)
    up, down = room[:width], room[width : 2 * width]
    leave, enter = room[2 * width : 3 * width], room[3 * width : 4 * width]
    for i in range(width):
        shown = in_range and i < count
        up[i] = math.exp(middle - x[i]) if shown else 0.0
        down[i] = math.exp(x[i] - middle) if shown else 0.0
    for i in range(reservoirs.size):
        reservoirs[i] = 0.0
    for j in range(count):
        a, b = j * width, (j + 1) * width
        _set_row(x, x[j], middle, in_range, prefactor[a:b], up, down, out[a:b], back[a:b])
    for c in range(contacts):
        a, b = (count + c) * width, (count + c + 1) * width
        _set_row(x, own[c], middle, in_range, prefactor[a:b], up, down, leave, enter)
        for i in range(0, width, 8):
            gain, loss = load(enter, i, 8, 8), load(leave, i, 8, 8)
            above = load(x, i, 8, 8) > own[c]
            store(reservoirs, i, load(reservoirs, i, 8, 8) + gain)
            store(reservoirs, width + i, load(reservoirs, width + i, 8, 8) + loss)
            place = 2 * width + i
            store(reservoirs, place, load(reservoirs, place, 8, 8) + where(above, gain, 0.0))
            place += width
            store(reservoirs, place, load(reservoirs, place, 8, 8) + where(above, 0.0, loss))


@register_jitable
def _set_row(
    x: FloatArray,
    other: float,
    middle: float,
    in_range: bool,
    prefactor: FloatArray,
    up: FloatArray,
    down: FloatArray,
    out: FloatArray,
    back: FloatArray,
) -> None:
    """Write the rates from all sites to one of energy `other`, and back."""
    if not in_range:
        for i in range(x.size):
            slow = math.exp(-abs(x[i] - other))
            out[i] = prefactor[i] * (slow if other > x[i] else 1.0)
            back[i] = prefactor[i] * (1.0 if other > x[i] else slow)
        return
    first, second = math.exp(middle - other), math.exp(other - middle)
    for i in range(0, x.size, 8):
        factor = load(prefactor, i, 8, 8)
        a, b = first * load(down, i, 8, 8), second * load(up, i, 8, 8)
        store(out, i, factor * where(a < 1.0, a, 1.0))
        store(back, i, factor * where(b < 1.0, b, 1.0))


@register_jitable
def _linearise(
    n: FloatArray,
    start: FloatArray,
    inertia: float,
    out: FloatArray,
    back: FloatArray,
    reservoirs: FloatArray,
    matrix: FloatArray,
    change: FloatArray,
    excess: FloatArray,
    room: FloatArray,
    count: int,
) -> None:
    """Write M to `matrix`, what its columns add up to to `excess`, and F to `change`."""
    width = n.size
    for i in range(0, width, 8):
        gain, loss = load(reservoirs, i, 8, 8), load(reservoirs, width + i, 8, 8)
        store(excess, i, gain + loss + inertia)
        full = load(n, i, 8, 8)
        for j in range(count):
            gain = n[j] * load(back, j * width + i, 8, 8) + gain
            loss = (1.0 - n[j]) * load(out, j * width + i, 8, 8) + loss
        store(room, i, gain + loss + inertia)
        late = inertia * (full - load(start, i, 8, 8))
        store(change, i, (1.0 - full) * gain - full * loss - late)
    for i in range(count):
        full, empty = -n[i], n[i] - 1.0
        for j in range(i * width, (i + 1) * width, 8):
            store(matrix, j, empty * load(out, j, 8, 8) + full * load(back, j, 8, 8))
        matrix[i * width + i] = room[i]


@register_jitable
def _respond(
    x: FloatArray,
    n: FloatArray,
    out: FloatArray,
    back: FloatArray,
    reservoirs: FloatArray,
    repulsion: FloatArray,
    matrix: FloatArray,
    count: int,
) -> None:
    """Add to M what comes from energies that change with the occupations, L U."""
    width = x.size
    for i in range(count):
        full, empty = n[i], 1.0 - n[i]
        total = empty * reservoirs[2 * width + i] + full * reservoirs[3 * width + i]
        for m in range(count):
            # Of a hop and the hop back, the one that gains energy depends on it.
            if x[m] > x[i]:
                flow = full * (1.0 - n[m]) * back[i * width + m]
            else:
                flow = n[m] * empty * out[i * width + m]
            total += flow
            for k in range(0, width, 8):
                old = load(matrix, i * width + k, 8, 8)
                store(matrix, i * width + k, old - flow * load(repulsion, m * width + k, 8, 8))
        for k in range(0, width, 8):
            old = load(matrix, i * width + k, 8, 8)
            store(matrix, i * width + k, total * load(repulsion, i * width + k, 8, 8) + old)


@register_jitable
def _balance_alone(force: FloatArray, total: FloatArray, alone: FloatArray, count: int) -> float:
    """Write by how much each site is off its balance with the others as they are; the largest."""
    largest = 0.0
    for i in range(count):
        alone[i] = force[i] / total[i]
        largest = max(largest, abs(alone[i]))
    return largest


@register_jitable
def _advance(
    n: FloatArray, change: FloatArray, alone: FloatArray, share: float, count: int
) -> float:
    """Change the occupations by a share of what they should; return the largest.

    Where Newton would overfill a site or take what is not there, the site is balanced alone.
    """
    largest = 0.0
    for i in range(count):
        new = n[i] + change[i]
        new = new if 0.0 <= new <= 1.0 else min(max(n[i] + alone[i], 0.0), 1.0)
        largest = max(largest, abs(new - n[i]))
        n[i] = new if share == 1.0 else n[i] + share * (new - n[i])
    return largest
