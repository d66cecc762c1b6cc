"""No search for garbage while a graph is compiled."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_compiling = 0
_was_enabled = False


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep Python from looking for garbage, as long as any thread is in here.

    numba makes some million objects per graph, nearly all of which live until the kernel is done.
    Going through them again and again took an eighth of a cold start and a quarter of a warm one.
    """
    global _compiling, _was_enabled
    with _lock:
        if _compiling == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _compiling += 1
    try:
        yield
    finally:
        with _lock:
            _compiling -= 1
            if _compiling == 0 and _was_enabled:
                gc.enable()


def _in_a_forked_child() -> None:
    """Collect again: threads that were compiling are not there."""
    global _lock, _compiling
    _lock = threading.Lock()
    if _compiling and _was_enabled:
        gc.enable()
    _compiling = 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_a_forked_child)
