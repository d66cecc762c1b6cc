"""Ways to start and to learn that are held against each other on hard gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from hgedsp.block import Block
from hgedsp.checks import require
from hgedsp.devices import Device
from hgedsp.train.candidates import Candidates
from hgedsp.train.gate import prepare_gate
from hgedsp.train.result import Policy

# 50 ms per case, as in the lab's own on-chip experiments, of noise as in the paper's analysis.
_TIMES: dict[str, Any] = {"sample_rate": 5e3, "plateau": 256, "ramp": 20}
_CONTINUOUS: dict[str, Any] = {"sample_rate": 10e3, "plateau": 128, "ramp": 0}
_START = 100

# Measured with tones and noise; what counts is 1 nA without them.
_STOP_NA = 1.5

# Settings measured per pair of electrodes, and how many of them speak for it.
_SURVEYED, _PROMISING = 64, 4


@dataclass(frozen=True)
class Way:
    """One way to start and to learn.

    Attributes
    ----------
    name : str
        For the table.
    options : mapping
        Settings of `GateSetup`.
    policy : Policy
        When a start is given up, and of how many settings it is the best.
    mode : str
        How it learns.
    chosen : bool
        Whether the input electrodes are chosen by measurement.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: _policy())
    mode: str = "epoch"
    chosen: bool = False


def ways_for(device: Device) -> list[Way]:
    """Return all ways that fit a device."""
    require(
        device.lower.size > 2,
        f"a gate needs two inputs and a control, but the device has {device.lower.size} "
        "electrode(s)",
        "take a device with three electrodes or more",
    )
    slow = {**_TIMES, "learning_rate": 0.03}
    patient = _policy(patience=_START)
    sixteen = _policy(candidates=16)
    learnt = {**_TIMES, "learn_inputs": True}
    watched = _policy(candidates=16, warm_up=4, patience=_START, stop_nA=2.0)
    ways = [
        Way("small steps, correlation-sigmoid", {**slow, "loss": "correlation-sigmoid"}, patient),
        Way("small steps", slow, patient),
        Way("large steps", _TIMES),
        Way("best of 16", _TIMES, sixteen),
        Way("best of 64", _TIMES, _policy(candidates=64)),
        Way("chosen electrodes", _TIMES, chosen=True),
        Way("learnt levels", learnt),
        Way("learnt levels, best of 16", learnt, sixteen),
        Way("continuous, best of 16", _CONTINUOUS, watched, "continuous"),
        Way(
            "continuous, learnt, best of 16",
            {**_CONTINUOUS, "learn_inputs": True},
            watched,
            "continuous",
        ),
    ]
    if np.all(device.lower[[1, 2]] <= -1) and np.all(device.upper[[1, 2]] >= 1):
        unit = Way("small steps, inputs +-1 V", {**slow, "input_levels": (-1.0, 1.0)}, patient)
        ways.insert(0, unit)
    return ways


def choose_inputs(gate: str, device: Block, seed: int) -> tuple[tuple[int, int], float]:
    """Measure random settings for every pair of input electrodes, and take the most promising.

    Returns
    -------
    tuple of int
        The pair whose four best of 64 settings have the widest margin. Not the correlation: that
        knows no scale, and currents of 0.1 nA make no gate.
    float
        Measurement time that this took, s.
    """
    assert isinstance(device, Device)
    generator = np.random.default_rng(seed)
    widest, chosen, samples = -np.inf, (1, 2), 0
    for pair in combinations(range(device.lower.size), 2):
        setup = prepare_gate(gate, device, seed=seed, inputs=pair, **_TIMES).setup
        controls = list(setup.controls)
        settings = generator.uniform(
            device.lower[controls], device.upper[controls], (_SURVEYED, len(controls))
        )
        candidates = Candidates(setup, _SURVEYED)
        levels, high = candidates.levels(list(settings)), setup.target > 0
        margins = levels[:, high].min(axis=1) - levels[:, ~high].max(axis=1)
        margin = np.sort(margins)[-_PROMISING:].mean()
        samples += candidates.samples
        if margin > widest:
            widest, chosen = margin, pair
    return chosen, samples / _TIMES["sample_rate"]


def _policy(**changes: Any) -> Policy:
    settings = {
        "max_epochs": 10**9,
        "stop_nA": _STOP_NA,
        "epochs_per_start": _START,
        "patience": 40,
    }
    return Policy(**{**settings, **changes})
