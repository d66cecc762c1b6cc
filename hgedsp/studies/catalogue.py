"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import estimators
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "estimators": Study(
        "ways to measure a gradient side by side: error against time and number", estimators.run
    ),
}
