"""All targets of ``hgedsp train`` by name, and the settings that some of them know."""

from __future__ import annotations

from hgedsp.train.gate import MODES, POLICIES
from hgedsp.train.gate_target import gate_targets
from hgedsp.train.target import Option, Target, numbers, whole_numbers

OPTIONS: dict[str, Option] = {
    "mode": Option(
        "per epoch with a loss over all cases, or continuously with the loss itself "
        "demodulated; default epoch",
        choices=MODES,
    ),
    "margin": Option(
        "measured margin at which training stops, nA; default "
        + ", ".join(f"{policy.stop_nA:g} ({mode})" for mode, policy in POLICIES.items()),
        float,
        metavar="NA",
    ),
    "inputs": Option(
        "electrodes of the two logical inputs, counted from 0; default 1,2",
        whole_numbers,
        metavar="I,J",
    ),
    "input_levels": Option(
        "low and high voltage of the inputs, V, as in --input-levels=-1,1; default: the ends of "
        "their range",
        numbers,
        metavar="LOW,HIGH",
    ),
    "learn_inputs": Option(
        "whether the input levels are learnt like the controls; default no", choices=("no", "yes")
    ),
    "candidates": Option(
        "random settings measured for a moment at each start, to go on from the best; default 1",
        int,
        metavar="N",
    ),
}

TARGETS: dict[str, Target] = {**gate_targets()}
