"""Many graphs, over several processes that are replaced before they grow large."""

from __future__ import annotations

import faulthandler
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from hgedsp.fuzz.attack import attack, plan

# Kernels stay in memory, some 100 kB each with what numba keeps of them, and in the cache folder:
# both are given back after so many graphs.
BATCH = 50
ENOUGH = 20  # faults after which no more batches are begun
_PATIENCE = 300.0  # s for one graph, after which its process is taken to hang
_PACKAGE = Path(__file__).resolve().parents[1]


def campaign(first: int, graphs: int, workers: int, log: Path | None) -> int:
    """Attack with the seeds first .. first + graphs - 1; return how many found a fault.

    Parameters
    ----------
    workers : int
        Processes at the same time.
    log : Path, optional
        Where batches without a fault are noted, so that a later call leaves them out. It starts
        anew when the code has changed.
    """
    book = _Book(log)
    batches = [b for b in _batches(first, graphs) if b not in book.done]
    total = sum(last - begin for begin, last in batches)
    faults = 0
    with tqdm(total=total, unit="graph") as bar, ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(_run_batch, *batch, bar): batch for batch in batches}
        try:
            for future in as_completed(running):
                found = future.result()
                faults += found
                if not found:
                    book.note(running[future])
                if faults >= ENOUGH:
                    pool.shutdown(wait=False, cancel_futures=True)
                    break
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return faults


def work(first: int, last: int) -> None:
    """Attack with the seeds first .. last - 1 in this process, one line for each."""
    for seed in range(first, last):
        faulthandler.dump_traceback_later(_PATIENCE, exit=True)
        try:
            attack(plan(seed))
        except Exception as error:  # whatever it is, it is what we are looking for
            text = f"{type(error).__name__}: {error}".replace("\n", " | ")
            print(f"bad {text}", flush=True)
        else:
            print("ok", flush=True)
    faulthandler.cancel_dump_traceback_later()


def command(seed: int) -> str:
    """Return the line that attacks with one seed again."""
    return f"{Path(sys.executable).name} -m hgedsp.fuzz --seed {seed}"


def _batches(first: int, graphs: int) -> Iterator[tuple[int, int]]:
    for begin in range(first, first + graphs, BATCH):
        yield begin, min(begin + BATCH, first + graphs)


def _run_batch(first: int, last: int, bar: tqdm[None]) -> int:
    """Run a batch in processes of its own: another one after each that died."""
    faults = 0
    while first < last:
        done, found = _run_process(first, last, bar)
        first, faults = first + done, faults + found
        if first < last:
            _tell(bar, first, "the process died or hung")
            first, faults = first + 1, faults + 1
    return faults


def _run_process(first: int, last: int, bar: tqdm[None]) -> tuple[int, int]:
    """Return how many seeds were tried to the end, and how many of them found a fault."""
    done = found = 0
    with tempfile.TemporaryDirectory(prefix="hgedsp-fuzz-") as folder:
        arguments = [sys.executable, "-m", "hgedsp.fuzz", "--batch", str(first), str(last)]
        environment = {**os.environ, "HGEDSP_CACHE": folder}
        with subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("bad "):
                    _tell(bar, first + done, line[4:].strip())
                    found += 1
                done += 1
                bar.update()
    return done, found


def _tell(bar: tqdm[None], seed: int, what: str) -> None:
    bar.write(f"seed {seed}: {what}\n  again: {command(seed)}", file=sys.stderr)


class _Book:
    """The batches that are done, in a file whose first line stands for the code."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.done: set[tuple[int, int]] = set()
        if file is None:
            return
        lines = file.read_text().splitlines() if file.exists() else []
        mark = _code_mark()
        if lines[:1] == [mark]:
            self.done = {(int(a), int(b)) for a, b in (line.split() for line in lines[1:])}
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{mark}\n")

    def note(self, batch: tuple[int, int]) -> None:
        if self.file is not None:
            with self.file.open("a") as file:
                file.write(f"{batch[0]} {batch[1]}\n")


def _code_mark() -> str:
    digest = hashlib.sha256()
    rooms = (_PACKAGE, _PACKAGE / "blocks", _PACKAGE / "graphs")
    for path in sorted({path.resolve() for room in rooms for path in room.rglob("*.py")}):
        digest.update(path.read_bytes())
    return digest.hexdigest()
