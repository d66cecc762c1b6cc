"""Make the default simulated device: a reconfigurable nonlinear-processing unit (RNPU).

The device is a smooth network of two tanh layers and one linear layer that is written down from a
cartoon of hopping conduction, not fitted to any measured or modelled device:

1. Dopant sites lie at random in a disk with eight contacts on its edge, seven electrodes and the
   grounded output. The potential of a site is a weighted mean of the contact voltages (Poisson
   kernel of the disk times a random contact strength). A site fills smoothly, as a tanh, when its
   potential passes its random level: first layer.
2. Charge hops from site i to a near site j when i is filled and j is empty: second layer. A voltage
   that raises both sites first opens and then blocks the hop, which gives non-monotonic current and
   negative differential resistance.
3. The output current is the sum of all hops, weighted with a log-normal conductance, positive
   towards the output: last layer. It is zero when all electrodes are at 0 V.

The current is scaled to a published standard deviation of measured devices. `DEFAULT_SEED` was
*chosen* among 0 to 999 so that the median slopes of the electrodes lie in the published range and
all six two-input Boolean gates train easily: it is not a typical draw. With inputs 1 and 2 at full
or half swing, Adam on (1.1 - correlation) / (sigmoid((margin - 5 nA) / 3 nA) + 0.05) reaches a
margin of 1 nA from more than 70 % of random starts, whatever the gate.

The file in the package was made by ``python -m hgedsp.make_rnpu hgedsp/data/rnpu.npz``. It is
shipped, rather than made anew, because NumPy may change its random streams.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Device = dict[str, NDArray[Any]]

DEFAULT_SEED = 475
ELECTRODE_COUNT = 7
SITE_COUNT = 40
HOP_COUNT = 40
VOLTAGE_AMPLITUDE_V = 1.0
LEVEL_WIDTH_V = 0.1  # much wider than a perturbation of 5 to 50 mV, so that the device is smooth
LEVEL_SPREAD_V = 0.25
CONTACT_SPREAD = 0.6  # of the logarithm of the contact strength
CONDUCTANCE_SPREAD = 0.7  # of the logarithm of the conductance
HOP_STEEPNESS = 1.5
HOP_LENGTH = 0.3  # lengths in units of the disk radius
OUTPUT_LENGTH = 0.6
CURRENT_STANDARD_DEVIATION_NA = 18.0
NOTE = "Simulated, random hopping network (sites, hops, sum) by make_rnpu.py; not fitted to data"


def lever_arms(generator: np.random.Generator, radius: FloatArray, angle: FloatArray) -> FloatArray:
    """Compute how strongly electrodes move sites at `radius` (disk radii) and `angle` (rad).

    Returns
    -------
    ndarray, shape (sites, electrodes)
        Change of site potential per change of electrode voltage, V/V. The rows sum to less than 1:
        the rest belongs to the grounded output.
    """
    contact_count = ELECTRODE_COUNT + 1
    contact_angle = 2.0 * np.pi * np.arange(contact_count) / contact_count
    radius = radius[:, None]
    cosine = np.cos(angle[:, None] - contact_angle)
    coupling = (1.0 - radius**2) / (1.0 - 2.0 * radius * cosine + radius**2)
    coupling *= np.exp(generator.normal(0.0, CONTACT_SPREAD, contact_count))
    return np.asarray((coupling / coupling.sum(axis=1, keepdims=True))[:, :ELECTRODE_COUNT])


def draw_hops(
    generator: np.random.Generator, radius: FloatArray, angle: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Draw pairs of sites at `radius` and `angle`, near to each other and to the output.

    Returns
    -------
    source, target : ndarray, shape (hops,)
        Indices of the sites that a hop leaves and reaches.
    conductance : ndarray, shape (hops,)
        Relative weight of each hop in the output current, negative for hops away from the output.
    """
    position = radius * np.exp(1j * angle)
    output_distance = np.abs(position - np.exp(-2j * np.pi / (ELECTRODE_COUNT + 1)))
    likelihood = np.exp(-np.abs(position[:, None] - position) / HOP_LENGTH)
    likelihood *= np.exp(-output_distance / OUTPUT_LENGTH)[:, None]
    np.fill_diagonal(likelihood, 0.0)
    probability = likelihood.ravel() / likelihood.sum()
    pair = generator.choice(SITE_COUNT**2, HOP_COUNT, replace=False, p=probability)
    source, target = np.divmod(pair, SITE_COUNT)
    conductance = np.exp(generator.normal(0.0, CONDUCTANCE_SPREAD, HOP_COUNT))
    return source, target, conductance * np.sign(output_distance[source] - output_distance[target])


