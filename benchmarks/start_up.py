"""Time to the first sample, and to compile, in fresh processes with an empty cache."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.timing import Result
from hgedsp.errors import HgedspError

NAME = "start_up"
TITLE = "Compiling, without (cold) and with (warm) machine code in the cache; seconds"
COLD, WARM = "cold", "warm"
XOR = "XOR training"
BLOCKS = (10, 25, 50, 100, 200, 300)
TONES = (7, 64, 1024, 16384)
_ROUNDS = 3  # compile times vary little, and take long


def run(effort: Effort) -> Iterator[Result]:
    """Measure the XOR graph, chains of blocks, and closed loops of K tones."""
    rounds = 1 if effort.quick else min(effort.rounds, _ROUNDS)
    yield _case({"graph": XOR}, "xor", (), rounds)
    chains, loops = effort.pick(BLOCKS, (10, 50)), effort.pick(TONES, (7, 1024))
    for blocks in chains:
        yield _case({"graph": "chain", "blocks": blocks}, "chain", (blocks,), 1)
    yield from _in_turns(loops, rounds)


def _case(case: dict[str, int | str], kind: str, size: tuple[int, ...], rounds: int) -> Result:
    times: dict[str, list[float]] = {
        name: [] for name in (COLD, WARM, "cold, with imports", "warm, with imports")
    }
    for _ in range(rounds):
        for name, (first, whole) in zip((COLD, WARM), _cold_and_warm(kind, size), strict=True):
            times[name].append(first)
            times[f"{name}, with imports"].append(whole)
    return Result(NAME, case, "s", times)


def _in_turns(tones: Sequence[int], rounds: int) -> Iterator[Result]:
    """Compile loops of all K in turns, so that their times can be compared."""
    results = [_case({"graph": "loop", "K": k}, "loop", (k,), 0) for k in tones]
    for _ in range(rounds):
        for k, result in zip(tones, results, strict=True):
            more = _case({}, "loop", (k,), 1)
            for name, seconds in more.rounds.items():
                result.rounds[name].extend(seconds)
    yield from results


def _cold_and_warm(kind: str, size: tuple[int, ...]) -> list[tuple[float, float]]:
    """Seconds to the first sample, beyond and with imports, for a first and a second process."""
    with tempfile.TemporaryDirectory() as folder:
        return [_fresh(kind, size, folder) for _ in range(2)]


def _fresh(kind: str, size: tuple[int, ...], folder: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "hgedsp.benchmarks.fresh", kind, *map(str, size)]
    began = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, "HGEDSP_CACHE": folder},
        capture_output=True,
        text=True,
        check=False,
    )
    whole = time.perf_counter() - began
    if done.returncode:
        raise HgedspError(
            f"a fresh process could not compile: {done.stderr.strip().splitlines()[-1]}",
            where=(" ".join(command),),
            mend="run this command by itself to see what is wrong",
        )
    return float(done.stdout), whole
