"""Labelled points, drawn at random from a seed: two classes in two or three dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hgedsp.checks import FloatArray, require

OUTER = 1.0
SHELL = 0.2  # thickness of the outer ring or shell
GAP = 0.5


@dataclass(frozen=True)
class DataSet:
    """Two classes of points with coordinates from -1 to 1.

    Parameters
    ----------
    about : str
        What the classes are.
    dimensions : int
        Coordinates D of a point.
    draw : callable
        ``draw(generator, label, gap)`` gives one point of a class; see `points`.
    feature : str
        What the current is drawn against.
    value : callable
        That feature of points of shape (M, D), shape (M,).
    has_gap : bool
        Whether the gap can be set.
    """

    about: str
    dimensions: int
    draw: Callable[[np.random.Generator, FloatArray, float], FloatArray]
    feature: str
    value: Callable[[FloatArray], FloatArray]
    has_gap: bool = False

    def points(
        self, generator: np.random.Generator, count: int, gap: float = GAP
    ) -> tuple[FloatArray, FloatArray]:
        """Return `count` points, shape (count, D), and labels 0, 1, 0, 1, ..., shape (count,)."""
        require(
            0 < gap < OUTER - SHELL,
            f"a gap between the classes lies between 0 and {OUTER - SHELL:g}, got {gap:g}",
            f"give a gap such as {GAP:g}",
        )
        label = np.arange(count, dtype=np.float64) % 2
        return self.draw(generator, label, gap), label


def _radius(points: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(points, axis=1))


def _ball_in_shell(
    dimensions: int,
) -> Callable[[np.random.Generator, FloatArray, float], FloatArray]:
    """Class 1 within a ball, class 0 in a shell around it, both evenly by volume."""

    def draw(generator: np.random.Generator, label: FloatArray, gap: float) -> FloatArray:
        direction = generator.normal(size=(label.size, dimensions))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        inner, share = OUTER - SHELL, generator.uniform(size=label.size)
        low = np.where(label > 0, 0.0, inner) ** dimensions
        high = np.where(label > 0, inner - gap, OUTER) ** dimensions
        radius = (low + share * (high - low)) ** (1 / dimensions)
        return np.asarray(radius[:, np.newaxis] * direction)

    return draw


def _moons(generator: np.random.Generator, label: FloatArray, gap: float) -> FloatArray:
    """Two half circles that hold each other, 0.05 rms thick."""
    angle = np.pi * generator.uniform(size=label.size)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    points = 0.6 * np.where(label[:, np.newaxis] > 0, upper, -upper)
    return np.clip(points + 0.05 * generator.normal(size=points.shape), -1, 1)


def _clouds(generator: np.random.Generator, label: FloatArray, gap: float) -> FloatArray:
    """Four clouds at the corners of a square, those of a diagonal alike: XOR with soft inputs."""
    first = generator.choice([-1.0, 1.0], size=label.size)
    second = np.where(label > 0, -first, first)
    centre = 0.7 * np.stack([first, second], axis=1)
    return np.clip(centre + 0.1 * generator.normal(size=centre.shape), -1, 1)


DATA_SETS: dict[str, DataSet] = {
    "ring": DataSet(
        "2-D: a disk (high) in a ring", 2, _ball_in_shell(2), "radius", _radius, has_gap=True
    ),
    "moons": DataSet(
        "2-D: two half moons", 2, _moons, "second coordinate", lambda points: points[:, 1]
    ),
    "clouds": DataSet(
        "2-D: four clouds, as XOR with soft inputs",
        2,
        _clouds,
        "product of the coordinates",
        lambda points: points[:, 0] * points[:, 1],
    ),
    "sphere": DataSet(
        "3-D: a ball (high) in a shell", 3, _ball_in_shell(3), "radius", _radius, has_gap=True
    ),
}
