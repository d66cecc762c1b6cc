"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import accuracy, newton
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "accuracy": accuracy.STUDY,
    "newton": Study(
        "steps and measurement time of Newton, Adam and gradient descent on three losses",
        newton.run,
    ),
}
