"""Potential of contacts on the edge of a disk, and distances to them.

Inside, the potential u obeys Laplace's equation; on a contact it is given, between contacts no
field leaves the disk (du/dr = 0). On the edge du/dr is |m| for the m-th Fourier component of u, so
the potential between contacts follows from that on them by linear equations for points on the edge;
inside it is Poisson's integral over the edge. With 1024 points lever arms are right to 2e-3: the
charge that crowds at the ends of contacts sets the error, which falls as one over the points.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import linalg

from hgedsp.checks import FloatArray

POINTS = 1024


def contact_angles(contacts: int) -> FloatArray:
    """Return the angles of the middles of contacts, evenly spread, rad."""
    return 2.0 * np.pi * np.arange(contacts) / contacts


@lru_cache(maxsize=32)
def edge_potentials(contacts: int, share: float, points: int = POINTS) -> FloatArray:
    """Return the potential along the edge with one contact at 1 V and all others at 0 V.

    Parameters
    ----------
    contacts : int
        Number of contacts, evenly spread.
    share : float
        Share of the edge that is contacts; 1 if they meet.
    points : int
        Points on the edge, at angles 2 pi (k + 1/2) / points.

    Returns
    -------
    array of shape (points, contacts)
        Read-only.
    """
    nearest, off = _nearest(edge_angles(points), contacts)
    on = off <= share * np.pi / contacts
    potential = np.zeros((points, contacts))
    potential[on, nearest[on]] = 1.0
    if not on.all():
        component = np.abs(np.fft.fftfreq(points, 1.0 / points))
        field = linalg.circulant(np.fft.ifft(component).real)
        free = ~on
        charge = field[np.ix_(free, on)] @ potential[on]
        potential[free] = -linalg.solve(field[np.ix_(free, free)], charge, assume_a="pos")
    potential.flags.writeable = False
    return potential


def edge_angles(points: int) -> FloatArray:
    """Return the angles of points on the edge, rad."""
    return 2.0 * np.pi * (np.arange(points) + 0.5) / points


def lever_arms(position: FloatArray, contacts: int, share: float) -> FloatArray:
    """Return what each contact adds to the potential of each site, V/V.

    Parameters
    ----------
    position : array of shape (N, 2)
        In radii of the disk.

    Returns
    -------
    array of shape (N, contacts)
        Rows add up to 1.
    """
    # Sites near the edge see single points of it; more of them keep the integral smooth.
    edge = edge_potentials(contacts, share)
    radius, angle = np.hypot(*position.T)[:, None], np.arctan2(position[:, 1], position[:, 0])
    off = angle[:, None] - edge_angles(len(edge))
    kernel = (1.0 - radius**2) / (1.0 - 2.0 * radius * np.cos(off) + radius**2)
    potential: FloatArray = kernel @ edge / kernel.sum(axis=1, keepdims=True)
    return potential


def contact_distances(position: FloatArray, contacts: int, share: float) -> FloatArray:
    """Return the distance of each site to the nearest point of each contact, shape (N, contacts).

    Positions and distances are in radii of the disk.
    """
    radius, angle = np.hypot(*position.T)[:, None], np.arctan2(position[:, 1], position[:, 0])
    off = np.abs(_turned(angle[:, None] - contact_angles(contacts)))
    beyond = np.maximum(off - share * np.pi / contacts, 0.0)
    distance: FloatArray = np.sqrt(1.0 + radius**2 - 2.0 * radius * np.cos(beyond))
    return distance


def _nearest(angle: FloatArray, contacts: int) -> tuple[FloatArray, FloatArray]:
    """Return the nearest contact and the angle to its middle."""
    off = np.abs(_turned(angle[:, None] - contact_angles(contacts)))
    return off.argmin(axis=1), off.min(axis=1)


def _turned(angle: FloatArray) -> FloatArray:
    """Return angles between -pi and pi."""
    turned: FloatArray = (angle + np.pi) % (2.0 * np.pi) - np.pi
    return turned
