"""The emitted text: whole, for small graphs."""
# ruff: noqa: E501 -- emitted lines are as long as they are

from __future__ import annotations

import re
from typing import Any

import numpy as np

import hgedsp as hg
from hgedsp.compile.program import compile_checked


def emitted(graph: hg.Graph, **options: Any) -> str:
    """The text of a graph, with places of the user's lines left out."""
    program = compile_checked(
        graph.checked, graph.checked.flat.outputs, {}, interpret=True, **options
    )
    lines = program.text.source.splitlines()
    return "\n".join(re.sub(r", test_emit\.py:\d+$", "", line) for line in lines)


def descent(lanes: int, order: int = 1) -> hg.Graph:
    """A loop that moves the sum of its parameters to 1."""
    tone = hg.ToneGenerator(np.arange(1.0, lanes + 1), 0.1)
    updater = hg.GradientDescent(1e-3, np.zeros(lanes))
    loss = hg.SquaredError()(hg.Sum()(updater.parameters + tone.perturbation), 1.0)
    updater(hg.LowPass(1.0, order)(hg.Mixer()(loss, tone.in_phase)))
    return hg.Graph(100.0, {"loss": loss})


def oscillation(lanes: int) -> hg.Graph:
    """Two integrators that read each other."""
    cosine, sine = hg.Integrator(-1.0, initial_value=np.ones(lanes)), hg.Integrator(1.0)
    cosine(sine.y)
    sine(cosine.y)
    return hg.Graph(10.0, {"y": sine.y})


def test_a_vector_step_gets_views() -> None:
    (a, b) = (hg.Delay(2), hg.OnePole(1.0))
    y = b(a.y)
    a(y)
    graph = hg.Graph(10.0, {"y": y})
    text = '''"""2 blocks at 10 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, out_0):
    align_stack()
    delay__y = view(F, 0, 1)
    delay__ring = view(F, 8, 2)
    delay__position = view(I, 0, 1)
    one_pole__y1 = number(F, 12)
    one_pole__a = number(C, 0)
    one_pole__y__array = view(W, 0, 1)
    for t in range(n):
        # one_pole (OnePole)
        one_pole__y, one_pole__y1 = step_OnePole(number(F, 0), one_pole__y1, one_pole__a)
        put(W, 0, one_pole__y)
        put_row(out_0, t, one_pole__y)
        # delay (Delay)
        step_Delay(one_pole__y__array, delay__y, delay__ring, delay__position)
    put(F, 12, one_pole__y1)'''
    assert emitted(graph) == text


def test_lanes_clocks_and_sums() -> None:
    mean = hg.IntegrateAndDump(6)(hg.Input("x", 2))
    graph = hg.Graph(12.0, {"y": hg.Hold(3)(hg.Sum()(mean))})
    text = '''"""4 blocks at 12 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, in_x, out_0):
    align_stack()
    integrate_and_dump__total = load(F, 0, 4, 4)
    integrate_and_dump__weight = load(F, 8, 4, 4)
    integrate_and_dump__y1 = load(F, 16, 4, 4)
    integrate_and_dump__skip = number(J, 0)
    integrate_and_dump__last = number(J, 1)
    hold__y = number(F, 20)
    position_2 = start % 2
    position_6 = start % 6
    row_2_1 = 0
    for t in range(n):
        # integrate_and_dump (IntegrateAndDump)
        x__x = load_row(in_x, t, 0, 4, 4, 2)
        integrate_and_dump__y, integrate_and_dump__total, integrate_and_dump__weight, integrate_and_dump__y1 = step_IntegrateAndDump(x__x, 1.0, position_6, integrate_and_dump__total, integrate_and_dump__weight, integrate_and_dump__y1, integrate_and_dump__skip, integrate_and_dump__last)
        if position_6 == 5:
            # sum (Sum)
            sum__y__total = step_Sum(integrate_and_dump__y)
            sum__y = lane_sum(sum__y__total, 2)
            # hold (Hold)
            hold__y = step_Hold(sum__y, hold__y)
        if position_2 == 1:
            put_row(out_0, row_2_1, hold__y)
        if position_2 == 1:
            row_2_1 += 1
        position_2 += 1
        if position_2 == 2:
            position_2 = 0
        position_6 += 1
        if position_6 == 6:
            position_6 = 0
    store(F, 0, integrate_and_dump__total)
    store(F, 8, integrate_and_dump__weight)
    store(F, 16, integrate_and_dump__y1)
    put(F, 20, hold__y)'''
    assert emitted(graph) == text


