"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import in_materia
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "in_materia": in_materia.STUDY,
}
