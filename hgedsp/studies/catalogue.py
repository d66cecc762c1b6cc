"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import accuracy, estimators
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "accuracy": accuracy.STUDY,
    "estimators": estimators.STUDY,
}
