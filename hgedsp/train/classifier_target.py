"""Classification of points as targets of ``hgedsp train``."""

from __future__ import annotations

from collections.abc import Callable

from hgedsp.devices import choose_device
from hgedsp.results import Result
from hgedsp.train.classifier import train_classifier
from hgedsp.train.data_sets import DATA_SETS, GAP
from hgedsp.train.target import Target


def classifier_targets() -> dict[str, Target]:
    """Return one target per data set."""
    return {
        task: Target(
            f"classes, {data.about}",
            _training(task),
            ("loss", "inputs", *(["gap"] if data.has_gap else [])),
        )
        for task, data in DATA_SETS.items()
    }


def _training(task: str) -> Callable[..., Result]:
    def train(
        *,
        device: str | None,
        seed: int,
        progress: bool,
        loss: str = "correlation",
        inputs: tuple[int, ...] | None = None,
        gap: float = GAP,
    ) -> Result:
        model, name = choose_device(device)
        return train_classifier(
            task,
            model,
            device_name=name,
            seed=seed,
            progress=progress,
            loss=loss,
            inputs=inputs,
            gap=gap,
        )

    return train
