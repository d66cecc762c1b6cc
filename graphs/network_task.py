"""Training a network of devices to a Boolean function, all controls of all devices at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from hgedsp.blocks import (
    Adam,
    CorrelationLoss,
    Hold,
    Margin,
    PlateauSequence,
    ToneGenerator,
    WhiteNoise,
)
from hgedsp.checks import FloatArray, VectorLike, as_vector, require, require_integer
from hgedsp.graph import Graph
from hgedsp.graphs.device_network import DeviceNetwork
from hgedsp.graphs.plateau_means import plateau_means
from hgedsp.graphs.sample import DIRECT
from hgedsp.graphs.signal_path import SignalPath
from hgedsp.hge import plan_tones
from hgedsp.wire import as_wire

# Of the sample rate. Below a quarter of it, no sum of three tones is folded onto a tone.
_BAND = (0.08, 0.2499)


@dataclass(frozen=True)
class NetworkSetup:
    """Everything the training graph of a network is made from.

    Parameters
    ----------
    network : DeviceNetwork
        Devices and how they are joined.
    target : array of shape (2^inputs,)
        Wanted level of each case, 0 or 1; the first input counts the most.
    initial : array of shape (K,)
        Control voltages at the start, V.
    sample_rate : float, optional
        Hz.
    plateau, ramp : int, optional
        Samples per case, and between cases. Tones make whole periods in a plateau.
    amplitude : float, optional
        Perturbation amplitude as a share of half of each control's range.
    noise : float, optional
        One-sided density of the white output noise, A^2/Hz.
    learning_rate : float, optional
        Step of Adam as a share of half of each control's range, per epoch.
    seed : int, optional
        Of the noise.
    path : SignalPath, optional
        What the output current passes before it is recorded, and what calibration found of it.
    settle : int, optional
        Samples by which each case is held longer, and which are not averaged: the delay of the
        path and some five time constants of its bandwidth.

    Raises
    ------
    ParameterError
        If there is not one target per case, or a length does not fit.
    """

    network: DeviceNetwork
    target: VectorLike
    initial: VectorLike
    sample_rate: float = 20e3
    plateau: int = 2048
    ramp: int = 40
    amplitude: float = 0.02
    noise: float = 1e-23
    learning_rate: float = 0.1
    seed: int = 0
    path: SignalPath = DIRECT
    settle: int = 0

    def __post_init__(self) -> None:
        inputs, cases = self.network.inputs, as_vector("network", "target", self.target).size
        require(
            inputs > 0 and cases == 2**inputs,
            f"a network of {inputs} input(s) has {2**inputs} cases, but there are {cases} targets",
            "give one target, 0 or 1, for each combination of the inputs",
        )
        require_integer("network", 16, plateau=self.plateau)
        require_integer("network", 0, settle=self.settle)
        self.path.require_settled(self.settle, self.sample_rate)

    @property
    def cases(self) -> FloatArray:
        """Inputs of each case, -1 or 1, shape (cases, inputs)."""
        return np.array(list(product((-1.0, 1.0), repeat=self.network.inputs)))

    @property
    def window(self) -> int:
        """Samples per case, ramp and all."""
        return self.skip + self.plateau

    @property
    def skip(self) -> int:
        """Samples per case that are not averaged, at its start."""
        return self.ramp + self.settle

    @property
    def epoch(self) -> int:
        """Samples of all cases together."""
        return len(self.cases) * self.window

    def tones(self) -> ToneGenerator:
        """Return one tone per control of the network, planned for a plateau.

        Returns
        -------
        ToneGenerator

        Raises
        ------
        ParameterError
            If a plateau is too short for so many.
        """
        rate = self.sample_rate
        plan = plan_tones(
            len(self.network.controls),
            (_BAND[0] * rate, _BAND[1] * rate),
            self.plateau / rate,
            sample_rate=rate,
        )
        share = self.amplitude * self.network.half_range
        return ToneGenerator(plan.bins / plan.window, share, name="tones")

    def updater(self) -> Adam:
        """Return the updater of all controls."""
        middle, half = self.network.middle, self.network.half_range
        return Adam(
            self.learning_rate * half,
            self.initial,
            beta2=0.99,
            lower=middle - half,
            upper=middle + half,
            name="updater",
        )


def network_per_epoch(setup: NetworkSetup) -> Graph:
    """Return the graph that trains a network of devices, once per epoch.

    Every control of every device has a tone of its own. Those of the first devices go through the
    ones behind, and all arrive at the one output, where they are demodulated: the devices do the
    chain rule by themselves. A correlation loss over the cases goes on as in `per_epoch`.

    Returns
    -------
    Graph
        Without inputs. Outputs `loss`, `margin` (nA), `levels` (nA, all cases) and `controls` (V),
        once per epoch.
    """
    cases = PlateauSequence(setup.cases, setup.settle + setup.plateau, setup.ramp, name="cases")
    tone = setup.tones()
    updater = setup.updater()

    controls = as_wire(Hold(setup.epoch, name="hold")(updater.parameters))
    *_, output = setup.network.wire(cases.values, controls + tone.perturbation)
    noisy = as_wire(WhiteNoise(setup.noise, setup.seed, name="noise")(output))
    in_nA = setup.path.passed(noisy) * 1e9
    level, derivative = plateau_means(
        in_nA, tone, window=setup.window, skip=setup.skip, path=setup.path
    )
    loss, gradient = CorrelationLoss(setup.target, name="loss")(level, derivative)
    updater(gradient)

    margin, levels = Margin(setup.target, name="margin")(level)
    outputs = {"loss": loss, "margin": margin, "levels": levels, "controls": updater.parameters}
    return Graph(setup.sample_rate, outputs, name="network per epoch")