def test_a_step_of_plain_numbers_is_called_lane_by_lane() -> None:
    @hg.block
    def wobble(x, state=0.0):
        while x > 1.0:
            x -= 1.0
        return x + state

    graph = hg.Graph(10.0, {"y": wobble()(hg.Input("x", 3))})
    text = '''"""2 blocks at 10 Hz; written by hgedsp."""


def step_each_wobble(x, state):
    result_0 = spread(0.0, 4, 4)
    result_0_of_lane = step_wobble(lane(x, 0), lane(state, 0))
    result_0 = with_lane(result_0, 0, result_0_of_lane)
    result_0_of_lane = step_wobble(lane(x, 1), lane(state, 1))
    result_0 = with_lane(result_0, 1, result_0_of_lane)
    result_0_of_lane = step_wobble(lane(x, 2), lane(state, 2))
    result_0 = with_lane(result_0, 2, result_0_of_lane)
    result_0_of_lane = step_wobble(lane(x, 3), lane(state, 3))
    result_0 = with_lane(result_0, 3, result_0_of_lane)
    return result_0


def kernel(n, start, F, I, C, J, W, V, in_x, out_0):
    align_stack()
    wobble__state = number(C, 0)
    for t in range(n):
        # wobble (wobble)
        x__x = load_row(in_x, t, 0, 4, 4, 3)
        wobble__y = step_each_wobble(x__x, wobble__state)
        store_row(out_0, t, 0, wobble__y, 3)'''
    assert emitted(graph) == text


def test_a_late_reader_gets_a_copy() -> None:
    graph = oscillation(3)
    text = '''"""2 blocks at 10 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, out_0):
    align_stack()
    integrator__y = load(F, 0, 4, 4)
    integrator__decay = number(C, 0)
    integrator__gain = number(C, 1)
    integrator__initial = number(C, 2)
    integrator__lower = number(C, 3)
    integrator__upper = number(C, 4)
    integrator_2__y = load(F, 8, 4, 4)
    integrator_2__decay = number(C, 5)
    integrator_2__gain = number(C, 6)
    integrator_2__initial = number(C, 7)
    integrator_2__lower = number(C, 8)
    integrator_2__upper = number(C, 9)
    for t in range(n):
        # integrator.y as it was before this tick
        integrator__y__before = integrator__y
        store_row(out_0, t, 0, integrator_2__y, 3)
        # integrator (Integrator)
        integrator__y = step_Integrator(integrator_2__y, 0.0, integrator__y, integrator__decay, integrator__gain, integrator__initial, integrator__lower, integrator__upper)
        # integrator_2 (Integrator)
        integrator_2__y = step_Integrator(integrator__y__before, 0.0, integrator_2__y, integrator_2__decay, integrator_2__gain, integrator_2__initial, integrator_2__lower, integrator_2__upper)
    store(F, 0, integrator__y)
    store(F, 8, integrator_2__y)'''
    assert emitted(graph, fastmath=False) == text


def test_many_lanes_are_taken_tile_by_tile() -> None:
    graph = oscillation(30)
    text = '''"""2 blocks at 10 Hz; written by hgedsp."""


def kernel(n, start, F, I, C, J, W, V, out_0):
    align_stack()
    integrator__decay = number(C, 0)
    integrator__gain = number(C, 1)
    integrator__initial = number(C, 2)
    integrator__lower = number(C, 3)
    integrator__upper = number(C, 4)
    integrator_2__decay = number(C, 5)
    integrator_2__gain = number(C, 6)
    integrator_2__initial = number(C, 7)
    integrator_2__lower = number(C, 8)
    integrator_2__upper = number(C, 9)
    for t in range(n):
        # integrator.y as it was before this tick
        for tile in range(4):
            valid = min(8, 30 - 8 * tile)
            integrator__y = load(F, 16 * tile, 8, 8)
            store(W, 8 * tile, integrator__y)
        for tile in range(4):
            valid = min(8, 30 - 8 * tile)
            integrator_2__y = load(F, 8 + 16 * tile, 8, 8)
            store_row(out_0, t, 8 * tile, integrator_2__y, valid)
        for tile in range(4):
            valid = min(8, 30 - 8 * tile)
            # integrator (Integrator)
            integrator_2__y = load(F, 8 + 16 * tile, 8, 8)
            integrator__y = load(F, 16 * tile, 8, 8)
            integrator__y = step_Integrator(integrator_2__y, 0.0, integrator__y, integrator__decay, integrator__gain, integrator__initial, integrator__lower, integrator__upper)
            store(F, 16 * tile, integrator__y)
            # integrator_2 (Integrator)
            integrator__y__before = load(W, 8 * tile, 8, 8)
            integrator_2__y = step_Integrator(integrator__y__before, 0.0, integrator_2__y, integrator_2__decay, integrator_2__gain, integrator_2__initial, integrator_2__lower, integrator_2__upper)
            store(F, 8 + 16 * tile, integrator_2__y)'''
    assert emitted(graph, fastmath=False) == text


