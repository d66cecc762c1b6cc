"""The XOR loop as a researcher writes it: NumPy over tones, a Python loop over samples."""

from __future__ import annotations

import numpy as np


def numpy_xor(n: int) -> float:
    """Run `n` samples of the loop of `workloads.polynomial_xor`; return the last loss."""
    generator = np.random.default_rng(0)
    linear, quadratic, cubic = (generator.normal(size=9) * s for s in (1.0, 0.1, 0.5))
    noise = np.random.default_rng(1)
    tones = 2 * np.pi * np.array([23, 25, 31, 41, 45, 47, 49]) / 256
    cycle, amplitude = 1024, 0.02
    controls, voltage = np.zeros(7), np.empty(9)
    first, second, pole = np.zeros(7), np.zeros(7), np.zeros((2, 7))
    a, mean, loss = 1 - np.exp(-1 / cycle), 0.0, 0.0
    wanted = 12.0 * (np.array([0, 1, 1, 0]) - 0.5)
    for t in range(n):
        case = t // 256 % 4
        sine = np.sin(tones * t)
        voltage[:2] = 2 * (case // 2) - 1, 2 * (case % 2) - 1
        voltage[2:] = controls + amplitude * sine
        current = linear @ voltage + (quadratic @ voltage) ** 2 + (cubic @ voltage) ** 3
        current += 0.22 * noise.normal()
        mean += a / 2 * (current - mean)
        loss = (current - mean - wanted[case]) ** 2
        pole[0] += a * (2 / amplitude * loss * sine - pole[0])
        pole[1] += a * (pole[0] - pole[1])
        first += 0.1 * (pole[1] - first)
        second += 1e-3 * (pole[1] ** 2 - second)
        step = first / (1 - 0.9 ** (t + 1)) / (np.sqrt(second / (1 - 0.999 ** (t + 1))) + 1e-12)
        controls = np.clip(controls - 1e-6 * step, -1.0, 1.0)
    return float(loss)
