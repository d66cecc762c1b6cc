"""XOR and XNOR from single starts: which way to start and to learn makes most of them work."""

from __future__ import annotations

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.devices import choose_device
from hgedsp.studies.hard_gates_result import HardGatesResult, Row
from hgedsp.studies.hard_ways import Way, choose_inputs, ways_for
from hgedsp.studies.study import Study
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.gate import prepare_gate

HARD = ("xor", "xnor")


def run(*, device: str | None, seed: int, quick: bool, progress: bool) -> HardGatesResult:
    """Start both gates a hundred times (twenty if quick) by each way, with no restart."""
    model, name = choose_device(device)
    starts = 20 if quick else 100
    todo = [(gate, way) for gate in HARD for way in ways_for(model)]
    rows: list[Row] = []
    interrupted = False
    with tqdm(total=len(todo) * starts, unit="start", disable=not progress) as bar:
        for gate, way in todo:
            bar.set_description(f"{gate}, {way.name}")
            try:
                rows.append(measure(gate, model, way, starts, seed, bar))
            except KeyboardInterrupt:
                interrupted = True
                break
    return HardGatesResult(name, seed, tuple(rows), interrupted)


def measure(gate: str, device: Block, way: Way, starts: int, seed: int, bar: tqdm) -> Row:
    """Start a gate several times in one way, and see which starts work.

    Parameters
    ----------
    gate : str
    device : Block
    way : Way
    starts : int
        How many.
    seed : int
        Of starts and noise.
    bar : tqdm
        Is told of every start.
    """
    inputs, seconds = choose_inputs(gate, device, seed) if way.chosen else ((1, 2), 0.0)
    training = prepare_gate(
        gate, device, seed=seed, mode=way.mode, policy=way.policy, inputs=inputs, **way.options
    )
    margins, epochs = np.empty(starts), np.empty(starts, np.int64)
    silent = tqdm(disable=True)
    for start in range(starts):
        before = len(training.rows)
        margins[start] = training.start(silent)
        epochs[start] = len(training.rows) - before
        bar.update()
    seconds += training.samples / training.setup.sample_rate
    return Row(gate, way.name, inputs, margins > WORKING_MARGIN_NA, margins, epochs, seconds)


STUDY = Study("XOR and XNOR from single starts: what makes most of them work", run)
