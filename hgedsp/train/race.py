"""How many starts race each other, and how long the better ones go on."""

from __future__ import annotations

from dataclasses import dataclass

from hgedsp.checks import require, require_integer, require_positive


@dataclass(frozen=True)
class Race:
    """Successive halving: many starts for a few epochs, the better ones for more, and so on.

    Which input electrodes and which controls a start has decides more than how long it is trained.
    How soon the loss tells which starts are bad depends on the classes. For a ball in a shell it
    begins to after 8 epochs; for two moons it is then a coin, for a start that draws a line between
    them looks as good as one that will bend around them. So few starts leave early, and as many go
    on with half the step, where the loss tells more.

    Parameters
    ----------
    stages : sequence of (int, int, float)
        How many of the starts take part in each stage, for how many epochs, and with which share
        of the learning rate: less of it for the last ones, which are near the end of their way.
    aim : float
        Accuracy at which training stops, measured with one threshold over the last epochs, up to
        once around all training points.
    acceptable : float
        Accuracy of the best start with which no new round begins.
    max_epochs : int
        Of all starts in all rounds together.

    Raises
    ------
    ParameterError
        If a number is out of its range, or a stage has more starts than the one before.
    """

    stages: tuple[tuple[int, int, float], ...] = (
        (24, 8, 1.0),
        (16, 20, 1.0),
        (16, 12, 0.5),
        (4, 40, 0.5),
        (1, 150, 0.25),
    )
    aim: float = 0.98
    acceptable: float = 0.96
    max_epochs: int = 10_000

    def __post_init__(self) -> None:
        require(
            len(self.stages) > 0,
            "a race needs a stage, got none",
            "give stages such as (8, 20, 1.0)",
        )
        for count, epochs, share in self.stages:
            require_integer("a race", 1, starts=count)
            require_integer("a race", 1, epochs=epochs)
            require_positive("a race", "", learning_rate=share)
        counts = [count for count, _, _ in self.stages]
        require(
            counts == sorted(counts, reverse=True),
            f"starts cannot come back into a race, got {counts}",
            "let every stage have fewer starts than the one before",
        )
        require(
            0 < self.acceptable <= self.aim <= 1,
            f"accuracies lie between 0 and 1, got {self.acceptable:g} and {self.aim:g}",
            "give acceptable at most aim, and aim at most 1",
        )
        require_integer("a race", 1, max_epochs=self.max_epochs)
