"""All targets of ``hgedsp train`` by name, and the settings that some of them know."""

from __future__ import annotations

from hgedsp.graphs.losses import LOSSES
from hgedsp.train.classifier_target import classifier_targets
from hgedsp.train.data_sets import GAP
from hgedsp.train.gate import MODES, POLICIES
from hgedsp.train.gate_target import gate_targets
from hgedsp.train.network import LAYOUTS
from hgedsp.train.sensor_targets import sensor_targets
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
    "loss": Option(
        "what is chained to the derivatives once per epoch; default correlation",
        choices=tuple(LOSSES),
    ),
    "inputs": Option(
        "electrodes that take the inputs, such as 1,2; default 1,2 for gates, drawn anew at every "
        "start for classes of points",
        whole_numbers,
        metavar="E,E",
    ),
    "input_levels": Option(
        "low and high voltage of a gate's inputs, V, as in --input-levels=-1,1; default: the ends "
        "of their range",
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
    "gap": Option(
        f"between the classes, in units of the outer radius; default {GAP:g}",
        float,
        metavar="SHARE",
    ),
    "layout": Option("devices of a network; default 2-2-1", choices=tuple(LAYOUTS)),
}

TARGETS: dict[str, Target] = {**gate_targets(), **classifier_targets(), **sensor_targets()}
