"""One door for all formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hgedsp.checks import PathLike, require_positive
from hgedsp.errors import TraceError
from hgedsp.io.csv_trace import open_csv
from hgedsp.io.npy import open_npy
from hgedsp.io.npz import open_npz
from hgedsp.io.samples import pick_column
from hgedsp.io.wav import open_wav
from hgedsp.trace import Trace

ENDINGS = (".npy", ".npz", ".wav", ".csv")


def open_trace(
    path: PathLike,
    *,
    key: str | None = None,
    column: int | str | None = None,
    sample_rate: float | None = None,
) -> Trace:
    """Open a recorded trace. Samples are read from disk only as they are asked for.

    ====== ==========================================================================
    .npy   mapped into memory
    .npz   the array `key`, mapped if it is stored, unpacked in passing if compressed;
           all other arrays are in `Trace.extra`; `sample_rate_Hz` is the sample rate
    .wav   mapped; whole-number formats are scaled to -1 .. 1
    .csv   columns parted by tab, semicolon or comma, an optional line of names;
           lines that start with # are skipped; a column named time or t, in s, gives
           the sample rate
    ====== ==========================================================================

    Parameters
    ----------
    path : str or Path
        File; its ending says the format.
    key : str, optional
        Name of the array in a .npz file. If left out, the first of current_nA, current_A, output,
        samples, signal, trace, data that the file has; or its only array.
    column : int or str, optional
        One column of several, from 0; in a .csv file the time column counts, and a name will do.
    sample_rate : float, optional
        Samples per second, Hz; counts more than what the file says.

    Returns
    -------
    Trace
        Its name is the file, with ``:key`` or ``:column name`` where there is one.

    Raises
    ------
    TraceError
        If the file is missing, cut off, of no known format, or holds no usable samples.
    """
    file = Path(path)
    if sample_rate is not None:
        require_positive("open_trace", "Hz", sample_rate=sample_rate)
    if not file.is_file():
        raise TraceError(
            "there is no such file", where=(str(file),), mend="check the folder and the name"
        )
    trace = _open(file, key, column)
    if trace.sample_rate is not None and not 0 < trace.sample_rate < float("inf"):
        raise TraceError(
            f"the file says a sample rate of {trace.sample_rate:g} Hz",
            where=(str(file),),
            mend="give sample_rate, samples per second, above 0",
        )
    return trace if sample_rate is None else replace(trace, sample_rate=float(sample_rate))


def _open(file: Path, key: str | None, column: int | str | None) -> Trace:
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise TraceError(
            f"no trace is read from files ending in {ending or 'nothing'}",
            where=(str(file),),
            mend=f"convert it to one of {', '.join(ENDINGS)}",
        )
    if key is not None and ending != ".npz":
        raise TraceError(
            f"key {key!r} is given, but only .npz files have keys",
            where=(str(file),),
            mend="leave key out",
        )
    try:
        if ending == ".csv":
            return open_csv(file, column)
        if ending == ".npz":
            trace = open_npz(file, key)
        else:
            trace = open_npy(file) if ending == ".npy" else open_wav(file)
    except OSError as error:
        raise TraceError(
            f"the file cannot be read: {error.strerror or error}",
            where=(str(file),),
            mend="check its permissions, and the disk",
        ) from None
    if column is None:
        return trace
    if isinstance(column, str):
        raise TraceError(
            f"column {column!r} is a name, but only .csv files name their columns",
            where=(str(file),),
            mend="give the number of the column, from 0",
        )
    return replace(trace, samples=pick_column(file, trace.samples, column))
