"""Steady states in the mean field: what has to hold exactly, and limits known by hand."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hgedsp.errors import ConvergenceError, ParameterError
from hgedsp.physics import steady as module
from hgedsp.physics.network import CHARGE, Network
from hgedsp.physics.steady import equilibrium, steady

SILICON = {"permittivity": 11.7, "donors": 15}
KINDS = pytest.mark.parametrize("options", [{}, SILICON], ids=["alone", "repelling"])


def voltages(count, seed=1, size=0.5, electrodes=7):
    return np.random.default_rng(seed).uniform(-size, size, (count, electrodes))


@KINDS
def test_currents_into_all_contacts_add_up_to_zero(options):
    currents = steady(Network.random(1, **options), voltages(100)).currents
    left = np.abs(currents.sum(axis=1)) / np.abs(currents).sum(axis=1)
    assert left.max() < 1e-9


@KINDS
def test_grounded_network_is_in_equilibrium(options):
    network = Network.random(2, **options)
    found = steady(network, np.zeros((1, 7)), flow=True)
    energy = network.empty_level + found.occupation[0] @ network.repulsion
    fermi = 1 / (1 + np.exp(energy / network.thermal_voltage))
    np.testing.assert_allclose(found.occupation[0], fermi, rtol=1e-9)
    np.testing.assert_allclose(equilibrium(network), fermi, rtol=1e-9)
    # Not only do the currents add up to nothing: there is none between any two places.
    unit = CHARGE * network.attempt_frequency
    assert np.abs(found.flow).max() < 1e-12 * unit


@settings(max_examples=20, deadline=None)
@given(
    level=st.floats(-0.2, 0.2),
    voltage=st.floats(-0.5, 0.5),
    x=st.floats(-0.9, 0.9),
)
def test_one_site_has_the_occupation_of_its_four_rates(level, voltage, x):
    network = Network([[30e-9 * x, 0.0]], [level], contacts=2)
    kT, energy = network.thermal_voltage, level + network.lever[0, 0] * voltage
    near, far = network.prefactor[1:, 0]
    gain = near * math.exp(-max(energy - voltage, 0) / kT), far * math.exp(-max(energy, 0) / kT)
    loss = near * math.exp(-max(voltage - energy, 0) / kT), far * math.exp(-max(-energy, 0) / kT)
    n = sum(gain) / (sum(gain) + sum(loss))
    found = steady(network, np.array([[voltage]]))
    assert found.occupation[0, 0] == pytest.approx(n, rel=1e-9, abs=1e-15)
    current = CHARGE * network.attempt_frequency * (n * loss[1] - (1 - n) * gain[1])
    unit = CHARGE * network.attempt_frequency * far
    assert found.currents[0, 1] == pytest.approx(current, rel=1e-7, abs=1e-12 * unit)


@KINDS
def test_small_voltages_see_the_resistors_of_miller_and_abrahams(options):
    # Between two sites a conductance e^2 / kT times the flow to and fro in equilibrium: where
    # holes repel each other the potential on the sites changes, but not what flows.
    network = Network.random(3, temperature=150.0, **options)
    kT, n = network.thermal_voltage, equilibrium(network)
    energy = network.empty_level + n @ network.repulsion
    flow = network.prefactor.copy()
    everywhere = np.concatenate([energy, np.zeros(8)])
    full = np.concatenate([n, np.ones(8)])
    gap = everywhere[:, None] - energy
    flow *= n * np.exp(-np.maximum(gap, 0) / kT)
    flow[:30] *= 1 - full[:30, None]
    conductance = CHARGE * network.attempt_frequency / kT * flow
    laplacian = np.diag(conductance.sum(axis=0)) - conductance[:30]
    inner = np.linalg.solve(laplacian, conductance[30:].T)
    expected = conductance[30:] @ inner - np.diag(conductance[30:].sum(axis=1))
    step = 1e-5
    rows = step * np.vstack([np.eye(7), -np.eye(7)])
    currents = steady(network, rows).currents
    slope = (currents[:7] - currents[7:]).T / (2 * step)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(slope, expected[:, :7], atol=1e-4 * largest)
    # Onsager: what contact a does at b, b does at a.
    np.testing.assert_allclose(slope[:7], slope[:7].T, atol=1e-6 * largest)


def test_currents_fall_as_one_over_temperature_where_it_is_high():
    hot, hotter = (
        steady(Network.random(1, temperature=t), voltages(20)).currents for t in (1e6, 2e6)
    )
    np.testing.assert_allclose(hot, 2 * hotter, atol=2e-3 * np.abs(hot).max())


def test_cold_network_is_solved_too():
    found = steady(Network.random(1, temperature=4.2), voltages(20)).currents
    assert np.abs(found.sum(axis=1)).max() < 1e-9 * np.abs(found).max()


def test_flow_adds_up_at_every_site():
    network = Network.random(4)
    found = steady(network, voltages(5), flow=True)
    np.testing.assert_allclose(found.flow[:, 30:].sum(axis=2), found.currents, rtol=1e-12)
    out = found.flow.sum(axis=1)
    assert np.abs(out).max() < 1e-9 * np.abs(found.flow).max()
    between = found.flow[:, :30]
    np.testing.assert_allclose(between, -between.transpose(0, 2, 1), atol=1e-22)


def test_what_is_not_found_is_said(monkeypatch):
    monkeypatch.setattr(module, "_STEPS", 1)
    monkeypatch.setattr(module, "_follow", lambda where, n: n)
    with pytest.raises(ConvergenceError, match=r"^2 of 2 steady states are not found, "):
        steady(Network.random(1), voltages(2))


def test_donors_fill_nothing_that_they_do_not_repel():
    network = Network.random(1, **SILICON)
    alone = dataclasses.replace(network, permittivity=math.inf)
    np.testing.assert_array_equal(alone.empty_level, network.level)
    assert not np.allclose(network.empty_level, network.level)


def test_refuses_voltages_of_another_network():
    with pytest.raises(ParameterError, match="the network has 7 electrodes, got voltages"):
        steady(Network.random(1), np.zeros((3, 8)))
