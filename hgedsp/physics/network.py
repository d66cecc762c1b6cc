"""A network of dopant sites in a disk between contacts, and what follows from where they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from hgedsp.checks import (
    FloatArray,
    require,
    require_integer,
    require_not_negative,
    require_positive,
)
from hgedsp.errors import ParameterError
from hgedsp.physics.disk import contact_distances, lever_arms

BOLTZMANN_EV = 8.617333262e-5  # eV/K
CHARGE = 1.602176634e-19  # C
VACUUM = 8.8541878128e-12  # F/m


@dataclass(frozen=True, eq=False)
class Network:
    """Acceptors in a disk of silicon between contacts on its edge, between which holes hop.

    Parameters
    ----------
    position : array of shape (N, 2)
        Acceptors, m from the middle of the disk.
    level : array of shape (N,)
        Energy of a hole on each acceptor over the Fermi level of a grounded contact, eV, without
        contacts, donors and other holes.
    donors : array of shape (D, 2), optional
        Ionised donors, m. They count only if holes repel each other.
    radius : float, optional
        Of the disk, m.
    contacts : int, optional
        Contacts evenly spread over the edge, counter-clockwise from the x axis. The last one is the
        output, and grounded.
    contact_share : float, optional
        Share of the edge that is contacts; no field leaves the disk between them.
    localisation_length : float, optional
        a in exp(-2 r / a), m.
    attempt_frequency : float, optional
        Rate of a hop over no distance that gains no energy, Hz.
    temperature : float, optional
        K.
    permittivity : float, optional
        Relative permittivity for the Coulomb energy between holes, empty acceptors and donors; inf
        (the default) for none.
    screening_length : float, optional
        Length over which that energy falls off as exp(-r / length), m.

    Raises
    ------
    ParameterError
        If sites do not lie inside of the disk, or a number has no meaning.

    Notes
    -----
    A hop to a site that is higher by E over a distance r happens at the Miller-Abrahams rate
    attempt_frequency exp(-2 r / a) min(1, exp(-E / kT)) if the site is empty. The numbers are
    chosen for currents of tens of nA; they are not taken from a measured device.
    """

    position: FloatArray
    level: FloatArray
    donors: FloatArray = None  # type: ignore[assignment]
    radius: float = 30e-9
    contacts: int = 8
    contact_share: float = 0.5
    localisation_length: float = 5e-9
    attempt_frequency: float = 3e12
    temperature: float = 77.0
    permittivity: float = math.inf
    screening_length: float = math.inf

    def __post_init__(self) -> None:
        donors = np.zeros((0, 2)) if self.donors is None else self.donors
        for name, value in (
            ("position", self.position),
            ("level", self.level),
            ("donors", donors),
        ):
            object.__setattr__(self, name, _numbers(name, value))
        require_positive("Network", "m", radius=self.radius, length=self.localisation_length)
        require_positive("Network", "Hz", attempt_frequency=self.attempt_frequency)
        require_positive("Network", "K", temperature=self.temperature)
        require_integer("Network", 2, contacts=self.contacts)
        _check_share(self.contact_share)
        for name in ("permittivity", "screening_length"):
            require(
                float(getattr(self, name)) > 0,
                f"Network needs {name} above 0, got {getattr(self, name)}",
                f"give {name} a positive number, or inf for none",
            )
        self._check_sites()

    def _check_sites(self) -> None:
        for name in ("position", "donors"):
            array = getattr(self, name)
            require(
                array.ndim == 2 and array.shape[1] == 2,
                f"Network needs x and y in {name}, got shape {array.shape}",
                f"give {name} the shape (sites, 2), in m",
            )
            inside = bool(np.all(np.hypot(*array.T) < self.radius))
            require(
                inside,
                f"Network has {name} outside of its disk of {1e9 * self.radius:g} nm",
                f"give {name} in m from the middle of the disk, or a larger radius",
            )
        require(
            len(self.position) > 0 and self.level.shape == self.position.shape[:1],
            f"Network has {len(self.position)} sites, but levels of shape {self.level.shape}",
            "give one level per site, in eV, and one site at least",
        )

    @classmethod
    def random(
        cls,
        seed: int,
        sites: int = 30,
        *,
        disorder: float = 0.1,
        donors: int = 0,
        **options: float,
    ) -> Network:
        """Draw sites evenly over the disk (up to 95 % of its radius), levels normally distributed.

        Parameters
        ----------
        seed : int
        sites : int, optional
        disorder : float, optional
            Standard deviation of the levels, eV.
        donors : int, optional
            Ionised donors at random places; they count if `permittivity` is given.
        **options
            Other parameters of `Network`.
        """
        require_integer("Network", 0, seed=seed, donors=donors)
        require_integer("Network", 1, sites=sites)
        require_not_negative("Network", "eV", disorder=disorder)
        generator = np.random.default_rng(seed)
        radius = float(options.get("radius", cls.radius))
        require_positive("Network", "m", radius=radius)
        position = _in_disk(generator, sites, 0.95 * radius)
        level = generator.normal(0.0, disorder, sites)
        fixed = _in_disk(generator, donors, 0.95 * radius)
        try:
            return cls(position, level, fixed, **options)  # type: ignore[arg-type]
        except TypeError as error:
            known = ", ".join(f.name for f in fields(cls))
            raise ParameterError(str(error), mend=f"the settings are {known}") from None

    @property
    def sites(self) -> int:
        """Number of sites N."""
        return len(self.position)

    @property
    def electrodes(self) -> int:
        """Number of contacts that take a voltage: all but the output."""
        return self.contacts - 1

    @property
    def thermal_voltage(self) -> float:
        """kT / e, V."""
        return BOLTZMANN_EV * self.temperature

    @property
    def interacting(self) -> bool:
        """Whether holes repel each other."""
        return math.isfinite(self.permittivity)

    @cached_property
    def lever(self) -> FloatArray:
        """What a contact adds to the potential of a site, V/V, shape (N, contacts)."""
        return lever_arms(self.position / self.radius, self.contacts, self.contact_share)

    @cached_property
    def prefactor(self) -> FloatArray:
        """exp(-2 r / a) between sites, then between contacts and sites, (N + contacts, N)."""
        between = _distances(self.position, self.position)
        factor = np.exp(-2.0 * between / self.localisation_length)
        np.fill_diagonal(factor, 0.0)
        to_contact = self.radius * contact_distances(
            self.position / self.radius, self.contacts, self.contact_share
        )
        return np.vstack([factor, np.exp(-2.0 * to_contact.T / self.localisation_length)])

    @cached_property
    def repulsion(self) -> FloatArray:
        """Energy that a hole on one site adds to another, eV, shape (N, N); zeros for none."""
        energy = self._coulomb(_distances(self.position, self.position))
        np.fill_diagonal(energy, 0.0)
        return energy

    @cached_property
    def empty_level(self) -> FloatArray:
        """Energy of a hole on each site where all others are empty, contacts grounded, eV."""
        donors = self._coulomb(_distances(self.position, self.donors)).sum(axis=1)
        level: FloatArray = self.level + donors - self.repulsion.sum(axis=1)
        return level

    def voltages(self, voltage: FloatArray) -> FloatArray:
        """Return voltages of all contacts, the grounded output last, of shape (..., contacts)."""
        given = np.asarray(voltage, dtype=np.float64)
        require(
            given.ndim in (1, 2) and given.shape[-1] == self.electrodes,
            f"the network has {self.electrodes} electrodes, got voltages of shape {given.shape}",
            f"give voltages of shape ({self.electrodes},) or (N, {self.electrodes}), in V",
        )
        return np.concatenate([given, np.zeros((*given.shape[:-1], 1))], axis=-1)

    def _coulomb(self, distance: FloatArray) -> FloatArray:
        if not self.interacting:
            return np.zeros_like(distance)
        # Charges closer than a tenth of a nm are as far as that: 1 / r is not meant for less.
        r = np.maximum(distance, 1e-10)
        at_one = CHARGE / (4.0 * math.pi * VACUUM * self.permittivity)
        energy: FloatArray = at_one / r * np.exp(-r / self.screening_length)
        return energy


def _distances(first: FloatArray, second: FloatArray) -> FloatArray:
    distance: FloatArray = np.linalg.norm(first[:, None] - second[None], axis=-1)
    return distance


def _in_disk(generator: np.random.Generator, count: int, radius: float) -> FloatArray:
    r = radius * np.sqrt(generator.uniform(size=count))
    angle = generator.uniform(0.0, 2.0 * np.pi, count)
    return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


def _numbers(name: str, value: object) -> FloatArray:
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array(math.nan)
    require(
        bool(np.isfinite(array).all()),
        f"Network needs finite numbers in {name}",
        f"give {name} finite numbers",
    )
    array.flags.writeable = False
    return array


def _check_share(share: float) -> None:
    require(
        0.0 < share <= 1.0,
        f"Network needs a contact_share above 0 and up to 1, got {share}",
        "give the share of the edge that is contacts, such as 0.5",
    )
