"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import plans
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "plans": plans.STUDY,
}
