"""A device made from physics: holes that hop between dopants."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from hgedsp.block import Block, Coefficients
from hgedsp.checks import (
    FloatArray,
    PathLike,
    VectorLike,
    require,
    require_integer,
    require_positive,
)
from hgedsp.physics.mean_field import CONTACT_ROWS, ROWS, SQUARES, relax
from hgedsp.physics.network import CHARGE, Network
from hgedsp.physics.network_file import load_network, save_network
from hgedsp.physics.steady import equilibrium, steady
from hgedsp.ports import Ports


@final
@dataclass(frozen=True, eq=False)
class HoppingNetwork(Block):
    """A disk of acceptors between eight contacts, between which holes hop.

    dn_i/dt = sum_j [n_j (1 - n_i) W_ji - n_i (1 - n_j) W_ij],
    W_ij = nu exp(-2 r_ij / a) min(1, exp(-(E_j - E_i) / kT)),
    current = e times the net rate into the last contact

    E_i is the level of a site, the potential that the contacts make there, and the mean repulsion
    by the other holes, if any; contacts are reservoirs. The occupations n are solved for at every
    sample, from those of the sample before.

    Parameters
    ----------
    network : Network
        Where the sites are, and all physical constants; see `hgedsp.physics.network.Network`.
    voltage_range : float, optional
        Voltages from -voltage_range to voltage_range are those to work with, V.
    sweeps : int, optional
        Steps of Newton per sample, at most.
    tolerance : float, optional
        Change of every occupation below which no more of them are taken. It falls as its square
        from step to step, so 1e-6 leaves 1e-11 or less.
    quasi_static : bool, optional
        Whether the occupations are those of the steady state. Else they follow with the delay that
        the rates give them, by an implicit Euler step per sample. That takes some ns for sites the
        current passes through, so it can only be seen at GHz rates, or with a small
        `attempt_frequency`.

    Raises
    ------
    ParameterError
        If `network` is no `Network`, or a number has no meaning.

    Notes
    -----
    That the occupations of two sites are taken to be independent (mean field) changes the current
    by 0.2 to 0.5 % rms without repulsion, and by 4 to 7 % with that of silicon (half of the
    acceptors compensated), against the exact master equation of 8 sites; ``hgedsp study hopping``
    measures it. With repulsion there may be several steady states; the one a run is in depends on
    where it came from. A sample of 30 sites takes 9 us, with repulsion 25 us (CPU time, EPYC).

    References
    ----------
    .. [1] Miller & Abrahams, Phys. Rev. 120 (1960) 745: the rates.
    """

    network: Network
    voltage_range: float = 0.5
    sweeps: int = 12
    tolerance: float = 1e-6
    quasi_static: bool = True

    vector: ClassVar[bool] = True
    ports: ClassVar[Ports] = Ports(
        inputs="voltage[K]",
        outputs="current",
        state="occupation[N], work[room]",
        coefficients=(
            "lever[K*width], level[width], prefactor[(N+K+1)*width], repulsion[repulsions], "
            "factor, inertia, sweeps: int64, tolerance, unit"
        ),
    )

    def __post_init__(self) -> None:
        require(
            isinstance(self.network, Network),
            f"HoppingNetwork needs a Network, got {self.network!r}",
            "take HoppingNetwork.random(seed), or make a hgedsp.physics.network.Network",
        )
        require_positive("HoppingNetwork", "V", voltage_range=self.voltage_range)
        require_integer("HoppingNetwork", 1, sweeps=self.sweeps)
        require_positive("HoppingNetwork", "", tolerance=self.tolerance)

    @classmethod
    def random(
        cls, seed: int, sites: int = 30, *, voltage_range: float = 0.5, **options: float
    ) -> HoppingNetwork:
        """Draw a network; the options are those of `Network.random`, which see."""
        return cls(Network.random(seed, sites, **options), voltage_range)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: PathLike) -> HoppingNetwork:
        """Read a network and its range of voltages from a file that `save` wrote.

        Raises
        ------
        TraceError
            If there is no such file, or it is damaged or no archive.
        ParameterError
            If an array is missing, or has no meaning.
        """
        network, voltage_range = load_network(path)
        return cls(network, voltage_range)

    def save(self, path: PathLike) -> None:
        """Write the network and its range of voltages to an ``.npz`` file."""
        save_network(path, self.network, self.voltage_range)

    @property
    def electrodes(self) -> int:
        """Number of voltages K."""
        return self.network.electrodes

    @property
    def lower(self) -> FloatArray:
        """Lowest voltage of each electrode, V, shape (K,)."""
        return np.full(self.electrodes, -self.voltage_range)

    @property
    def upper(self) -> FloatArray:
        """Highest voltage of each electrode, V, shape (K,)."""
        return np.full(self.electrodes, self.voltage_range)

    def current(self, voltage: VectorLike) -> float | FloatArray:
        """Return the steady current (A) at voltages of shape (K,) or (N, K), V.

        Raises
        ------
        ConvergenceError
            If a steady state is not found.
        """
        v = np.asarray(voltage, dtype=np.float64)
        self.network.voltages(v)
        current = steady(self.network, v).currents[:, -1]
        return float(current[0]) if v.ndim == 1 else current

    def lanes(self) -> dict[str, int]:
        n, contacts = self.network.sites, self.network.contacts
        width = _width(n)
        return {
            "K": self.electrodes,
            "N": n,
            "width": width,
            "room": (SQUARES * n + ROWS) * width + CONTACT_ROWS * contacts,
            "repulsions": n * width if self.network.interacting else 1,
        }

    def coefficients(self, rate: float) -> Coefficients:
        network, thermal = self.network, self.network.thermal_voltage
        return (
            _rows(network.lever.T[:-1] / thermal),
            _rows(network.empty_level[np.newaxis] / thermal),
            _rows(network.prefactor),
            _rows(network.repulsion / thermal) if network.interacting else np.zeros(1),
            1.0 / thermal,
            0.0 if self.quasi_static else rate / network.attempt_frequency,
            self.sweeps,
            self.tolerance,
            CHARGE * network.attempt_frequency,
        )

    def initial(self, rate: float) -> dict[str, float | npt.NDArray[np.float64]]:
        return {"occupation": equilibrium(self.network)}

    @staticmethod
    def step(
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
        unit: float,
    ) -> float:
        rate = relax(
            voltage,
            occupation,
            work,
            lever,
            level,
            prefactor,
            repulsion,
            factor,
            inertia,
            sweeps,
            tolerance,
        )
        return unit * rate


def _width(sites: int) -> int:
    return math.ceil(sites / 8) * 8


def _rows(matrix: FloatArray) -> FloatArray:
    """Return rows that are filled up with zeros, one after the other."""
    sites = matrix.shape[1]
    return np.pad(matrix, ((0, 0), (0, _width(sites) - sites))).ravel()
