"""Lever arms in a disk against potentials that are known in closed form."""

import numpy as np
import pytest
from scipy import integrate

from hgedsp.physics.disk import (
    POINTS,
    contact_distances,
    edge_potentials,
    lever_arms,
)


def places(count=50, largest=0.95, seed=1):
    generator = np.random.default_rng(seed)
    radius, angle = (
        largest * np.sqrt(generator.uniform(size=count)),
        generator.uniform(0, 2 * np.pi, count),
    )
    return radius * np.exp(1j * angle)


def as_positions(z):
    return np.stack([z.real, z.imag], axis=1)


def square(z):
    """The conformal map of the disk to a square with corners at exp(i pi/4), ..."""
    return z * integrate.quad_vec(lambda s: 1 / np.sqrt(1 + (s * z) ** 4), 0, 1)[0]


def test_two_contacts_with_gaps_give_the_potential_of_a_square():
    # Opposite quarters of the edge are contacts: sides of the square, where the field is even.
    z = places()
    exact = 0.5 + 0.5 * (square(z) / square(np.ones(1)).real).real
    got = lever_arms(as_positions(z), 2, 0.5)
    np.testing.assert_allclose(got[:, 0], exact, atol=2e-3)


def test_error_falls_as_one_over_the_points():
    # Next to a contact's end the potential is hardest to find; the square root of the distance.
    edge = np.exp(2j * np.pi * (np.arange(4096) + 0.5) / 4096)
    errors = []
    for points in (256, 512, 1024):
        z = edge[:: 4096 // points] * np.exp(1j * np.pi * (1 / points - 1 / 4096))
        exact = 0.5 + 0.5 * (square(0.9999999 * z) / square(np.ones(1)).real).real
        errors.append(np.abs(edge_potentials(2, 0.5, points)[:, 0] - exact).mean())
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("contacts", [3, 8])
def test_contacts_that_meet_give_the_harmonic_measure_of_their_arcs(contacts):
    z, half = places(), np.pi / contacts
    # Angle under which the arc is seen, over pi, less half of its share of the circle.
    seen = np.angle((np.exp(1j * half) - z) / (np.exp(-1j * half) - z)) % (2 * np.pi)
    exact = seen / np.pi - half / np.pi
    got = lever_arms(as_positions(z), contacts, 1.0)[:, 0]
    np.testing.assert_allclose(got, exact, atol=2 * contacts / POINTS)


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_lever_arms_add_up_to_one_and_are_alike_in_the_middle(share):
    arms = lever_arms(as_positions(np.append(places(), 0)), 8, share)
    np.testing.assert_allclose(arms.sum(axis=1), 1, rtol=1e-12)
    assert arms.min() > 0
    np.testing.assert_allclose(arms[-1], 1 / 8, rtol=1e-2)


def test_distance_is_that_to_the_nearest_point_of_the_contact():
    z = places()
    arc = np.exp(1j * (np.pi / 4 + np.linspace(-0.5, 0.5, 4001) * np.pi / 8))
    got = contact_distances(as_positions(z), 8, 0.5)[:, 1]
    np.testing.assert_allclose(got, np.abs(z[:, None] - arc).min(axis=1), atol=1e-6)
