"""Threads over runs: kernels let go of Python's lock while they work."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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

    def work() -> None:
        while not errors and (number := next(numbers)) < len(items):
            try:
                results[number] = function(items[number])
            except BaseException as error:
                errors[number] = error

    # Started for this chunk only: a thread costs little beside one, and none is left for a fork to
    # trip over.
    others = [threading.Thread(target=work) for _ in range(min(threads, len(items)) - 1)]
    for thread in others:
        thread.start()
    work()
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
