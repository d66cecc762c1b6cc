"""Places of states, coefficients and wires."""

from __future__ import annotations

import numpy as np
import pytest

import hgedsp as hg
from hgedsp.compile.layout import (
    ARRAYS,
    Memory,
    Slot,
    is_one_number,
    lay_out,
    read_slot,
    register_width,
    write_slot,
)
from hgedsp.compile.schedule import schedule


def memory(graph: hg.Graph) -> Memory:
    return lay_out(schedule(graph.checked, graph.checked.flat.outputs, {}))


def test_layout_as_text() -> None:
    x, tone = hg.Input("x", 2), hg.ToneGenerator([1.0, 2.0], 0.1)
    loud = hg.Sum()(x * tone.in_phase)
    y = hg.LowPass(1.0)(loud * tone.quadrature)
    assert repr(memory(hg.Graph(10.0, {"y": hg.Delay(3)(y)}))) == (
        "delay.y: F[0:2]\n"
        "delay.ring: F[8:14]\n"
        "delay.position: I[0:1]\n"
        "low_pass_pole_1.z1: F[16:18]\n"
        "tone_generator_oscillator.in_phase: F[24:26]\n"
        "tone_generator_oscillator.quadrature: F[32:34]\n"
        "tone_generator_oscillator.count: I[8:10]\n"
        "low_pass_pole_1.d: C[0:1]\n"
        "low_pass_gain.d: C[1:2]\n"
        "tone_generator_oscillator.cosine: C[8:10]\n"
        "tone_generator_oscillator.sine: C[16:18]\n"
        "tone_generator_oscillator.advance: J[0:2]\n"
        "tone_generator_oscillator.denominator: J[8:10]\n"
        "tone_generator_oscillator.per_count: C[24:26]\n"
        "tone_generator_oscillator.turn: C[28:29]\n"
        "low_pass_gain.y: W[0:2]"
    )


def test_many_lanes_lie_in_tiles_and_what_is_seldom_read_in_tiles_of_its_own() -> None:
    tone = hg.ToneGenerator(np.linspace(1.0, 2.0, 20), 0.1)
    y = hg.OnePole(3.0)(hg.OnePole(2.0)(tone.in_phase))
    assert repr(memory(hg.Graph(10.0, {"y": y}))) == (
        "one_pole.y1: F[0:20], tiles 32 apart\n"
        "one_pole_2.y1: F[8:28], tiles 32 apart\n"
        "tone_generator_oscillator.in_phase: F[16:36], tiles 32 apart\n"
        "tone_generator_oscillator.quadrature: F[24:44], tiles 32 apart\n"
        "tone_generator_oscillator.count: I[0:20]\n"
        "one_pole.a: C[72:73]\n"
        "one_pole_2.a: C[73:74]\n"
        "tone_generator_oscillator.cosine: C[0:20], tiles 16 apart\n"
        "tone_generator_oscillator.sine: C[8:28], tiles 16 apart\n"
        "tone_generator_oscillator.advance: J[0:20], tiles 16 apart\n"
        "tone_generator_oscillator.denominator: J[8:28], tiles 16 apart\n"
        "tone_generator_oscillator.per_count: C[48:68]\n"
        "tone_generator_oscillator.turn: C[74:75]"
    )


def test_initial_values_are_written_and_fill_their_register() -> None:
    made = memory(hg.Graph(1.0, {"y": hg.Integrator(initial_value=[1.0, 2.0])(hg.Input("x"))}))
    np.testing.assert_array_equal(made.initial["F"], [1.0, 2.0, 2.0, 2.0])
    index = next(node for node, name in made.state if name == "y")
    bounds = [read_slot(made.initial, made.coefficient[index, n]) for n in ("lower", "upper")]
    np.testing.assert_array_equal(bounds, [[-np.inf], [np.inf]])


@pytest.mark.parametrize("lanes", [2, 3, 7, 8, 9, 16, 17, 40, 41])
def test_places_never_overlap_and_registers_are_whole(lanes: int) -> None:
    made = memory(busy(lanes))
    for array in ARRAYS:
        slots = [
            slot
            for slot in (*made.state.values(), *made.coefficient.values(), *made.wire.values())
            if slot.array == array
        ]
        taken = np.concatenate([[], *(np.append(s.places, s.padding) for s in slots)]).astype(int)
        assert np.unique(taken).size == taken.size
        assert taken.size == 0 or taken.max() < made.initial[array].size
        for slot in slots:
            if slot.size > 1:
                assert (slot.size + slot.padding.size) % register_width(slot.size) == 0
                assert slot.offset % 8 == 0
                assert slot.stride % 8 == 0


