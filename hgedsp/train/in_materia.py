"""Train a gate with a circuit of analog parts, from one start after another."""

from __future__ import annotations

import time

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import require_integer
from hgedsp.graphs import Tolerances
from hgedsp.train.circuits import TYPICAL, Circuits, Learnt
from hgedsp.train.in_materia_result import InMateriaResult

_CYCLES = 300
_MOST_STARTS = 20


def train_in_materia(
    device: Block,
    *,
    device_name: str = "",
    gate: str = "xor",
    seed: int = 0,
    tolerances: Tolerances = TYPICAL,
    progress: bool = True,
) -> InMateriaResult:
    """Train a device to a gate with nothing but analog parts around it.

    Parts are drawn once. What a person does is to switch the circuit on with other voltages on the
    capacitors of the integrators, where it has not learnt within 300 cycles of the four cases.

    Parameters
    ----------
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    device_name : str, optional
        What the result calls the device; its class if left out.
    gate : str, optional
        One of `hgedsp.graphs.GATES`.
    seed : int, optional
        Of the parts, the starts and the noise.
    tolerances : Tolerances, optional
        How far parts are off.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    InMateriaResult
    """
    require_integer("train_in_materia", 0, seed=seed)
    began = time.perf_counter()
    circuit = Circuits(device, gate, runs=1)
    generator = np.random.default_rng([seed, 0])
    found: list[Learnt] = []
    interrupted = False
    with tqdm(total=_MOST_STARTS, unit="start", disable=not progress, desc=gate) as bar:
        try:
            while len(found) < _MOST_STARTS and not (found and found[-1].works[0]):
                start = generator.uniform(-1.0, 1.0, (1, circuit.lower.size))
                found.append(circuit.learn(tolerances, [seed], start, _CYCLES))
                bar.update()
        except KeyboardInterrupt:
            interrupted = True
    return InMateriaResult(
        setup=circuit.setup,
        device=device_name or type(device).__name__,
        seed=seed,
        tolerances=tolerances,
        swing_nA=circuit.swing_nA,
        starts=tuple(found),
        seconds=time.perf_counter() - began,
        interrupted=interrupted,
    )
