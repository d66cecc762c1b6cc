"""The extraction that is timed: K tones, a trace of them, and the graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hgedsp.blocks import Decimate, Input, IntegrateAndDump, LowPass, Mixer, ToneGenerator
from hgedsp.checks import FloatArray, IntArray
from hgedsp.graph.graph import Graph
from hgedsp.wire import Wire, as_wire

SAMPLE_RATE = 1e6
WINDOW = 4096
CHECKED = 2  # windows that are compared with the reference
_TIME_CONSTANT = 1e-3


@dataclass(frozen=True)
class Extraction:
    """K tones on whole periods of a window, and a trace of them.

    Attributes
    ----------
    tones : int
        K.
    order : int
        Poles of the low-pass; 0 for the mean over each window.
    windows : int
        Windows in the trace.
    """

    tones: int
    order: int
    windows: int

    @cached_property
    def bins(self) -> IntArray:
        """Periods of each tone in a window, from 100 up to 1900, shape (K,)."""
        return np.unique(np.linspace(100, 1900, self.tones).astype(np.int64))

    @cached_property
    def trace(self) -> FloatArray:
        """All tones and noise, shape (windows * WINDOW,)."""
        generator = np.random.default_rng(2)
        spectrum = np.zeros(WINDOW // 2 + 1, dtype=np.complex128)
        spectrum[self.bins] = np.exp(2j * np.pi * generator.random(self.bins.size)) * WINDOW / 2
        periodic = np.tile(np.fft.irfft(spectrum), self.windows)
        return periodic + generator.standard_normal(periodic.size)

    @property
    def smoothing(self) -> float:
        """a of the one-poles: y += a (x - y)."""
        return float(-np.expm1(-1 / (_TIME_CONSTANT * SAMPLE_RATE)))

    def graph(self) -> Graph:
        """Return the extraction as a user wires it."""
        tone = ToneGenerator(self.bins * SAMPLE_RATE / WINDOW, 1.0)
        signal = Input("trace")

        def demodulate(reference: Wire) -> Wire:
            product = Mixer(2.0)(signal, reference)
            if self.order == 0:
                return as_wire(IntegrateAndDump(WINDOW)(product))
            smooth = LowPass(_TIME_CONSTANT, self.order)(product)
            return as_wire(Decimate(WINDOW)(smooth))

        outputs = {"i": demodulate(tone.in_phase), "q": demodulate(tone.quadrature)}
        return Graph(SAMPLE_RATE, outputs, name="extraction")

    def references(self) -> FloatArray:
        """Return sines and cosines of all tones over a window, shape (WINDOW, 2 K)."""
        angle = 2 * np.pi * (np.outer(np.arange(WINDOW), self.bins) % WINDOW) / WINDOW
        return np.hstack([np.sin(angle), np.cos(angle)])

    def reference(self) -> FloatArray:
        """Return the answer for the first windows, shape (CHECKED, 2 K), from sines made afresh."""
        references = self.references()
        x = self.trace[: CHECKED * WINDOW].reshape(CHECKED, WINDOW)
        if self.order == 0:
            means: FloatArray = 2 * x @ references / WINDOW
            return means
        poles = np.zeros((self.order, 2 * self.tones))
        answer = np.empty((CHECKED, 2 * self.tones))
        for window in range(CHECKED):
            for sample, row in zip(x[window], references, strict=True):
                y = 2 * sample * row
                for pole in poles:
                    pole += self.smoothing * (y - pole)
                    y = pole
            answer[window] = poles[-1]
        return answer
