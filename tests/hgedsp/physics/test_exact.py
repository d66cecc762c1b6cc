"""The exact master equation, and how far the mean field is from it."""

import numpy as np
import pytest

from hgedsp.errors import ParameterError
from hgedsp.physics.exact import exact, stationary
from hgedsp.physics.network import Network
from hgedsp.physics.steady import steady

SILICON = {"permittivity": 11.7, "donors": 4}
KINDS = pytest.mark.parametrize("options", [{}, SILICON], ids=["alone", "repelling"])


def network(seed, sites=6, **options):
    return Network.random(seed, sites, radius=30e-9 * (sites / 30) ** 0.5, **options)


def voltages(count, seed=1):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (count, 7))


def test_chain_of_two_states_by_hand():
    np.testing.assert_allclose(stationary(np.array([[0, 1e-30], [3e-30, 0]])), [0.75, 0.25])


def test_chain_is_solved_as_linear_algebra_does():
    rates = np.random.default_rng(1).uniform(size=(20, 20))
    np.fill_diagonal(rates, 0)
    p = stationary(rates)
    np.testing.assert_allclose(p @ rates, p * rates.sum(axis=1), rtol=1e-12)


@KINDS
def test_currents_into_all_contacts_add_up_to_zero(options):
    currents = exact(network(1, **options), voltages(5)).currents
    assert np.abs(currents.sum(axis=1)).max() < 1e-12 * np.abs(currents).max()


@KINDS
def test_grounded_network_has_boltzmann_occupations(options):
    net = network(2, **options)
    found = exact(net, np.zeros((1, 7)))
    filled = (np.arange(64)[:, None] >> np.arange(6)) & 1
    energy = filled @ net.empty_level + 0.5 * np.einsum(
        "si,ij,sj->s", filled, net.repulsion, filled
    )
    weight = np.exp(-(energy - energy.min()) / net.thermal_voltage)
    np.testing.assert_allclose(found.occupation[0], weight @ filled / weight.sum(), rtol=1e-9)
    # No current to within rounding of what would flow at a voltage.
    assert np.abs(found.currents).max() < 1e-12 * np.abs(exact(net, voltages(1)).currents).max()


def test_one_site_is_exact_in_the_mean_field():
    net, v = network(3, 1), voltages(20)
    np.testing.assert_allclose(
        steady(net, v).currents, exact(net, v).currents, rtol=1e-6, atol=1e-20
    )


@pytest.mark.parametrize(
    ("options", "low", "high"), [({}, 1e-4, 0.02), (SILICON, 0.01, 0.2)], ids=["alone", "repelling"]
)
def test_mean_field_is_off_by_as_much_as_the_documents_say(options, low, high):
    squares = np.zeros(2)
    for seed in range(6):
        net, v = network(seed, **options), voltages(20, seed)
        true, got = exact(net, v).currents[:, -1], steady(net, v).currents[:, -1]
        squares += np.sum((got - true) ** 2), np.sum(true**2)
    assert low < np.sqrt(squares[0] / squares[1]) < high


def test_refuses_what_would_take_forever():
    with pytest.raises(ParameterError, match=r"^the exact master equation of 11 sites has 2\^11"):
        exact(network(1, 11), voltages(1))
