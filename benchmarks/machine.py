"""The machine that was measured: which it is, and how many of its cores are used."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hgedsp.benchmarks.native import find_compiler

_CPU_INFO = Path("/proc") / "cpuinfo"


def describe_machine() -> dict[str, str | int]:
    """Return processor, cores, system and C compiler."""
    compiler = find_compiler()
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": "none" if compiler is None else compiler.version,
    }


def cores() -> int:
    """Return the number of cores this process may use."""
    return len(_allowed())


def processor() -> str:
    """Return the model of the processor, as far as the system tells it."""
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@contextmanager
def all_cores() -> Iterator[None]:
    """Let this thread, and those it starts, use every core, and go back to where it was."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(_allowed())
    _keep_to(_allowed())
    try:
        yield
    finally:
        _keep_to(tuple(before))


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread on the last core it may use, where the system can."""
    keep_to_core(-1)
    try:
        yield
    finally:
        _keep_to(_allowed())


def keep_to_core(number: int) -> None:
    """Keep this thread, and those it starts from now on, on one of the cores it may use."""
    _keep_to(_allowed()[number : number + 1 or None])


def _keep_to(allowed: tuple[int, ...]) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, allowed)


@cache
def _allowed() -> tuple[int, ...]:
    """The cores this process may use; asked once, before it keeps itself to fewer."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))
