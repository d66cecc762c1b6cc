"""The picture of a plan: tones, where their products land, and what is empty."""

from __future__ import annotations

from typing import Any

import numpy as np

from hgedsp.checks import FloatArray, IntArray
from hgedsp.hge import TonePlan
from hgedsp.hge.product_counts import hits, ways

_BLUE, _RED, _ORANGE, _GREEN, _GREY = "#1f5fa8", "#c23b22", "#e09f3e", "#2a9d5c", "#999999"
_MOST_NUMBERS = 40
_LABEL = 0.02  # width of a number, as a share of the band
_MOST_MARKS = 200
_MOST_LINES = 2000


def draw_plan(figure: Any, plan: TonePlan, mains: tuple[float, ...]) -> None:
    """Draw all of the spectrum above, and the band of the tones below."""
    whole, band = figure.subplots(2, 1)
    second, third = (_products(plan, order) for order in (2, 3))
    highest = 3.05 * plan.frequency[-1]
    if plan.sample_rate is not None:
        highest = min(highest, plan.sample_rate / 2)
    wide = plan.frequency[-1] - plan.frequency[0] + 20 / plan.window
    spans = (
        (0.0, highest),
        (plan.frequency[0] - 0.04 * wide, plan.frequency[-1] + 0.04 * wide),
    )
    for axes, span in zip((whole, band), spans, strict=True):
        _draw_mains(axes, mains, span)
        _draw_ways(axes, plan, second, span, _GREEN, "second-order products, number of ways")
        _draw_ways(axes, plan, third, span, _ORANGE, "third-order products, number of ways")
        _draw_tones(axes, plan)
        axes.set_xlim(*span)
        axes.set_yscale("log")
        axes.set_ylim(0.6, 3 * max(second.max(), third.max(), 10))
        axes.set_ylabel("products in a bin")
    _draw_empty(band, plan)
    if len(plan) <= _MOST_NUMBERS:
        _number(band, plan)
    found = plan.collisions.total
    title = f"{len(plan)} tones in windows of {plan.window:g} s, crest factor {plan.crest:.3g}; "
    title += f"products on tones: {round(found[0])} of second order, {round(found[1])} of third"
    whole.set_title(title, loc="left", fontsize=11)
    band.set_xlabel("frequency, Hz")
    handles, labels = band.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _products(plan: TonePlan, order: int) -> FloatArray:
    """Return the number of products of an order in each bin, those on tones trivial or not."""
    half = np.arange(plan.modulus // 2 + 1)
    folded = ways(plan.bins, order, plan.modulus, half) / (2 if order == 2 else 6)
    folded[0] = 0
    if order == 3:
        # Each tone comes as a + b - b: what every plan has is not shown.
        folded[plan.bins] = hits(plan.bins, 3, plan.modulus) / 6
    return folded


def _draw_ways(
    axes: Any, plan: TonePlan, count: FloatArray, span: tuple[float, float], color: str, label: str
) -> None:
    bins: IntArray = np.flatnonzero(count)
    inside = (bins / plan.window >= span[0]) & (bins / plan.window <= span[1])
    bins = bins[inside]
    frequency, height = bins / plan.window, np.maximum(count[bins], 0.8)
    if len(bins) > _MOST_LINES:
        # More lines than columns of the picture: the highest of each column.
        starts = np.linspace(0, len(bins), _MOST_LINES, endpoint=False).astype(np.int64)
        frequency, height = frequency[starts], np.maximum.reduceat(height, starts)
    axes.vlines(frequency, 0.6, height, color=color, lw=1, label=label)


def _draw_tones(axes: Any, plan: TonePlan) -> None:
    style = {"color": _BLUE, "zorder": 4}
    transform = axes.get_xaxis_transform()
    axes.vlines(plan.frequency, 0, 0.93, transform=transform, lw=1.4, label="tones", **style)
    if len(plan) <= _MOST_MARKS:
        axes.plot(plan.frequency, np.full(len(plan), 0.93), "o", ms=4, transform=transform, **style)
    hit = np.unique(plan.collisions.target)
    if hit.size:
        axes.plot(
            plan.frequency[hit],
            np.full(hit.size, 0.93),
            "x",
            ms=7,
            color=_RED,
            zorder=5,
            transform=transform,
            label="tones with products on them",
        )


def _draw_empty(axes: Any, plan: TonePlan) -> None:
    empty = np.unique(plan.noise_bins[plan.noise_bins >= 0]) / plan.window
    transform = axes.get_xaxis_transform()
    label = "empty bins for the noise floor"
    axes.plot(
        empty, np.full(empty.size, 0.03), "|", ms=9, color="black", transform=transform, label=label
    )


def _draw_mains(axes: Any, mains: tuple[float, ...], span: tuple[float, float]) -> None:
    for i, base in enumerate(mains):
        harmonic = base * np.arange(max(1, np.ceil(span[0] / base)), span[1] / base + 1)
        label = "harmonics to be avoided" if i == 0 else None
        axes.vlines(
            harmonic,
            0,
            1,
            color=_GREY,
            lw=0.5,
            ls=":",
            transform=axes.get_xaxis_transform(),
            label=label,
        )


def _number(axes: Any, plan: TonePlan) -> None:
    """Write the number beside each tone that has room for it before the next."""
    room = np.diff(plan.frequency, append=np.inf) / max(float(np.ptp(plan.frequency)), 1.0)
    for k, place in enumerate(plan.frequency):
        if room[k] < _LABEL:
            continue
        axes.annotate(
            str(k),
            (place, 0.93),
            xycoords=("data", "axes fraction"),
            xytext=(4, 0),
            textcoords="offset points",
            color=_BLUE,
            fontsize=8,
        )
