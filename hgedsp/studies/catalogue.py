"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import gates, hard_gates
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "gates": gates.STUDY,
    "hard_gates": hard_gates.STUDY,
}
