"""All studies by name."""

from __future__ import annotations

from hgedsp.studies import hopping
from hgedsp.studies.study import Study

STUDIES: dict[str, Study] = {
    "hopping": Study("the hopping network: mean field, speed and surrogate", hopping.run),
}
