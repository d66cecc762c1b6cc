"""Make the two default devices: a network of hopping holes, and the surrogate fitted to it.

``python -m hgedsp.make_rnpu FOLDER`` writes

- ``hopping.npz``: the network of `DEFAULT_SEED`, 30 acceptors between eight contacts (the last one
  is the output) with levels spread by 0.1 eV, at 77 K, holes not repelling each other; see
  `hgedsp.physics.network`.
- ``rnpu.npz``: a smooth network, two layers of 64 tanh and a linear one, fitted to the steady
  current of the first at 60,000 random voltages. A tenth of all voltages lie on the ends of the
  range, where the inputs of gates are.

`DEFAULT_SEED` was *chosen* among 0 to 119 so that the median slopes of all electrodes lie in the
published range of measured devices, 2 to 17 nA/V, that the current falls with the voltage of each
electrode at a fifth of all points or so, and that all six gates train on it. It is not a typical
draw.

The fit error, on points that were not fitted, is printed and kept in the file. Both files were made
by this script; they are shipped, rather than made anew, because NumPy may change its random
streams.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hgedsp.checks import FloatArray
from hgedsp.physics.fit import Effort, Parameters, fit, forward
from hgedsp.physics.network import Network
from hgedsp.physics.network_file import save_network
from hgedsp.physics.steady import steady

DEFAULT_SEED = 12
VOLTAGE_RANGE_V = 0.5
ON_THE_ENDS = 0.1  # share of voltages on the ends of the range
POINTS, TEST_POINTS = 60_000, 4000


@dataclass(frozen=True)
class Surrogate:
    """A fitted surrogate.

    Attributes
    ----------
    arrays : dict of str to array
        What `SurrogateDevice.load` reads, and `fit_error_nA`, `current_rms_nA`.
    error_nA : float
        Root of the mean square error on points that were not fitted.
    relative_error : float
        The same over the standard deviation of the current.
    """

    arrays: dict[str, NDArray[Any]]
    error_nA: float
    relative_error: float


def draw_voltages(generator: np.random.Generator, count: int, electrodes: int) -> FloatArray:
    """Draw voltages over the range, some of them on its ends, V, shape (count, electrodes)."""
    wide = generator.uniform(-1.0, 1.0, (count, electrodes)) / (1.0 - ON_THE_ENDS)
    return VOLTAGE_RANGE_V * np.clip(wide, -1.0, 1.0)


def current_nA(network: Network, voltage: FloatArray) -> FloatArray:
    """Return the steady output current at voltages of shape (M, electrodes), nA."""
    parts = np.array_split(voltage, max(1, len(voltage) // 512))
    told = tqdm(parts, desc="steady states", unit="part", disable=len(parts) < 20)
    return 1e9 * np.concatenate([steady(network, part).currents[:, -1] for part in told])


def fit_surrogate(
    network: Network, effort: Effort, *, points: int = POINTS, seed: int = 0
) -> Surrogate:
    """Fit a surrogate to the steady current of a network."""
    generator = np.random.default_rng(seed)
    voltage = draw_voltages(generator, points + TEST_POINTS, network.electrodes)
    current = current_nA(network, voltage)
    mean, spread = current[:points].mean(), current[:points].std()
    x, y = voltage / VOLTAGE_RANGE_V, (current - mean) / spread
    with tqdm(total=effort.epochs, desc="fit", unit="epoch", disable=effort.epochs < 20) as bar:

        def watch(_: int, error: float) -> None:
            bar.set_postfix_str(f"{error * spread:.3f} nA rms")
            bar.update()

        parameters = fit(x[:points], y[:points], effort, generator, watch)
    left = forward(parameters, x[points:])[-1][:, 0] - y[points:]
    error = float(np.sqrt(np.mean(left**2)))
    arrays = surrogate_arrays(parameters, float(mean), float(spread))
    arrays["fit_error_nA"] = np.array(error * spread)
    arrays["current_spread_nA"] = np.array(spread)
    return Surrogate(arrays, error * float(spread), error)


def surrogate_arrays(parameters: Parameters, mean: float, spread: float) -> dict[str, NDArray[Any]]:
    """Write a fitted network as the arrays of a surrogate's file (float32; V, nA)."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, (weight, bias) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
        arrays[f"weight_{number}"], arrays[f"bias_{number}"] = weight.T.copy(), bias.copy()
    last = len(parameters) // 2 - 1
    arrays["weight_0"] /= np.float32(VOLTAGE_RANGE_V)
    arrays[f"bias_{last}"] += np.float32(mean / spread)
    electrodes = arrays["weight_0"].shape[1]
    arrays["activation"] = np.array("tanh")
    arrays["offset"] = np.zeros(electrodes)
    arrays["amplitude"] = np.full(electrodes, VOLTAGE_RANGE_V)
    arrays["amplification"] = np.array(spread)
    arrays["output_clip"] = np.full(2, np.nan)
    return arrays


def main(folder: Path, effort: Effort | None = None, points: int = POINTS) -> Surrogate:
    """Write both devices to a folder, and tell the fit error."""
    network = Network.random(DEFAULT_SEED)
    save_network(folder / "hopping.npz", network, VOLTAGE_RANGE_V)
    made = fit_surrogate(network, effort or Effort(), points=points)
    note = (
        f"Fitted to hopping.npz (seed {DEFAULT_SEED}) by hgedsp.make_rnpu: error "
        f"{made.error_nA:.2f} nA rms, {100 * made.relative_error:.1f} % of the current's spread"
    )
    np.savez(folder / "rnpu.npz", allow_pickle=False, **made.arrays, note=np.array(note))
    print(note)
    return made


if __name__ == "__main__":
    main(Path(sys.argv[1]))