def test_the_steps_of_a_loop_are_one_function_with_what_comes_last_taken_out() -> None:
    graph = descent(7, order=2)
    text = '''"""11 blocks at 100 Hz; written by hgedsp."""


def merged_1(tone_generator_oscillator__in_phase, tone_generator_amplitude__factor, gradient_descent__parameters):
    sum__y__total_late = first_lanes__(multiply_add__(tone_generator_amplitude__factor, tone_generator_oscillator__in_phase, gradient_descent__parameters), 7)
    return sum__y__total_late


def merged_2(squared_error__loss, tone_generator_oscillator__in_phase, mixer__gain, tone_generator_oscillator__quadrature, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, low_pass_pole_1__z1, low_pass_pole_1__d, low_pass_pole_2__z1, low_pass_pole_2__d, low_pass_gain__d, gradient_descent__parameters, gradient_descent__learning_rate, gradient_descent__lower, gradient_descent__upper):
    tone_generator_oscillator__in_phase__2 = multiply_add__(tone_generator_oscillator__cosine, tone_generator_oscillator__in_phase, tone_generator_oscillator__sine * tone_generator_oscillator__quadrature)
    tone_generator_oscillator__quadrature__2 = multiply_add__(tone_generator_oscillator__cosine, tone_generator_oscillator__quadrature, -tone_generator_oscillator__sine * tone_generator_oscillator__in_phase)
    z_known = multiply_add__(low_pass_pole_2__d, low_pass_pole_2__z1, low_pass_pole_1__d * low_pass_pole_1__z1)
    a = 1.0 + -low_pass_gain__d
    gradient_descent__parameters_late = bounded(multiply_add__(-(mixer__gain * (a * a) * gradient_descent__learning_rate) * tone_generator_oscillator__in_phase, squared_error__loss, multiply_add__(-(a * a * gradient_descent__learning_rate), z_known, gradient_descent__parameters)), gradient_descent__lower, gradient_descent__upper)
    return (tone_generator_oscillator__in_phase__2, tone_generator_oscillator__quadrature__2, multiply_add__(mixer__gain * tone_generator_oscillator__in_phase, squared_error__loss, low_pass_pole_1__d * low_pass_pole_1__z1), multiply_add__(mixer__gain * tone_generator_oscillator__in_phase, squared_error__loss, z_known), gradient_descent__parameters_late)


def kernel(n, start, F, I, C, J, W, V, out_0):
    align_stack()
    gradient_descent__parameters = load(F, 0, 8, 4)
    gradient_descent__learning_rate = number(C, 0)
    gradient_descent__lower = number(C, 1)
    gradient_descent__upper = number(C, 2)
    constant__value = number(C, 3)
    mixer__gain = number(C, 4)
    tone_generator_oscillator__in_phase = load(F, 8, 8, 4)
    tone_generator_oscillator__quadrature = load(F, 16, 8, 4)
    tone_generator_oscillator__cosine = load(C, 8, 8, 4)
    tone_generator_oscillator__sine = load(C, 16, 8, 4)
    tone_generator_oscillator__turn = number(C, 32)
    tone_generator_amplitude__factor = number(C, 33)
    low_pass_pole_1__z1 = load(F, 24, 8, 4)
    low_pass_pole_1__d = number(C, 34)
    low_pass_pole_2__z1 = load(F, 32, 8, 4)
    low_pass_pole_2__d = number(C, 35)
    low_pass_gain__d = number(C, 36)
    position_128 = start % 128
    done = 0
    while done < n:
        stop = min(n, done + 128 - position_128)
        for t in range(done, stop):
            # tone_generator/amplitude (Gain)
            # add (Add)
            # sum (Sum)
            sum__y__total = merged_1(tone_generator_oscillator__in_phase, tone_generator_amplitude__factor, gradient_descent__parameters)
            sum__y = lane_sum(sum__y__total, 8)
            # squared_error (SquaredError)
            squared_error__loss = step_SquaredError(sum__y, constant__value)
            put_row(out_0, t, squared_error__loss)
            # mixer (Mixer)
            # tone_generator/oscillator (Oscillator)
            # low_pass/pole_1 (Pole)
            # low_pass/pole_2 (Pole)
            # low_pass/gain (PoleGain)
            # gradient_descent (GradientDescent)
            tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, low_pass_pole_1__z1, low_pass_pole_2__z1, gradient_descent__parameters = merged_2(squared_error__loss, tone_generator_oscillator__in_phase, mixer__gain, tone_generator_oscillator__quadrature, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, low_pass_pole_1__z1, low_pass_pole_1__d, low_pass_pole_2__z1, low_pass_pole_2__d, low_pass_gain__d, gradient_descent__parameters, gradient_descent__learning_rate, gradient_descent__lower, gradient_descent__upper)
        position_128 = (position_128 + stop - done) % 128
        done = stop
        if position_128 == 0:
            # tone_generator/oscillator put right
            tone_generator_oscillator__count = load(I, 0, 8, 4)
            tone_generator_oscillator__advance = load(J, 0, 8, 4)
            tone_generator_oscillator__denominator = load(J, 8, 8, 4)
            tone_generator_oscillator__per_count = load(C, 24, 8, 4)
            tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, tone_generator_oscillator__count = refresh_Oscillator(tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, tone_generator_oscillator__count, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, tone_generator_oscillator__advance, tone_generator_oscillator__denominator, tone_generator_oscillator__per_count, tone_generator_oscillator__turn)
            store(I, 0, tone_generator_oscillator__count)
    store(F, 0, gradient_descent__parameters)
    store(F, 8, tone_generator_oscillator__in_phase)
    store(F, 16, tone_generator_oscillator__quadrature)
    store(F, 24, low_pass_pole_1__z1)
    store(F, 32, low_pass_pole_2__z1)'''
    assert emitted(graph) == text


