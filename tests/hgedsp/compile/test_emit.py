"""The emitted text: whole, for small graphs."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import hgedsp as hg

FILE = Path(__file__).name


def line() -> int:
    return sys._getframe(1).f_lineno


def test_a_vector_step_gets_views() -> None:
    (a, b), made = (hg.Delay(2), hg.OnePole(1.0)), line()
    y = b(a.y)
    a(y)
    text = f'''"""2 blocks at 10 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, out_0):
    delay__y = view(F, 0, 1)
    delay__ring = view(F, 1, 2)
    delay__position = view(I, 0, 1)
    one_pole__y1 = F[3]
    one_pole__a = C[0]
    one_pole__y__array = view(W, 0, 1)
    for t in range(n):
        # one_pole (OnePole), {FILE}:{made}
        one_pole__y, one_pole__y1 = step_OnePole(F[0], one_pole__y1, one_pole__a)
        W[0] = one_pole__y
        out_0[t, 0] = one_pole__y
        # delay (Delay), {FILE}:{made}
        step_Delay(one_pole__y__array, delay__y, delay__ring, delay__position)
    F[3] = one_pole__y1
'''
    assert hg.Graph(10.0, {"y": y}).compile(interpret=True).source == text


def test_lanes_clocks_and_sums() -> None:
    x = hg.Input("x", 2)
    mean, made = hg.IntegrateAndDump(6)(x), line()
    total, summed = hg.Sum()(mean), line()
    held, hold = hg.Hold(3)(total), line()
    state = "F[k], F[2 + k], F[4 + k]"
    call = (
        f"integrate_and_dump__y, {state} = step_IntegrateAndDump(in_x[t, k], 1.0, position_6, "
        f"{state}, integrate_and_dump__skip, integrate_and_dump__last)"
    )
    text = f'''"""4 blocks at 12 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, in_x, out_0):
    integrate_and_dump__skip = J[0]
    integrate_and_dump__last = J[1]
    hold__y = F[6]
    position_2 = start % 2
    position_6 = start % 6
    row_2_1 = 0
    for t in range(n):
        for k in range(2):
            # integrate_and_dump (IntegrateAndDump), {FILE}:{made}
            {call}
            W[k] = integrate_and_dump__y
        if position_6 == 5:
            sum__y = 0.0
            for k in range(2):
                # sum (Sum), {FILE}:{summed}
                sum__y += step_Sum(W[k])
            # hold (Hold), {FILE}:{hold}
            hold__y = step_Hold(sum__y, hold__y)
        if position_2 == 1:
            out_0[row_2_1, 0] = hold__y
        if position_2 == 1:
            row_2_1 += 1
        position_2 += 1
        if position_2 == 2:
            position_2 = 0
        position_6 += 1
        if position_6 == 6:
            position_6 = 0
    F[6] = hold__y
'''
    emitted = hg.Graph(12.0, {"y": held}).compile(interpret=True).source
    assert emitted == text


def test_a_late_reader_gets_a_copy() -> None:
    cosine, sine = hg.Integrator(-1.0, initial_value=np.ones(3)), hg.Integrator(1.0)
    cosine(sine.y)
    sine(cosine.y)
    lines = hg.Graph(10.0, {"y": sine.y}).compile(interpret=True).source.splitlines()
    place = lines.index("        # integrator.y as it was before this tick")
    assert lines[place + 1 : place + 3] == [
        "        for k in range(3):",
        "            W[k] = F[k]",
    ]
