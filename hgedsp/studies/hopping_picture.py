"""The picture of the study `hopping`, and of any hopping network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hgedsp.checks import FloatArray
from hgedsp.physics.disk import contact_angles
from hgedsp.physics.network import Network
from hgedsp.physics.steady import steady

if TYPE_CHECKING:
    from hgedsp.studies.hopping import Currents, HoppingResult


def draw(result: HoppingResult, figure: Any) -> None:
    """Draw the network with its currents, sweeps, and both comparisons, as far as measured."""
    grid = figure.add_gridspec(2, 3, width_ratios=(1.2, 1, 1))
    network = result.device.network
    if result.random is not None:
        strongest = result.random.voltage_V[np.abs(result.random.device_nA).argmax()]
        draw_network(figure.add_subplot(grid[:, 0]), network, strongest)
        _draw_surrogate(figure.add_subplot(grid[1, 1]), result.random)
    if result.swept is not None:
        _draw_sweeps(figure.add_subplot(grid[0, 1:]), result.swept)
    if result.exact_nA:
        _draw_mean_field(figure.add_subplot(grid[1, 2]), result)
    title = f"Hopping network of {network.sites} sites at {network.temperature:g} K"
    speed = "" if result.sample_us is None else f": {result.sample_us:.1f} us per sample"
    figure.suptitle(title + speed)


def draw_network(axes: Any, network: Network, voltage: FloatArray) -> None:
    """Draw sites by occupation, contacts with their voltages, and the currents between them.

    Parameters
    ----------
    axes : matplotlib axes
    network : Network
    voltage : array of shape (electrodes,)
        V.
    """
    found = steady(network, voltage, flow=True)
    assert found.flow is not None
    nm, place = 1e9 * network.radius, 1e9 * network.position
    angles = contact_angles(network.contacts)
    edge = np.linspace(0, 2 * np.pi, 400)
    axes.plot(nm * np.cos(edge), nm * np.sin(edge), color="0.8", lw=1)
    ends = nm * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    _draw_flow(axes, 1e9 * found.flow[0], np.vstack([place, ends]), place)
    shown = axes.scatter(*place.T, c=found.occupation[0], cmap="viridis", vmin=0, vmax=1, zorder=3)
    axes.figure.colorbar(shown, ax=axes, location="bottom", label="holes per site", shrink=0.7)
    half = network.contact_share * np.pi / network.contacts
    for number, (angle, volts) in enumerate(zip(angles, [*voltage, 0.0], strict=True)):
        arc = angle + np.linspace(-half, half, 30)
        output = number == network.contacts - 1
        colour = "tab:red" if output else "0.2"
        axes.plot(nm * np.cos(arc), nm * np.sin(arc), color=colour, lw=5, solid_capstyle="butt")
        label = (
            f"out\n{1e9 * found.currents[0, -1]:.1f} nA" if output else f"{number}\n{volts:+.2f} V"
        )
        axes.text(
            1.3 * nm * np.cos(angle),
            1.3 * nm * np.sin(angle),
            label,
            ha="center",
            va="center",
            fontsize=8,
            color=colour,
        )
    axes.set(aspect="equal", xlim=(-1.55 * nm, 1.55 * nm), ylim=(-1.55 * nm, 1.55 * nm))
    axes.set(xlabel="x (nm)", ylabel="y (nm)", title="Sites, contacts, currents")


def _draw_flow(axes: Any, flow: FloatArray, ends: FloatArray, place: FloatArray) -> None:
    """Draw net currents (nA) as arrows as wide as they are strong."""
    largest = np.abs(flow).max()
    for j, i in np.argwhere(np.abs(flow) > 0.02 * largest):
        if j < len(place) and flow[j, i] < 0:
            continue  # it is drawn from the other site
        start, end = (place[i], ends[j]) if flow[j, i] > 0 else (ends[j], place[i])
        width = 0.3 + 3.0 * abs(flow[j, i]) / largest
        arrow = {"arrowstyle": "->", "lw": width, "color": "tab:orange", "alpha": 0.8}
        axes.annotate("", end, start, arrowprops=arrow, zorder=2)


def _draw_sweeps(axes: Any, found: Currents) -> None:
    for electrode, (exact, fitted) in enumerate(
        zip(found.device_nA, found.surrogate_nA, strict=True)
    ):
        (line,) = axes.plot(found.voltage_V, exact, lw=1.5, label=f"electrode {electrode}")
        axes.plot(found.voltage_V, fitted, "--", lw=1, color=line.get_color())
    axes.set(
        xlabel="voltage of one electrode (V)",
        ylabel="output current (nA)",
        title="One electrode after the other: network (solid), surrogate (dashed)",
    )
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)


def _draw_surrogate(axes: Any, found: Currents) -> None:
    axes.plot(found.device_nA, found.surrogate_nA, ".", ms=2, alpha=0.5)
    _diagonal(axes, found.device_nA)
    axes.set(
        xlabel="network (nA)",
        ylabel="surrogate (nA)",
        title=f"Surrogate: {found.error_nA:.2f} nA rms",
    )


def _draw_mean_field(axes: Any, result: HoppingResult) -> None:
    for kind, true in result.exact_nA.items():
        share = 100 * result.mean_field_error(kind)
        axes.plot(true, result.mean_nA[kind], ".", ms=2, label=f"holes {kind}: {share:.1f} %")
    _diagonal(axes, np.concatenate(list(result.exact_nA.values())))
    axes.set(xlabel="exact, 8 sites (nA)", ylabel="mean field (nA)", title="Mean field")
    axes.legend(frameon=False, fontsize=8, markerscale=4)


def _diagonal(axes: Any, values: FloatArray) -> None:
    ends = [values.min(), values.max()]
    axes.plot(ends, ends, color="k", lw=0.8)
