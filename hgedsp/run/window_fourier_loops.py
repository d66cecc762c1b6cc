"""The loops of a Fourier transform in two stages, on registers of eight columns."""

from __future__ import annotations

import math
from typing import Any

from hgedsp.checks import FloatArray, IntArray
from hgedsp.vectors import lane_sum, load, multiply_add, store


def fourier_sums(
    x: FloatArray,
    weights: FloatArray,
    sizes: IntArray,
    passes: IntArray,
    roots: FloatArray,
    rows: IntArray,
    table: FloatArray,
    room: FloatArray,
    real: FloatArray,
    imaginary: FloatArray,
) -> None:
    """Transform the columns of each window, and add up what each tone has in them.

    Parameters
    ----------
    x : array of shape (W window,)
    weights : array of shape (R periods period,)
    sizes : array of shape (9,)
        R; samples in a window, those before the first that counts, and those in a period; periods;
        columns, tiles, and numbers in a tile; and how far from the first sample on registers
        reach, or 0 if samples are to be weighed at any rate.
    passes : array of shape (P, 2)
        Per pass, how many transforms become one, and where its roots of unity begin.
    roots : array
        Cosines and sines in turn.
    rows : array of shape (K, 3)
        Where in a tile a tone has its two rows, and where its sum goes.
    table : array of shape (K tiles 32,)
        By what the columns are multiplied in the second stage.
    room : array
        Columns that were transformed, room for a tile more, and samples that were weighed, with
        zeros behind them.
    real, imaginary : array of shape (W R K,)
        Written.
    """
    count, window, first, folded, periods = sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]
    columns, tiles, size, reach = sizes[5], sizes[6], sizes[7], sizes[8]
    spare, weighed, half, to = tiles * size, (tiles + 1) * size, columns // 2, 0
    for start in range(first, x.size, window):
        for r in range(count):
            source, here = x, start
            if reach == 0 or start + reach > x.size:
                of_row = r * periods * folded
                weigh_samples(x, start, weights, of_row, periods, folded, room, weighed)
                source, here = room, weighed
            for tile in range(tiles):
                begin, end = here + 8 * tile, tile * size
                transform(source, begin, columns, half, passes, roots, room, end, spare, size)
            add_columns(room, size, tiles, rows, table, real, imaginary, to)
            to += rows.shape[0]


def weigh_samples(
    x: FloatArray,
    here: int,
    weights: FloatArray,
    first: int,
    periods: int,
    folded: int,
    room: FloatArray,
    there: int,
) -> None:
    """Weigh samples, and add up their periods."""
    whole = folded - folded % 8
    for n in range(0, whole, 8):
        store(room, there + n, load(x, here + n, 8, 8) * load(weights, first + n, 8, 8))
    for n in range(whole, folded):
        room[there + n] = x[here + n] * weights[first + n]
    for _ in range(1, periods):
        here, first = here + folded, first + folded
        for n in range(0, whole, 8):
            value, weight = load(x, here + n, 8, 8), load(weights, first + n, 8, 8)
            store(room, there + n, multiply_add(value, weight, load(room, there + n, 8, 8)))
        for n in range(whole, folded):
            room[there + n] = multiply_add(x[here + n], weights[first + n], room[there + n])


def transform(
    source: FloatArray,
    here: int,
    row: int,
    half: int,
    passes: IntArray,
    roots: FloatArray,
    room: FloatArray,
    there: int,
    spare: int,
    size: int,
) -> None:
    """Transform eight columns, the real parts of complex numbers, with eight imaginary ones.

    Each pass puts so many short transforms together to one, and writes them in order. The last
    writes where it is wanted.
    """
    done, left = 1, size // 16
    here_next, other = (there, spare) if passes.shape[0] % 2 else (spare, there)
    for p in range(passes.shape[0]):
        radix, first = passes[p, 0], passes[p, 1]
        left //= radix
        if radix == 4:
            pass_of_four(source, here, row, half, room, here_next, done, left, roots, first)
        elif radix == 3:
            pass_of_three(source, here, row, half, room, here_next, done, left, roots, first)
        elif radix == 5:
            pass_of_five(source, here, row, half, room, here_next, done, left, roots, first)
        else:
            pass_of_any(source, here, row, half, room, here_next, radix, done, left, roots, first)
        done *= radix
        source, here, row, half = room, here_next, 16, 8
        here_next, other = other, here_next
    if passes.shape[0] == 0:
        put_pair(room, there, load(source, here, 8, 8), load(source, here + half, 8, 8))


