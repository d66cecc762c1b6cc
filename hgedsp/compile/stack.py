"""Room on CPython's stack of frames, for compiling at full speed from wherever it is called."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

# Half a megabyte of words of 8 bytes, and one more.
_WORDS = (1 << 16) + 1


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


# CPython keeps frames in chunks of 16 kB, and gives one back as soon as its last frame is left.
# Where a hot call happens to straddle two chunks, memory is mapped and unmapped at every call;
# below a test runner numba took twice as long to compile. A frame that asks for more than half a
# megabyte gets a chunk of a whole one (CPython doubles until it fits), and all calls below it find
# room in what is left.
roomy_call = types.FunctionType(
    _call.__code__.replace(co_stacksize=_WORDS), globals(), "roomy_call"
)
roomy_call.__doc__ = "Call a function with half a megabyte of frames in one piece."
