"""What a current passes on its way to the demodulators, and what calibration found of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hgedsp.block import Block
from hgedsp.blocks import Delay
from hgedsp.checks import (
    VectorLike,
    as_vector,
    require,
    require_not_negative,
)
from hgedsp.wire import Wire, as_wire

_ROUNDING = 1e-9  # of a sample, in a delay of whole samples


@dataclass(frozen=True)
class SignalPath:
    """The path from the perturbation of a device to its recorded current.

    The chain is there in a simulation; on a bench it is the bench. Phase, gain and delay are what
    training takes out again: as measured with `hgedsp.graphs.phase_calibration` and fitted with
    `hgedsp.hge.fit_delay` and `fit_phase`.

    Parameters
    ----------
    chain : sequence of Block, optional
        What the current passes before it is recorded, in this order: amplifier, bandwidth, delay.
    delay : float, optional
        Of the whole path, s.
    phase : float or array of shape (K,), optional
        Phase of the path at the tone of each parameter, rad; -2 pi f_k delay if left out.
    gain : float or array of shape (K,), optional
        Gain of the path at the tone of each parameter.

    Raises
    ------
    ParameterError
        If a number is not usable.
    """

    chain: Sequence[Block] = ()
    delay: float = 0.0
    phase: VectorLike | None = None
    gain: VectorLike = 1.0

    def __post_init__(self) -> None:
        require_not_negative("SignalPath", "s", delay=self.delay)
        if self.phase is not None:
            as_vector("SignalPath", "phase", self.phase, "rad")
        require(
            bool(np.all(as_vector("SignalPath", "gain", self.gain) > 0)),
            f"SignalPath needs gains above 0, got {self.gain!r}",
            "give |H| at each tone, and the sign as a phase of pi",
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing is taken out."""
        return self.delay == 0 and self.phase is None and bool(np.all(np.asarray(self.gain) == 1))

    def samples(self, sample_rate: float) -> int:
        """Return the delay in samples, rounded up."""
        return math.ceil(self.delay * sample_rate - _ROUNDING)

    def require_settled(self, settle: int, sample_rate: float) -> None:
        """Refuse to average before what is put on has come through.

        Parameters
        ----------
        settle : int
            Samples after which averaging begins.
        sample_rate : float
            Hz.
        """
        late = self.samples(sample_rate)
        require(
            settle >= late,
            f"the signal path is late by {late} samples, but averaging begins {settle} samples "
            "after a case is on",
            f"give settle={late} or more",
        )

    def corrections(self, frequency: VectorLike) -> dict[str, Any]:
        """Return phase and gain at tones (Hz), as `hgedsp.graphs.demodulate` takes them.

        Parameters
        ----------
        frequency : array of shape (K,)
            Of the tone of each parameter, Hz.

        Returns
        -------
        dict
            `phase` (rad), None if there is none to take out, and `gain`.

        Raises
        ------
        ParameterError
            If phases or gains are those of another number of tones.
        """
        tones = as_vector("SignalPath", "frequency", frequency, "Hz")
        phase, gain = self.phase, as_vector("SignalPath", "gain", self.gain)
        if phase is None:
            phase = -2 * np.pi * self.delay * tones if self.delay else None
        for name, given in (("phases", phase), ("gains", gain)):
            count = 1 if given is None else np.size(given)
            require(
                count in (1, tones.size),
                f"the signal path has {count} {name} for {tones.size} tones",
                "give one for all tones, or one each",
            )
        return {"phase": phase, "gain": gain}

    def passed(self, current: Wire) -> Wire:
        """Wire copies of the chain behind a current."""
        for block in self.chain:
            current = as_wire(block.copy()(current))
        return current

    def delayed(self, reference: Wire, sample_rate: float, name: str) -> Wire:
        """Wire what the current is compared with through the same delay, in whole samples."""
        samples = round(self.delay * sample_rate)
        return as_wire(Delay(samples, name=name)(reference)) if samples else reference
