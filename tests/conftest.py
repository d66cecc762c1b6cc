"""What all tests share."""

import os
from pathlib import Path

# A thousand small kernels: kept beside the tests, so that the second run is quick, and not in the
# cache of whoever runs them. Set before hgedsp is asked for its folder, and for child processes.
os.environ.setdefault(
    "HGEDSP_CACHE", str(Path(__file__).parents[1] / ".pytest_cache" / "hgedsp_kernels")
)
