"""Time the graphs side by side with their peers, in turns, and print medians and ratios."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from benchmarks.peers import numpy_xor
from benchmarks.workloads import polynomial_xor, surrogate_xor

_FIRST_SAMPLE = """
import time; began = time.perf_counter()
import numpy as np
from hgedsp.graphs import GateSetup, per_epoch
from hgedsp.devices import load_device
device = load_device("rnpu")
setup = GateSetup("xor", device, device.lower, device.upper, np.zeros(5))
per_epoch(setup).compile().process(1)
print(time.perf_counter() - began)
"""


def main() -> None:
    """Run all benchmarks and print a table, or JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    results = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "samples_per_second": throughput(arguments.rounds),
        "first_sample_seconds": first_sample(),
    }
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    print(f"one core of: {results['machine']}")
    rates: dict[str, float] = results["samples_per_second"]  # type: ignore[assignment]
    for name, rate in rates.items():
        print(f"  {name:<46} {rate:14,.0f} samples/s")
    ratio = rates["XOR loop, cubic device, K = 7"] / rates["the same in NumPy"]
    print(f"  compiled is {ratio:,.0f} times as fast as NumPy")
    for name, seconds in results["first_sample_seconds"].items():  # type: ignore[attr-defined]
        print(f"  import to first sample of the XOR graph, {name:<5} {seconds:14.2f} s")


def throughput(rounds: int) -> dict[str, float]:
    """Samples per second of each workload: the median of rounds taken in turns."""
    polynomial, surrogate = polynomial_xor(), surrogate_xor()
    compiled, network = polynomial.compile(), surrogate.compile()
    plain = polynomial.compile(interpret=True)
    work: dict[str, tuple[Callable[[int], object], int]] = {
        "XOR loop, cubic device, K = 7": (compiled.process, 1 << 18),
        "XOR loop, 7-90x6-1 network, K = 5": (network.process, 1 << 15),
        "the first as plain Python (interpreter)": (plain.process, 1 << 8),
        "the same in NumPy": (numpy_xor, 1 << 10),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, (function, n) in work.items():
            began = time.perf_counter()
            function(n)
            if number:  # the first round warms up
                seconds[name].append((time.perf_counter() - began) / n)
    return {name: 1 / statistics.median(spent) for name, spent in seconds.items()}


def first_sample() -> dict[str, float]:
    """Seconds from import to the first sample in a fresh process, without and with a cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "HGEDSP_CACHE": folder}
        times = [
            float(
                subprocess.run(
                    [sys.executable, "-c", _FIRST_SAMPLE],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for _ in range(4)
        ]
    return {"cold": times[0], "warm": statistics.median(times[1:])}


if __name__ == "__main__":
    main()
