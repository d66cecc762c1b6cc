"""Train a classifier: many starts race each other, and fewer and fewer go on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from hgedsp.block import Block
from hgedsp.checks import FloatArray, IntArray, require, require_integer
from hgedsp.devices import Device, require_device
from hgedsp.errors import ParameterError
from hgedsp.graphs.classification import (
    ClassificationSetup,
    check_inputs,
    classification,
    on_electrodes,
)
from hgedsp.run.kernel import Kernel
from hgedsp.train.classifier_result import ClassifierResult, RaceHistory, levels_nA
from hgedsp.train.data_sets import DATA_SETS, GAP
from hgedsp.train.race import Race
from hgedsp.train.threshold import best_threshold

_BATCH = 128
_TRAINING_POINTS = 1024
_TEST_POINTS = 1000
_FEWEST = 4  # epochs that tell how a contender does
_INPUT_SHARE = 0.7  # of the range of an input electrode, at the start


def train_classifier(
    task: str,
    device: Block,
    *,
    device_name: str = "",
    seed: int = 0,
    inputs: Sequence[int] | None = None,
    gap: float = GAP,
    race: Race | None = None,
    progress: bool = True,
    **options: Any,
) -> ClassifierResult:
    """Train a simulated device to tell the two classes of a data set apart by one current.

    Parameters
    ----------
    task : str
        One of `hgedsp.train.data_sets.DATA_SETS`.
    device : Block
        A device with methods `current`, `lower` and `upper`, such as `SurrogateDevice`.
    device_name : str, optional
        What the result calls the device; its class if left out.
    seed : int
        Of points, starts and noise.
    inputs : sequence of int, optional
        Electrodes that take the coordinates. If left out every start draws its own.
    gap : float, optional
        Between the classes, in units of the outer radius, where the data set has such a gap.
    race : Race, optional
        How many starts there are, and how long they go on.
    progress : bool
        Show a progress bar with loss and accuracy.
    **options
        Settings of `ClassificationSetup` to change: `loss`, `amplitude`, `noise`, ...

    Returns
    -------
    ClassifierResult

    Raises
    ------
    ParameterError
        If task, inputs or an option is not one of those above.
    """
    require(task in DATA_SETS, f"no data set is named {task!r}", f"choose {', '.join(DATA_SETS)}")
    require_integer("train_classifier", 0, seed=seed)
    model = require_device(device, "be trained to a classifier")
    began = time.perf_counter()
    data, generator = DATA_SETS[task], np.random.default_rng(seed)
    points, label = data.points(generator, _TRAINING_POINTS, gap)
    test, test_label = data.points(generator, _TEST_POINTS, gap)
    first = np.arange(data.dimensions) if inputs is None else np.asarray(inputs)
    check_inputs(first.tolist(), data.dimensions, model.lower.size)
    setup = _make_setup(device, points, label, first, seed, options)
    training = _Training(setup, race or Race(), inputs is None, points, generator)
    training.run(progress, f"{task} ({device_name or type(device).__name__})")
    winner = training.winner
    levels = levels_nA(model, points, winner.inputs, winner.ends)
    threshold, training_accuracy = best_threshold(levels, label)
    return ClassifierResult(
        task=task,
        data=data,
        device=device_name or type(device).__name__,
        setup=replace(setup, inputs=winner.inputs.tolist(), initial=winner.ends),
        seed=seed,
        gap=gap,
        race=training.race,
        epochs=len(training.rows),
        starts=training.starts,
        seconds=time.perf_counter() - began,
        threshold_nA=threshold,
        training_accuracy=training_accuracy,
        points=points,
        label=label,
        output_nA=levels,
        test_points=test,
        test_label=test_label,
        test_output_nA=levels_nA(model, test, winner.inputs, winner.ends),
        history=training.history(),
        interrupted=training.interrupted,
    )


def _make_setup(
    device: Block,
    points: FloatArray,
    label: FloatArray,
    inputs: IntArray,
    seed: int,
    options: dict[str, Any],
) -> ClassificationSetup:
    assert isinstance(device, Device)
    ends = np.concatenate([device.lower, device.upper])  # each contender brings its own
    try:
        return ClassificationSetup(
            points[:_BATCH],
            label[:_BATCH],
            device,
            device.lower,
            device.upper,
            inputs.tolist(),
            ends,
            seed=seed,
            **options,
        )
    except TypeError as error:
        raise ParameterError(
            str(error), mend="the settings are those of ClassificationSetup"
        ) from None


@dataclass
class _Contender:
    """A start: its input electrodes, what its updater remembers, and how well it does."""

    number: int
    inputs: IntArray
    states: dict[str, Any]
    epochs: int = 0
    loss: float = 0.0
    measured: float = 0.0  # accuracy with one threshold over the last levels; 0 for too few
    levels: deque[FloatArray] = field(
        default_factory=lambda: deque(maxlen=_TRAINING_POINTS // _BATCH)
    )

    @property
    def ends(self) -> FloatArray:
        return np.asarray(self.states["updater.parameters"], dtype=np.float64)


class _Training:
    """One training: the kernel that all contenders share, and what was measured."""

    def __init__(
        self,
        setup: ClassificationSetup,
        race: Race,
        draw_inputs: bool,
        points: FloatArray,
        generator: np.random.Generator,
    ) -> None:
        self.setup, self.race, self.draw_inputs = setup, race, draw_inputs
        self.generator, self.starts = generator, 0
        self.batches = points.reshape(-1, _BATCH, points.shape[1])
        self.kernel: Kernel = classification(setup).compile()
        self.names = [name for name in self.kernel.states if name.startswith("updater.")]
        self.fresh = {name: self.kernel.states[name] for name in self.names}
        self.learning_rate = np.asarray(self.kernel.parameters["updater.learning_rate"])
        self.rows: list[tuple[int, float, float]] = []
        self.interrupted = False
        self.winner = self.draw()  # until there is a better one
        self.starts = 0

    def run(self, progress: bool, title: str) -> None:
        bar = tqdm(total=self.race.max_epochs, unit="epoch", disable=not progress, desc=title)
        with bar:
            try:
                while not self.done(self.race.acceptable):
                    self.round(bar)
            except KeyboardInterrupt:
                self.interrupted = True
            bar.total = len(self.rows)
            bar.refresh()

    def done(self, accuracy: float) -> bool:
        """Whether the best is good enough, or all epochs are used up."""
        return self.winner.measured >= accuracy or len(self.rows) >= self.race.max_epochs

    def round(self, bar: Any) -> None:
        """Let new starts race; the winner of earlier rounds is kept unless one is better."""
        contenders = [self.draw() for _ in range(self.race.stages[0][0])]
        for count, epochs, share in self.race.stages:
            self.kernel.parameters["updater.learning_rate"] = share * self.learning_rate
            contenders = sorted(contenders, key=lambda c: c.loss)[:count]
            for contender in contenders:
                self.train(contender, epochs, bar)
                if self.done(self.race.aim):
                    return

    def draw(self) -> _Contender:
        """Return a new start: controls anywhere in their range, inputs over a share of theirs."""
        setup, generator = self.setup, self.generator
        inputs = np.asarray(setup.inputs)
        if self.draw_inputs:
            inputs = generator.permutation(setup.electrodes)[: inputs.size]
        middle = generator.uniform(-1, 1, setup.electrodes)
        reach = np.zeros(setup.electrodes)
        reach[inputs] = _INPUT_SHARE
        middle[inputs] *= 1 - _INPUT_SHARE
        centre = (np.asarray(setup.lower) + np.asarray(setup.upper)) / 2
        low, high = (centre + setup.half_range * (middle + sign * reach) for sign in (-1, 1))
        states = {**self.fresh, "updater.parameters": np.concatenate([low, high])}
        self.starts += 1
        return _Contender(self.starts - 1, inputs, states)

    def train(self, contender: _Contender, epochs: int, bar: Any) -> None:
        """Take a contender some epochs further."""
        for name, value in contender.states.items():
            self.kernel.states[name] = value
        for _ in range(epochs):
            self.epoch(contender, bar)
            if contender.measured >= self.race.aim or len(self.rows) >= self.race.max_epochs:
                break
        contender.states = {name: self.kernel.states[name] for name in self.names}
        if contender.measured > self.winner.measured:
            self.winner = replace(contender)

    def epoch(self, contender: _Contender, bar: Any) -> None:
        setup, kernel = self.setup, self.kernel
        batch = self.batches[contender.epochs % len(self.batches)]
        kernel.parameters["points.points"] = on_electrodes(
            batch, contender.inputs, setup.electrodes
        )
        kernel.changes.clear()  # the points of every epoch are no news
        outputs = kernel.process(setup.epoch)
        loss, levels = float(outputs["loss"][-1]), outputs["levels"][-1]
        target = np.asarray(setup.target)
        _, accuracy = best_threshold(levels, target)
        contender.epochs += 1
        contender.loss += (loss - contender.loss) / min(contender.epochs, _FEWEST)
        # Once around all training points: batch by batch a threshold of its own would flatter.
        contender.levels.append(levels)
        if contender.epochs >= _FEWEST:
            around = len(contender.levels)
            _, contender.measured = best_threshold(
                np.concatenate(contender.levels), np.tile(target, around)
            )
        self.rows.append((contender.number, loss, accuracy))
        bar.set_postfix_str(
            f"start {contender.number + 1}, loss {loss:.3f}, accuracy {accuracy:.1%}", refresh=False
        )
        bar.update()

    def history(self) -> RaceHistory:
        start, loss, accuracy = np.array(self.rows, dtype=np.float64).reshape(-1, 3).T
        return RaceHistory(start.astype(np.int64), loss, accuracy, self.winner.number)
