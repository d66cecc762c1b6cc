"""The cache folder: one file of emitted source per kernel, and numba's machine code beside it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from contextlib import suppress
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
    wanted = Path(os.environ.get("HGEDSP_CACHE") or _user_cache() / "hgedsp").absolute()
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
    with the same code is left alone, for machine code is kept for the file as it was written.
    """
    path = cache_folder() / f"{name}.py"
    if not path.exists() or code_of(path.read_text("utf-8", "replace")) != code_of(source):
        # Without the file a kernel runs as well; it is only compiled anew in every process.
        with suppress(OSError):
            _put(path, source.encode())
    return path


def code_of(source: str) -> str:
    """Return emitted source without its comments, which name the user's lines."""
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("#"))


def seal(file: Path) -> None:
    """Note what the machine code of an emitted file looks like, once it is complete."""
    with suppress(OSError):
        _put(_seal_of(file), _digest(file).encode())


def drop_broken(file: Path) -> None:
    """Delete machine code that is not as it was sealed: running it could end the process."""
    note = _seal_of(file)
    if not note.exists() or note.read_bytes() != _digest(file).encode():
        drop(file)


def drop(file: Path) -> None:
    """Delete the machine code of an emitted file."""
    for path in _machine_code(file):
        path.unlink(missing_ok=True)


def put_note(file: Path, name: str, text: str) -> None:
    """Keep a text of that name beside the machine code, if there is room for it."""
    with suppress(OSError):
        _put(note_of(file, name), text.encode())


def note_of(file: Path, name: str) -> Path:
    """Return where a note beside the machine code of an emitted file is kept."""
    return file.parent / "__pycache__" / name


def _machine_code(file: Path) -> list[Path]:
    return sorted((file.parent / "__pycache__").glob(f"{file.stem}.*.nb[ci]"))


def _seal_of(file: Path) -> Path:
    return file.parent / "__pycache__" / f"{file.stem}.seal"


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    for path in _machine_code(file):
        # Another process may take a file away in between; then the seal will not fit.
        with suppress(FileNotFoundError):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        # Half a file would take up what little room there is.
        Path(temporary).unlink(missing_ok=True)
        raise


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