def busy(lanes: int) -> hg.Graph:
    """Steps on numbers and on arrays, sums, clocks, whole numbers and things seldom read."""
    tone = hg.ToneGenerator(np.linspace(1.0, 2.0, lanes), np.linspace(0.1, 0.2, lanes))
    wave = hg.Delay(5)(hg.OnePole(2.0)(tone.perturbation)) * tone.quadrature
    return hg.Graph(10.0, {"y": hg.IntegrateAndDump(3)(wave), "sum": hg.Sum()(wave)})


@pytest.mark.parametrize("stride", [8, 24])
@pytest.mark.parametrize("size", [1, 2, 3, 8, 9, 16, 17, 40])
def test_a_slot_gives_back_what_was_put_to_it(size: int, stride: int) -> None:
    arrays = {"F": np.full(200, -1.0)}
    slot = Slot("F", 16, size, stride)
    write_slot(arrays, slot, np.arange(size))
    np.testing.assert_array_equal(read_slot(arrays, slot), np.arange(size))
    np.testing.assert_array_equal(arrays["F"][slot.padding], np.full(slot.padding.size, size - 1.0))
    write_slot(arrays, slot, 5.0)
    np.testing.assert_array_equal(read_slot(arrays, slot), np.full(size, 5.0))
    others = np.delete(arrays["F"], np.append(slot.places, slot.padding))
    np.testing.assert_array_equal(others, -1.0)


def test_a_coefficient_the_same_for_all_lanes_is_kept_once_unless_it_is_to_be_kept_apart() -> None:
    graph = hg.Graph(1.0, {"y": hg.Gain([2.0, 2.0, 2.0])(hg.Input("x", 3) * [1.0, 2.0, 3.0])})
    plan = schedule(graph.checked, graph.checked.flat.outputs, {})
    once, apart = lay_out(plan), lay_out(plan, frozenset({(0, "factor"), (1, "factor")}))
    assert sorted(slot.size for slot in once.coefficient.values()) == [1, 3]
    assert [slot.size for slot in apart.coefficient.values()] == [3, 3]
    for place, slot in apart.coefficient.items():
        kept = read_slot(once.initial, once.coefficient[place])
        np.testing.assert_array_equal(read_slot(apart.initial, slot), np.broadcast_to(kept, 3))


@pytest.mark.parametrize(
    ("values", "one"),
    [
        ([], False),
        ([1.0], True),
        ([1.0, 1.0], True),
        ([1.0, 2.0], False),
        ([0.0, -0.0], False),  # other bits, and other results
        ([np.nan, np.nan], True),
    ],
)
def test_one_number_for_all_lanes_is_one_of_the_same_bits(values: list[float], one: bool) -> None:
    assert is_one_number(np.array(values)) == one


def test_probes_move_no_state() -> None:
    x = hg.Input("x", 3)
    graph = hg.Graph(1.0, {"y": hg.Sum()(hg.OnePole(2.0)(hg.OnePole(1.0)(x)))})
    plain = lay_out(schedule(graph.checked, graph.checked.flat.outputs, {}))
    ends = {**graph.checked.flat.outputs, "probe": graph.find("one_pole")}
    probed = lay_out(schedule(graph.checked, ends, {"probe": 7}))
    assert (plain.state, plain.coefficient) == (probed.state, probed.coefficient)


@pytest.mark.parametrize(
    ("names", "python"),
    [
        (["if", "t", "k", "n", "F"], ("if", "t", "k", "n", "F")),
        (["a b", "a-b", "a__b", "a_b_"], ("a_b", "a_b_2", "a_b_3", "a_b_4")),
        (["τ²", "2nd", "_"], ("b", "b_2nd", "b_2")),
    ],
)
def test_names_become_identifiers_each_used_once(names: list[str], python: tuple[str]) -> None:
    wire = hg.Input("x").x
    for name in names:
        wire = hg.Gain(2, name=name)(wire)
    graph = hg.Graph(1.0, {"y": wire})
    assert memory(graph).names[1:] == python
    y = graph.compile().process({"x": [1.0]})["y"]
    np.testing.assert_array_equal(y, [2.0 ** len(names)])