def test_many_lanes_of_a_loop_pass_through_the_cache_once_per_sample() -> None:
    graph = descent(40)
    text = '''"""10 blocks at 100 Hz; written by hgedsp."""


def merged_1(tone_generator_oscillator__in_phase, tone_generator_amplitude__factor, gradient_descent__parameters, sum__y__total):
    sum__y__total__2 = multiply_add__(tone_generator_amplitude__factor, tone_generator_oscillator__in_phase, sum__y__total) + gradient_descent__parameters
    return sum__y__total__2


def merged_2(squared_error__loss, tone_generator_oscillator__in_phase, mixer__gain, tone_generator_oscillator__quadrature, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, low_pass_pole_1__z1, low_pass_pole_1__d, low_pass_gain__d, gradient_descent__parameters, gradient_descent__learning_rate, gradient_descent__lower, gradient_descent__upper):
    tone_generator_oscillator__in_phase__2 = multiply_add__(tone_generator_oscillator__cosine, tone_generator_oscillator__in_phase, tone_generator_oscillator__sine * tone_generator_oscillator__quadrature)
    tone_generator_oscillator__quadrature__2 = multiply_add__(tone_generator_oscillator__cosine, tone_generator_oscillator__quadrature, -tone_generator_oscillator__sine * tone_generator_oscillator__in_phase)
    low_pass_pole_1__z1__2 = multiply_add__(tone_generator_oscillator__in_phase, mixer__gain * squared_error__loss, low_pass_pole_1__d * low_pass_pole_1__z1)
    gradient_descent__parameters__2 = bounded(multiply_add__(-((1.0 + -low_pass_gain__d) * gradient_descent__learning_rate), multiply_add__(tone_generator_oscillator__in_phase, mixer__gain * squared_error__loss, low_pass_pole_1__d * low_pass_pole_1__z1), gradient_descent__parameters), gradient_descent__lower, gradient_descent__upper)
    return (tone_generator_oscillator__in_phase__2, tone_generator_oscillator__quadrature__2, low_pass_pole_1__z1__2, gradient_descent__parameters__2)


def kernel(n, start, F, I, C, J, W, V, out_0):
    align_stack()
    gradient_descent__learning_rate = number(C, 120)
    gradient_descent__lower = number(C, 121)
    gradient_descent__upper = number(C, 122)
    constant__value = number(C, 123)
    mixer__gain = number(C, 124)
    tone_generator_oscillator__turn = number(C, 125)
    tone_generator_amplitude__factor = number(C, 126)
    low_pass_pole_1__d = number(C, 127)
    low_pass_gain__d = number(C, 128)
    position_128 = start % 128
    done = 0
    while done < n:
        stop = min(n, done + 128 - position_128)
        sum__y__total = spread(0.0, 8, 8)
        for tile in range(5):
            # tone_generator/amplitude (Gain)
            # add (Add)
            # sum (Sum)
            tone_generator_oscillator__in_phase = load(F, 8 + 32 * tile, 8, 8)
            gradient_descent__parameters = load(F, 32 * tile, 8, 8)
            sum__y__total = merged_1(tone_generator_oscillator__in_phase, tone_generator_amplitude__factor, gradient_descent__parameters, sum__y__total)
        sum__y = lane_sum(sum__y__total, 8)
        for t in range(done, stop):
            # squared_error (SquaredError)
            squared_error__loss = step_SquaredError(sum__y, constant__value)
            put_row(out_0, t, squared_error__loss)
            sum__y__total = spread(0.0, 8, 8)
            for tile in range(5):
                # mixer (Mixer)
                # tone_generator/oscillator (Oscillator)
                # low_pass/pole_1 (Pole)
                # low_pass/gain (PoleGain)
                # gradient_descent (GradientDescent)
                tone_generator_oscillator__in_phase = load(F, 8 + 32 * tile, 8, 8)
                tone_generator_oscillator__quadrature = load(F, 16 + 32 * tile, 8, 8)
                tone_generator_oscillator__cosine = load(C, 16 * tile, 8, 8)
                tone_generator_oscillator__sine = load(C, 8 + 16 * tile, 8, 8)
                low_pass_pole_1__z1 = load(F, 24 + 32 * tile, 8, 8)
                gradient_descent__parameters = load(F, 32 * tile, 8, 8)
                tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, low_pass_pole_1__z1, gradient_descent__parameters = merged_2(squared_error__loss, tone_generator_oscillator__in_phase, mixer__gain, tone_generator_oscillator__quadrature, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, low_pass_pole_1__z1, low_pass_pole_1__d, low_pass_gain__d, gradient_descent__parameters, gradient_descent__learning_rate, gradient_descent__lower, gradient_descent__upper)
                store(F, 8 + 32 * tile, tone_generator_oscillator__in_phase)
                store(F, 16 + 32 * tile, tone_generator_oscillator__quadrature)
                store(F, 24 + 32 * tile, low_pass_pole_1__z1)
                store(F, 32 * tile, gradient_descent__parameters)
                # tone_generator/amplitude (Gain)
                # add (Add)
                # sum (Sum)
                sum__y__total = merged_1(tone_generator_oscillator__in_phase, tone_generator_amplitude__factor, gradient_descent__parameters, sum__y__total)
            sum__y = lane_sum(sum__y__total, 8)
        position_128 = (position_128 + stop - done) % 128
        done = stop
        if position_128 == 0:
            for tile in range(5):
                # tone_generator/oscillator put right
                tone_generator_oscillator__in_phase = load(F, 8 + 32 * tile, 8, 8)
                tone_generator_oscillator__quadrature = load(F, 16 + 32 * tile, 8, 8)
                tone_generator_oscillator__count = load(I, 8 * tile, 8, 8)
                tone_generator_oscillator__cosine = load(C, 16 * tile, 8, 8)
                tone_generator_oscillator__sine = load(C, 8 + 16 * tile, 8, 8)
                tone_generator_oscillator__advance = load(J, 16 * tile, 8, 8)
                tone_generator_oscillator__denominator = load(J, 8 + 16 * tile, 8, 8)
                tone_generator_oscillator__per_count = load(C, 80 + 8 * tile, 8, 8)
                tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, tone_generator_oscillator__count = refresh_Oscillator(tone_generator_oscillator__in_phase, tone_generator_oscillator__quadrature, tone_generator_oscillator__count, tone_generator_oscillator__cosine, tone_generator_oscillator__sine, tone_generator_oscillator__advance, tone_generator_oscillator__denominator, tone_generator_oscillator__per_count, tone_generator_oscillator__turn)
                store(F, 8 + 32 * tile, tone_generator_oscillator__in_phase)
                store(F, 16 + 32 * tile, tone_generator_oscillator__quadrature)
                store(I, 8 * tile, tone_generator_oscillator__count)'''
    assert emitted(graph) == text
