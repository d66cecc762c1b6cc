"""Train several devices in one graph to what is hard for a single one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import FloatArray, require, require_integer
from hgedsp.devices import require_device
from hgedsp.graphs.device_network import DeviceNetwork, NetworkNode
from hgedsp.graphs.network_task import NetworkSetup, network_per_epoch
from hgedsp.run.kernel import Kernel
from hgedsp.train.candidates import correlation_losses
from hgedsp.train.common import WORKING_MARGIN_NA
from hgedsp.train.network_result import NetworkResult, Search
from hgedsp.train.result import Policy
from hgedsp.train.spread import current_spread

# Low and high of the parity of three inputs: high where an odd number of them is.
PARITY = (0, 1, 1, 0, 1, 0, 0, 1)
# Inputs and links of each device, by electrode.
LAYOUTS: dict[str, tuple[tuple[dict[int, int], dict[int, int]], ...]] = {
    "2-2-1": (({1: 0, 2: 1}, {}), ({1: 1, 2: 2}, {}), ({3: 0}, {1: 0, 2: 1})),
    "2-1": (({1: 0, 2: 1}, {}), ({2: 2}, {1: 0})),
    "1": (({1: 0, 2: 1, 3: 2}, {}),),
}
# Twice what counts as working, for the measured margin is noisy.
POLICY = Policy(max_epochs=2500, stop_nA=2.0, epochs_per_start=60, patience=8, candidates=300)
_ALONE_STARTS = 5
_SPANS = 2.0  # spreads of the current that go from the middle to an end of a driven range
# Share of half a range per epoch. One electrode may move the current ten times as much as the
# others: larger steps there take a device away from where the amplifier behind was set.
_LEARNING_RATE = 0.03
# Amplifiers reach their limits at half of the swing of the currents: of 300 starts on the default
# device 22 % reach 1.5 nA, and 9 % if amplifiers reach their limits at its ends.
_SHARE = 0.5
_CANDIDATE_SAMPLES = 20  # averaged per case when candidates are measured


def train_network(
    device: Block,
    *,
    device_name: str = "",
    layout: str = "2-2-1",
    seed: int = 0,
    policy: Policy = POLICY,
    alone_starts: int = _ALONE_STARTS,
    progress: bool = True,
) -> NetworkResult:
    """Train copies of a device, joined to a network, to the parity of three inputs.

    Parameters
    ----------
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    device_name : str, optional
        What the result calls the device; its class if left out.
    layout : {"2-2-1", "2-1", "1"}, optional
        How many devices, and how they are joined.
    seed : int, optional
        Of the starts and the noise.
    policy : Policy, optional
        When to stop and when to start again.
    alone_starts : int, optional
        Starts of a single device on the same task, for comparison; 0 for none.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    NetworkResult
    """
    require(
        layout in LAYOUTS,
        f"no layout is named {layout!r}",
        f"choose one of {', '.join(LAYOUTS)}",
    )
    require_integer("train_network", 0, seed=seed, alone_starts=alone_starts)
    began = time.perf_counter()
    network, single = (make_network(device, name) for name in (layout, "1"))
    searcher = _Searcher(network, seed, policy)
    alone: Search | None = None
    with tqdm(unit="epoch", disable=not progress, desc=f"network {layout}") as bar:
        searcher.run(bar, lambda s: s.epochs >= policy.max_epochs or s.works)
        if alone_starts and not searcher.interrupted:
            bar.set_description("one device")
            other = _Searcher(single, seed, policy)
            other.run(bar, lambda s: s.starts >= alone_starts)
            alone = other.search()
    found = searcher.search()
    return NetworkResult(
        setup=replace(searcher.setup, network=searcher.network),
        device=device_name or type(device).__name__,
        layout=layout,
        policy=policy,
        found=found,
        alone=alone,
        currents_nA=1e9 * searcher.network.currents(searcher.setup.cases, searcher.controls),
        seconds=time.perf_counter() - began,
        interrupted=searcher.interrupted,
    )


def make_network(device: Block, layout: str) -> DeviceNetwork:
    """Return copies of a device joined as the layout says.

    The amplifiers between them bring the currents that the device mostly has, twice the spread
    about the median, to the range of the electrode behind. Training sets them anew at every start.
    """
    model = require_device(device, "be trained in a network")
    size = 1 + max(e for inputs, links in LAYOUTS[layout] for e in (*inputs, *links))
    require(
        model.lower.size >= size,
        f"the layout {layout} is for devices with {size} electrodes or more, this one has "
        f"{model.lower.size}",
        "take a device with more electrodes",
    )
    zero, span = current_spread(model)
    return DeviceNetwork(
        [
            NetworkNode(device, inputs, links, zero, _SPANS * span)
            for inputs, links in LAYOUTS[layout]
        ]
    )


class _Searcher:
    """Starts of one network, until enough is enough; what was measured, and the best controls."""

    def __init__(self, network: DeviceNetwork, seed: int, policy: Policy) -> None:
        self.setup = NetworkSetup(
            network, PARITY, network.middle, learning_rate=_LEARNING_RATE, seed=seed
        )
        self.policy, self.generator = policy, np.random.default_rng(seed)
        self.rows: list[dict[str, Any]] = []
        self.networks: list[DeviceNetwork] = []
        self.margins: list[float] = []
        self.controls, self.margin, self.network = network.middle, -np.inf, network
        self.works = self.interrupted = False

    @property
    def starts(self) -> int:
        return len(self.margins)

    @property
    def epochs(self) -> int:
        return len(self.rows)

    def run(self, bar: Any, done: Callable[[_Searcher], bool]) -> None:
        try:
            while not done(self):
                self.start(bar)
        except KeyboardInterrupt:
            self.interrupted = True

    def start(self, bar: Any) -> None:
        """Train from the best candidate, until the margin is there or the start is given up."""
        policy = self.policy
        initial = self.candidate()
        network = self.setup.network.fitted(self.setup.cases, initial, _SHARE)
        self.networks.append(network)
        kernel = network_per_epoch(replace(self.setup, network=network, initial=initial)).compile()
        best, since, first, reached = np.inf, 0, self.epochs, False
        for _ in range(policy.epochs_per_start):
            row = self.epoch(kernel, bar)
            since = 0 if row["loss"] < best - policy.progress else since + 1
            best = min(best, row["loss"])
            reached = row["margin"] > policy.stop_nA
            if reached or since >= policy.patience:
                break
        margin = self.keep(_widest(self.rows[first:]))
        self.works = reached and margin > WORKING_MARGIN_NA
        self.margins.append(margin)

    def candidate(self) -> FloatArray:
        """Return the random controls whose levels, measured for a moment, have the least loss."""
        middle, half = self.setup.network.middle, self.setup.network.half_range
        shares = self.generator.uniform(-1.0, 1.0, (self.policy.candidates, len(middle)))
        settings: FloatArray = middle + shares * half
        levels = np.array([self.levels(controls) for controls in settings])
        rate = self.setup.sample_rate
        noise = np.sqrt(self.setup.noise * rate / 2 / _CANDIDATE_SAMPLES)
        levels += 1e9 * noise * self.generator.standard_normal(levels.shape)
        best: FloatArray = settings[int(np.argmin(correlation_losses(levels, self.setup.target)))]
        return best

    def levels(self, controls: FloatArray) -> FloatArray:
        """Return the output in each case, with amplifiers set for these controls, nA."""
        cases = self.setup.cases
        result: FloatArray = (
            1e9 * self.setup.network.fitted(cases, controls).currents(cases, controls)[:, -1]
        )
        return result

    def epoch(self, kernel: Kernel, bar: Any) -> dict[str, Any]:
        """Measure the controls as they are, and let them be updated."""
        outputs = kernel.process(self.setup.epoch)
        row = {name: values[-1] for name, values in outputs.items()}
        self.rows.append({**row, "start": self.starts})
        bar.set_postfix_str(
            f"start {self.starts + 1}, loss {row['loss']:.3f}, margin {row['margin']:.2f} nA",
            refresh=False,
        )
        bar.update()
        return self.rows[-1]

    def keep(self, row: dict[str, Any]) -> float:
        """Measure an epoch's controls without noise and tones, and keep them if they are best."""
        network, controls = self.networks[row["start"]], row["controls"]
        levels = 1e9 * network.currents(self.setup.cases, controls)[:, -1]
        high = np.asarray(self.setup.target) > 0
        margin = float(levels[high].min() - levels[~high].max())
        if margin > self.margin:
            self.margin, self.controls, self.network = margin, controls.copy(), network
        return margin

    def search(self) -> Search:
        if self.margin == -np.inf and self.rows:
            self.keep(_widest(self.rows))  # interrupted within the first start

        def column(name: str) -> Any:
            return np.array([row[name] for row in self.rows])

        return Search(
            margin_nA=self.margin,
            starts=self.starts,
            successes=sum(margin > WORKING_MARGIN_NA for margin in self.margins),
            controls_V=self.controls,
            loss=column("loss"),
            margins_nA=column("margin"),
            start=column("start"),
            history_V=column("controls"),
        )


def _widest(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the epoch with the widest measured margin."""
    return max(rows, key=lambda row: float(row["margin"]))