def build_layers(generator: np.random.Generator) -> list[tuple[FloatArray, FloatArray]]:
    """Write sites, hops and their sum as the weights and biases of three layers."""
    # Off the edge of the disk, where the Poisson kernel diverges.
    radius = 0.9 * np.sqrt(generator.uniform(size=SITE_COUNT))
    angle = generator.uniform(0.0, 2.0 * np.pi, SITE_COUNT)
    site_weight = lever_arms(generator, radius, angle) / LEVEL_WIDTH_V
    site_bias = -generator.normal(0.0, LEVEL_SPREAD_V, SITE_COUNT) / LEVEL_WIDTH_V
    source, target, conductance = draw_hops(generator, radius, angle)
    identity = np.eye(SITE_COUNT)
    hop_weight = HOP_STEEPNESS * (identity[source] - identity[target])
    hop_bias = np.full(HOP_COUNT, -HOP_STEEPNESS)
    rest = np.tanh(hop_weight @ np.tanh(site_bias) + hop_bias)
    layers = [(site_weight, site_bias), (hop_weight, hop_bias)]
    return [*layers, (conductance[None, :], -np.array([conductance @ rest]))]


def evaluate(device: Device, voltage_V: FloatArray) -> FloatArray:
    """Evaluate the output current, in nA, at voltages of shape (points, electrodes), in V."""
    hidden = voltage_V
    for layer in range(2):
        hidden = np.tanh(hidden @ device[f"weight_{layer}"].T + device[f"bias_{layer}"])
    current = hidden @ device["weight_2"][0] + device["bias_2"][0]
    return np.asarray(device["amplification"] * current, dtype=np.float64)


def find_amplification(device: Device, generator: np.random.Generator) -> float:
    """Find the scale, in nA, that gives the published standard deviation of the current."""
    unscaled = {**device, "amplification": np.array(1.0)}
    point = generator.uniform(-1.0, 1.0, (4000, ELECTRODE_COUNT))
    current = evaluate(unscaled, device["offset"] + device["amplitude"] * point)
    # Three digits hide differences in the last bit between mathematics libraries.
    return float(f"{CURRENT_STANDARD_DEVIATION_NA / current.std():.3g}")


def make_rnpu(seed: int = DEFAULT_SEED) -> Device:
    """Make a simulated device; the same seed makes the same device.

    Returns
    -------
    dict of str to ndarray
        Weights and biases (float32, per V in the first layer), `amplification` (nA), `offset` and
        `amplitude` (V), `output_clip` (nA, NaN: none), `activation` and `note`.
    """
    generator = np.random.default_rng(seed)
    device: Device = {}
    for number, (weight, bias) in enumerate(build_layers(generator)):
        device[f"weight_{number}"] = weight.astype(np.float32)
        device[f"bias_{number}"] = bias.astype(np.float32)
    device["activation"] = np.array("tanh")
    device["offset"] = np.zeros(ELECTRODE_COUNT)
    device["amplitude"] = np.full(ELECTRODE_COUNT, VOLTAGE_AMPLITUDE_V)
    device["amplification"] = np.array(find_amplification(device, generator))
    device["output_clip"] = np.full(2, np.nan)
    device["note"] = np.array(f"{NOTE}; seed {seed}")
    return device


if __name__ == "__main__":
    np.savez(Path(sys.argv[1]), allow_pickle=False, **make_rnpu())
