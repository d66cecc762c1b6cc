"""All targets of ``hgedsp train`` by name, and the settings that some of them know."""

from __future__ import annotations

from hgedsp.train.gate import MODES, POLICIES
from hgedsp.train.gate_target import gate_targets
from hgedsp.train.network import LAYOUTS
from hgedsp.train.sensor_targets import sensor_targets
from hgedsp.train.target import Option, Target

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
    "layout": Option("devices of a network; default 2-2-1", choices=tuple(LAYOUTS)),
}

TARGETS: dict[str, Target] = {**gate_targets(), **sensor_targets()}
