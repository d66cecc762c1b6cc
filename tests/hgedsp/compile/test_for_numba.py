"""Emitted text in numba's words: the same lines, and what a tile has for itself named apart."""

import re

import pytest

from hgedsp.compile.for_numba import PLACES, TILES, for_numba

SOURCE = """def kernel(n, F, C):
    a = 0.0
    for t in range(n):
        total = spread(0.0, 8, 8)
        for tile in range(4):
            # x, with 8 * tile in it
            x = load(F, 8 + 32 * tile, 8, 8)
            c = load(C, 8 * tile, 8, 8)
            total = step(x, c, total, a)
        a = lane_sum(total, 8)
        for tile in range(4):
            valid = min(8, 30 - 8 * tile)
            x = load(F, 8 + 32 * tile, 8, 8)
            x, y = other(x, valid)
            store(F, 8 + 32 * tile, x)
            store_row(out, t, 8 * tile, y, valid)
        for tile in range(4):
            y = load(F, 32 * tile, 16, 16)
            if a:
                y = 2.0 * y
"""


def lines_of(text):
    return [line.strip() for line in text.splitlines() if "#" not in line]


def test_loads_of_tiles_are_single_calls_and_locals_of_a_tile_have_names_of_their_own():
    made = lines_of(for_numba(SOURCE, "kernel", TILES))
    assert made[5:9] == [
        "x__6 = load_tile__(F, tile, 32, 8)",
        "c__7 = load_tile__(C, tile, 8, 0)",
        "total = step(x__6, c__7, total, a)",
        "a = lane_sum(total, 8)",
    ]
    assert made[10:15] == [
        "valid__11 = min(8, 30 - place_of_tile__(tile, 8, 0))",
        "x__12 = load_tile__(F, tile, 32, 8)",
        "x__13, y = other(x__12, valid__11)",
        "store_tile__(F, tile, 32, 8, x__13)",
        "store_row(out, t, place_of_tile__(tile, 8, 0), y, valid__11)",
    ]


def test_a_loop_with_a_branch_keeps_its_names():
    made = lines_of(for_numba(SOURCE, "kernel", TILES))
    assert made[16:] == [
        "y = load(F, place_of_tile__(tile, 32, 0), 16, 16)",
        "if a:",
        "y = 2.0 * y",
    ]


def test_registers_of_runs_have_places_alone():
    made = for_numba(SOURCE, "kernel", PLACES)
    assert "x__6 = load(F, place_of_tile__(tile, 32, 8), 8, 8)" in made
    assert "store(F, place_of_tile__(tile, 32, 8), x__13)" in made


def test_no_line_moves():
    made = for_numba("head\n\n" + SOURCE, "kernel", TILES).splitlines()
    assert len(made) == len(("head\n\n" + SOURCE).splitlines())
    assert made[0] == "head"


@pytest.mark.parametrize("source", [re.sub(r"tile", "piece", SOURCE), "def other(x):\n    y = 1\n"])
def test_text_without_tiles_is_left_alone(source):
    assert for_numba(source, "kernel", TILES) == source
