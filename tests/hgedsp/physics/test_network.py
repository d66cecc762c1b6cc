"""Networks as they are described, drawn and kept in files."""

import dataclasses
import math
import re

import numpy as np
import pytest

from hgedsp.errors import ParameterError, TraceError
from hgedsp.physics.network import Network
from hgedsp.physics.network_file import is_network, load_network, save_network


def test_sites_are_spread_evenly_and_levels_normally():
    network = Network.random(1, 2000, disorder=0.05)
    radius = np.hypot(*network.position.T) / (0.95 * network.radius)
    assert np.mean(radius**2) == pytest.approx(0.5, abs=0.03)
    assert network.level.std() == pytest.approx(0.05, rel=0.05)


def test_coulomb_energy_of_two_holes_in_silicon():
    # e / (4 pi eps0 11.7 10 nm) = 12.3 mV
    network = Network([[0, 0], [10e-9, 0]], [0, 0], permittivity=11.7)
    assert network.repulsion[0, 1] == pytest.approx(12.31e-3, rel=1e-3)
    np.testing.assert_allclose(network.empty_level, -network.repulsion[0, 1])
    screened = dataclasses.replace(network, screening_length=10e-9)
    assert screened.repulsion[0, 1] == pytest.approx(12.31e-3 / math.e, rel=1e-3)


def test_file_keeps_everything(tmp_path):
    network = Network.random(2, 5, donors=3, permittivity=11.7, temperature=50.0)
    save_network(tmp_path / "network.npz", network, 0.4)
    loaded, voltage_range = load_network(tmp_path / "network.npz")
    assert voltage_range == 0.4
    for each in dataclasses.fields(Network):
        np.testing.assert_array_equal(getattr(loaded, each.name), getattr(network, each.name))
    assert is_network(tmp_path / "network.npz")


def test_other_files_are_no_network(tmp_path):
    np.savez(tmp_path / "other.npz", x=1)
    np.save(tmp_path / "other.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("text")
    assert not any(map(is_network, tmp_path.iterdir()))
    with pytest.raises(ParameterError, match="has no array position_m"):
        load_network(tmp_path / "other.npz")
    with pytest.raises(TraceError, match="cannot be read"):
        load_network(tmp_path / "text.npz")
    with pytest.raises(TraceError, match="there is no file"):
        load_network(tmp_path / "nothing.npz")


def test_file_with_a_site_outside_is_named(tmp_path):
    arrays = {}
    save_network(tmp_path / "good.npz", Network.random(1, 3), 0.5)
    with np.load(tmp_path / "good.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(tmp_path / "bad.npz", **{**arrays, "position_m": np.ones((3, 2))})
    with pytest.raises(ParameterError, match=re.escape(f"at   {tmp_path / 'bad.npz'}")):
        load_network(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"position": [[31e-9, 0.0]]},
            "Network has position outside of its disk of 30 nm\n"
            "  mend give position in m from the middle of the disk, or a larger radius",
        ),
        (
            {"position": [1.0, 2.0]},
            "Network needs x and y in position, got shape (2,)\n"
            "  mend give position the shape (sites, 2), in m",
        ),
        (
            {"level": [0.0, 1.0]},
            "Network has 1 sites, but levels of shape (2,)\n"
            "  mend give one level per site, in eV, and one site at least",
        ),
        (
            {"level": [math.nan]},
            "Network needs finite numbers in level\n  mend give level finite numbers",
        ),
        (
            {"temperature": 0.0},
            "Network needs temperature above 0 K, got 0.0 K\n"
            "  mend give temperature a positive number in K",
        ),
        (
            {"contact_share": 1.5},
            "Network needs a contact_share above 0 and up to 1, got 1.5\n"
            "  mend give the share of the edge that is contacts, such as 0.5",
        ),
        (
            {"permittivity": -1.0},
            "Network needs permittivity above 0, got -1.0\n"
            "  mend give permittivity a positive number, or inf for none",
        ),
        (
            {"contacts": 1},
            "Network needs a whole number of at least 2 for contacts, got 1\n"
            "  mend give contacts a whole number of at least 2",
        ),
    ],
)
def test_refuses(change, text):
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        Network(**{"position": [[0.0, 0.0]], "level": [0.0], **change})


def test_refuses_settings_it_does_not_have():
    with pytest.raises(ParameterError, match="mend the settings are position, level, donors"):
        Network.random(1, height=3.0)