def put_pair(target: FloatArray, place: int, real: Any, imaginary: Any) -> None:
    """Store eight complex numbers."""
    store(target, place, real)
    store(target, place + 8, imaginary)


def pass_of_four(
    source: FloatArray,
    here: int,
    row: int,
    half: int,
    target: FloatArray,
    there: int,
    done: int,
    left: int,
    roots: FloatArray,
    first: int,
) -> None:
    """Put transforms of `done` rows together, four to one; `left` is how many there are then.

    What is in row `left j + k` of the target is at frequency j of the k-th transform.
    """
    away, apart = left * row, 16 * done * left
    for j in range(done):
        at = first + 6 * j
        c1, s1, c2, s2, c3, s3 = (
            roots[at],
            roots[at + 1],
            roots[at + 2],
            roots[at + 3],
            roots[at + 4],
            roots[at + 5],
        )
        for k in range(left):
            place = here + (4 * left * j + k) * row
            x0, y0 = load(source, place, 8, 8), load(source, place + half, 8, 8)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x1, y1 = multiply_add(c1, x, -(s1 * y)), multiply_add(c1, y, s1 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x2, y2 = multiply_add(c2, x, -(s2 * y)), multiply_add(c2, y, s2 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x3, y3 = multiply_add(c3, x, -(s3 * y)), multiply_add(c3, y, s3 * x)
            place = there + 16 * (left * j + k)
            put_pair(target, place, x0 + x2 + (x1 + x3), y0 + y2 + (y1 + y3))
            put_pair(target, place + apart, x0 - x2 + (y1 - y3), y0 - y2 - (x1 - x3))
            put_pair(target, place + 2 * apart, x0 + x2 - (x1 + x3), y0 + y2 - (y1 + y3))
            put_pair(target, place + 3 * apart, x0 - x2 - (y1 - y3), y0 - y2 + (x1 - x3))


def pass_of_three(
    source: FloatArray,
    here: int,
    row: int,
    half: int,
    target: FloatArray,
    there: int,
    done: int,
    left: int,
    roots: FloatArray,
    first: int,
) -> None:
    """Do what `pass_of_four` does, with three in the place of four."""
    away, apart, s = left * row, 16 * done * left, math.sin(2.0 * math.pi / 3.0)
    for j in range(done):
        at = first + 4 * j
        c1, s1, c2, s2 = roots[at], roots[at + 1], roots[at + 2], roots[at + 3]
        for k in range(left):
            place = here + (3 * left * j + k) * row
            x0, y0 = load(source, place, 8, 8), load(source, place + half, 8, 8)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x1, y1 = multiply_add(c1, x, -(s1 * y)), multiply_add(c1, y, s1 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x2, y2 = multiply_add(c2, x, -(s2 * y)), multiply_add(c2, y, s2 * x)
            place = there + 16 * (left * j + k)
            put_pair(target, place, x0 + (x1 + x2), y0 + (y1 + y2))
            x, y = multiply_add(-0.5, x1 + x2, x0), multiply_add(-0.5, y1 + y2, y0)
            sx, sy = s * (x1 - x2), s * (y1 - y2)
            put_pair(target, place + apart, x + sy, y - sx)
            put_pair(target, place + 2 * apart, x - sy, y + sx)


def pass_of_five(
    source: FloatArray,
    here: int,
    row: int,
    half: int,
    target: FloatArray,
    there: int,
    done: int,
    left: int,
    roots: FloatArray,
    first: int,
) -> None:
    """Do what `pass_of_four` does, with five in the place of four."""
    away, apart = left * row, 16 * done * left
    ca, cb = math.cos(0.4 * math.pi), math.cos(0.8 * math.pi)
    sa, sb = math.sin(0.4 * math.pi), math.sin(0.8 * math.pi)
    for j in range(done):
        at = first + 8 * j
        c1, s1, c2, s2 = roots[at], roots[at + 1], roots[at + 2], roots[at + 3]
        c3, s3, c4, s4 = roots[at + 4], roots[at + 5], roots[at + 6], roots[at + 7]
        for k in range(left):
            place = here + (5 * left * j + k) * row
            x0, y0 = load(source, place, 8, 8), load(source, place + half, 8, 8)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x1, y1 = multiply_add(c1, x, -(s1 * y)), multiply_add(c1, y, s1 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x2, y2 = multiply_add(c2, x, -(s2 * y)), multiply_add(c2, y, s2 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x3, y3 = multiply_add(c3, x, -(s3 * y)), multiply_add(c3, y, s3 * x)
            place += away
            x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
            x4, y4 = multiply_add(c4, x, -(s4 * y)), multiply_add(c4, y, s4 * x)
            x1, x4, y1, y4 = x1 + x4, x1 - x4, y1 + y4, y1 - y4
            x2, x3, y2, y3 = x2 + x3, x2 - x3, y2 + y3, y2 - y3
            place = there + 16 * (left * j + k)
            put_pair(target, place, x0 + (x1 + x2), y0 + (y1 + y2))
            x, y = multiply_add(ca, x1, x0), multiply_add(ca, y1, y0)
            x, y = multiply_add(cb, x2, x), multiply_add(cb, y2, y)
            sx, sy = multiply_add(sa, x4, sb * x3), multiply_add(sa, y4, sb * y3)
            put_pair(target, place + apart, x + sy, y - sx)
            put_pair(target, place + 4 * apart, x - sy, y + sx)
            x, y = multiply_add(cb, x1, x0), multiply_add(cb, y1, y0)
            x, y = multiply_add(ca, x2, x), multiply_add(ca, y2, y)
            sx, sy = multiply_add(sb, x4, -(sa * x3)), multiply_add(sb, y4, -(sa * y3))
            put_pair(target, place + 2 * apart, x + sy, y - sx)
            put_pair(target, place + 3 * apart, x - sy, y + sx)


def pass_of_any(
    source: FloatArray,
    here: int,
    row: int,
    half: int,
    target: FloatArray,
    there: int,
    radix: int,
    done: int,
    left: int,
    roots: FloatArray,
    first: int,
) -> None:
    """Do what `pass_of_four` does, with any number in the place of four."""
    at = first
    for u in range(radix * done):
        for k in range(left):
            place = here + (radix * left * (u % done) + k) * row
            real, imaginary = load(source, place, 8, 8), load(source, place + half, 8, 8)
            for q in range(radix - 1):
                c, s = roots[at + 2 * q], roots[at + 2 * q + 1]
                place += left * row
                x, y = load(source, place, 8, 8), load(source, place + half, 8, 8)
                real = multiply_add(-s, y, multiply_add(c, x, real))
                imaginary = multiply_add(s, x, multiply_add(c, y, imaginary))
            put_pair(target, there + 16 * (left * u + k), real, imaginary)
        at += 2 * (radix - 1)


def add_columns(
    room: FloatArray,
    size: int,
    tiles: int,
    rows: IntArray,
    table: FloatArray,
    real: FloatArray,
    imaginary: FloatArray,
    to: int,
) -> None:
    """Add up, tone by tone, two rows of all columns times the phases of the tone there."""
    zero = 0.0 * load(table, 0, 8, 8)
    if tiles == 1:
        # Without the loop below it takes a quarter less.
        for k in range(rows.shape[0]):
            cosines, sines = add_tile(room, rows[k, 0], rows[k, 1], table, 32 * k, zero, zero)
            real[to + rows[k, 2]] = lane_sum(cosines, 8)
            imaginary[to + rows[k, 2]] = lane_sum(sines, 8)
        return
    for k in range(rows.shape[0]):
        cosines = sines = zero
        one, other, at = rows[k, 0], rows[k, 1], 32 * tiles * k
        for _ in range(tiles):
            cosines, sines = add_tile(room, one, other, table, at, cosines, sines)
            one, other, at = one + size, other + size, at + 32
        real[to + rows[k, 2]] = lane_sum(cosines, 8)
        imaginary[to + rows[k, 2]] = lane_sum(sines, 8)


def add_tile(
    room: FloatArray,
    one: int,
    other: int,
    table: FloatArray,
    at: int,
    cosines: Any,
    sines: Any,
) -> tuple[Any, Any]:
    """Add what is in two rows of a tile."""
    c, s = load(table, at, 8, 8), load(table, at + 8, 8, 8)
    x, y = load(room, one, 8, 8), load(room, one + 8, 8, 8)
    cosines, sines = multiply_add(x, c, cosines), multiply_add(x, s, sines)
    cosines, sines = multiply_add(y, s, cosines), multiply_add(-y, c, sines)
    c, s = load(table, at + 16, 8, 8), load(table, at + 24, 8, 8)
    x, y = load(room, other, 8, 8), load(room, other + 8, 8, 8)
    cosines, sines = multiply_add(x, c, cosines), multiply_add(x, s, sines)
    return multiply_add(-y, s, cosines), multiply_add(y, c, sines)
