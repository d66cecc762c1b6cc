"""A trace, read in chunks and checked on the way."""

from __future__ import annotations

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.errors import SampleError
from hgedsp.trace import Trace


def require_one_lane(trace: Trace) -> None:
    """Refuse a trace of several columns."""
    if trace.lanes > 1:
        raise SampleError(
            f"the trace has {trace.lanes} columns, but one output is analyzed at a time",
            where=(trace.name,),
            mend=f"choose a column from 0 to {trace.lanes - 1}",
        )


def read_chunk(trace: Trace, start: int, stop: int) -> FloatArray:
    """Return samples start to stop as float64, shape (stop - start,); refuse what is not finite."""
    chunk = np.asarray(trace.samples[start:stop], dtype=np.float64).reshape(-1)
    bad = np.flatnonzero(~np.isfinite(chunk))
    if bad.size:
        raise SampleError(
            f"the trace is {chunk[bad[0]]} at sample {trace.start + start + bad[0]}",
            where=(trace.name,),
            mend="cut this sample out, or fill it in",
        )
    return chunk
