"""The cache folder: one file of emitted source per kernel, and numba's machine code beside it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class CacheInfo:
    """What the cache folder holds."""

    folder: Path
    kernels: int
    size_bytes: int


def cache_folder() -> Path:
    """Return the folder of compiled kernels, made if there is none.

    It is the one named by the environment variable ``HGEDSP_CACHE``, else the user's cache folder,
    else, where neither can be written, a temporary one for this process.
    """
    wanted = Path(os.environ.get("HGEDSP_CACHE") or _user_cache() / "hgedsp")
    return wanted if _is_writable(wanted) else _temporary()


def cache_info() -> CacheInfo:
    """Count kernels and bytes in the cache folder."""
    folder = cache_folder()
    files = [path for path in folder.rglob("*") if path.is_file()]
    kernels = sum(path.parent == folder and path.suffix == ".py" for path in files)
    return CacheInfo(folder, kernels, sum(path.stat().st_size for path in files))


def clear_cache() -> CacheInfo:
    """Delete all compiled kernels; return what was there."""
    info = cache_info()
    for path in info.folder.glob("kernel_*.py"):
        path.unlink(missing_ok=True)
    shutil.rmtree(info.folder / "__pycache__", ignore_errors=True)
    return info


def put_source(name: str, source: str) -> Path:
    """Write emitted source to the cache folder, unless it is there already.

    The file is moved into place whole, so that another process never reads half of it. A file
    that is there is left alone: machine code is kept for the file as it was written.
    """
    path = cache_folder() / f"{name}.py"
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        os.replace(temporary, path)
    return path


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def _temporary() -> Path:
    return Path(tempfile.mkdtemp(prefix="hgedsp-"))
