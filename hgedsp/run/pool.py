"""Threads over runs: kernels let go of Python's lock while they work."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Return how many cores this thread may use."""
    return len(_usable())


def _usable() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _go_to_core(core: int, cores: list[int]) -> None:
    """Bring this thread to a core; from there the system may move it to any other.

    Left to itself a system may begin all threads on one core, and take longer to part them than
    a chunk lasts.
    """
    if hasattr(os, "sched_setaffinity"):
        # It may have been taken from this process meanwhile; then the system has to do.
        with suppress(OSError):
            try:
                os.sched_setaffinity(0, {core})
            finally:
                os.sched_setaffinity(0, cores)


def in_threads(
    function: Callable[[Item], Result], items: Sequence[Item], threads: int
) -> list[Result]:
    """Call a function with each item, so many at a time; none is at work when this returns.

    This thread takes its share. Where a call fails no more are begun, and of those that were, what
    the first item in order raised is raised.
    """
    results: dict[int, Result] = {}
    errors: dict[int, BaseException] = {}
    numbers = itertools.count()
    cores = _usable()

    def work(place: int) -> None:
        try:
            if others:
                _go_to_core(cores[-1 - place % len(cores)], cores)
        except BaseException as error:  # Ctrl-C
            errors[-1] = error
        while not errors and (number := next(numbers)) < len(items):
            try:
                results[number] = function(items[number])
            except BaseException as error:
                errors[number] = error

    # Started for this chunk only: a thread costs little beside one, and none is left for a fork to
    # trip over.
    count = min(threads, len(items)) - 1
    others = [threading.Thread(target=work, args=(place,)) for place in range(1, count + 1)]
    for thread in others:
        thread.start()
    work(0)
    for thread in others:
        while thread.is_alive():
            try:
                thread.join()
            except KeyboardInterrupt as error:
                # Not before the thread has left the memory that is about to be put back.
                errors[-1] = error
    if errors:
        raise errors[min(errors)]
    return [results[number] for number in range(len(items))]
