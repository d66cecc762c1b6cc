"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import (
    accuracy,
    estimators,
    gates,
    hard_gates,
    hopping,
    in_materia,
    newton,
    plans,
)
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "plans": plans.STUDY,
    "accuracy": accuracy.STUDY,
    "estimators": estimators.STUDY,
    "newton": Study(
        "steps and measurement time of Newton, Adam and gradient descent on three losses",
        newton.run,
    ),
    "gates": gates.STUDY,
    "hard_gates": hard_gates.STUDY,
    "in_materia": in_materia.STUDY,
    "hopping": Study("the hopping network: mean field, speed and surrogate", hopping.run),
}
