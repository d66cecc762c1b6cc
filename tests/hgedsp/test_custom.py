"""Users' blocks from plain functions."""

import math
import os
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from scipy import signal

import hgedsp as hg
from hgedsp.blocks import Input, Integrator, LowPass
from hgedsp.compile.schedule import schedule
from hgedsp.custom import block
from hgedsp.errors import ParameterError, StepError
from hgedsp.graph import Graph
from hgedsp.testing import check_block

RATE = 1e4
compiled_only = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="there is no machine code"
)


@block(state="y1")
def Leaky(x, y1, leak=0.9):
    """Average with a leak."""
    y = leak * y1 + (1 - leak) * x
    return y, y


def pole(rate, time_constant=1e-3):
    return -math.expm1(-1 / (rate * time_constant))


@block(
    state="y1",
    prepare=pole,
    response=lambda frequency, rate, tau: LowPass(tau).response(frequency, rate),
)
def Smooth(x, y1, a):
    y = y1 + a * (x - y1)
    return y, y


@block(state="best=-1e9", decimation="window")
def Peak(x, position, best, window: int):
    best = x if position == 0 else max(best, x)
    return best, best


@block
def Square(x):
    return x * x


@block(inputs="x, up=1", outputs="n", state="n: int64=5")
def Count(x, up, n, stride: int = 2):
    return n + stride if up > 0 else n


@block(prepare=lambda rate: math.nan)
def Broken(x, a):
    return a * x


def refuses(name, line, what, mend, error=StepError):
    place = f"  at   {name:<24} test_custom.py:{line}\n" if line else ""
    return pytest.raises(error, match=f"^{re.escape(what)}\n{re.escape(place)}  mend {mend}$")


def here():
    return sys._getframe(1).f_lineno


@pytest.mark.parametrize(
    "made",
    [
        Leaky(),
        Leaky(leak=[0.5, 0.6, 0.7]),
        Smooth(2e-3),
        Smooth([1e-3, 2e-3]),
        Peak(7),
        Square(),
        Count(stride=3),
    ],
    ids=lambda made: made.label,
)
def test_keeps_the_laws_of_all_blocks(made):
    check_block(made)


def test_equals_lfilter():
    x = np.random.default_rng(1).standard_normal((256, 2))
    wire = Leaky(leak=0.95)(Input("x", width=2))
    got = Graph(RATE, {"y": wire}).compile(fastmath=False).process({"x": x})["y"]
    expected = signal.lfilter([1 - 0.95], [1, -0.95], x, axis=0)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_shares_the_loop_of_its_neighbours():
    x = Input("x", width=3)
    graph = Graph(RATE, {"y": Leaky()(x * 2.0) + x})
    plan = schedule(graph.checked, graph.checked.flat.outputs, {})
    assert repr(plan) == "always x3: gain, leaky, add, -> y"


def test_is_a_class_with_name_docstring_and_label():
    assert (Leaky.__name__, Leaky.__doc__, Leaky().label) == (
        "Leaky",
        "Average with a leak.",
        "leaky",
    )
    assert issubclass(Leaky, hg.Block)
    assert repr(Leaky.ports) == (
        "Ports(inputs=(x[K],), outputs=(y[K],), state=(y1[K],), coefficients=(leak,))"
    )


def test_prepare_is_called_for_each_lane_with_plain_numbers():
    smooth = Smooth([1e-3, 2e-3])
    (a,) = smooth.coefficients(RATE)
    np.testing.assert_array_equal(a, [pole(RATE, 1e-3), pole(RATE, 2e-3)])
    assert smooth.lanes() == {"K": 2}


def test_state_starts_at_its_default():
    kernel = Graph(RATE, {"n": Count()(Input("x"))}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": np.ones(3)})["n"], [5, 7, 9])


def test_registered_output_closes_a_loop():
    count = Count()
    Integrator()(count.n)  # readable before it is wired
    assert Count.ports.registered == ("n",)


def test_named_parameter_sets_the_decimation():
    x = np.random.default_rng(2).standard_normal(70)
    kernel = Graph(RATE, {"y": Peak(7)(Input("x"))}).compile(interpret=True)
    np.testing.assert_array_equal(kernel.process({"x": x})["y"], x.reshape(10, 7).max(axis=1))


def test_parameters_are_set_between_chunks():
    kernel = Graph(RATE, {"y": Smooth(1e-3)(Input("x"))}).compile(interpret=True)
    kernel.parameters["smooth.time_constant"] = 1e-2
    first = kernel.process({"x": np.ones(1)})["y"][0]
    assert first == pole(RATE, 1e-2)


def test_an_edited_step_gives_another_result():
    def version(gain):
        namespace = {}
        exec(f"def Edited(x):\n    return {gain} * x", namespace)
        return block(namespace["Edited"])

    got = [
        Graph(RATE, {"y": version(gain)()(Input("x"))}).compile().process({"x": np.ones(1)})["y"][0]
        for gain in (2.0, 3.0)
    ]
    assert got == [2.0, 3.0]


@compiled_only
def test_a_second_process_finds_the_machine_code(tmp_path):
    script = tmp_path / "user.py"
    script.write_text(
        textwrap.dedent("""
        import numpy as np
        import hgedsp as hg
        from hgedsp.custom import block

        @block(state="y1")
        def Mine(x, y1, leak=0.75):
            y = leak * y1 + x
            return y, y

        kernel = hg.Graph(1e4, {"y": Mine()(hg.Input("x"))}).compile()
        print(kernel.cache_hit, kernel.process({"x": np.ones(2)})["y"][1])
        """)
    )
    environment = {**os.environ, "HGEDSP_CACHE": str(tmp_path / "cache")}

    def output():
        command = [sys.executable, str(script)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert [output(), output()] == ["False 1.75", "True 1.75"]
    script.write_text(script.read_text().replace("leak * y1 + x", "leak * y1 + 2 * x"))
    assert output() == "False 3.5"


@compiled_only
def test_machine_code_of_a_module_that_is_gone_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))

    def result():
        names = {"__name__": "module_that_is_gone", "block": block}
        exec("@block\ndef Gone(x):\n    return 4.0 * x", names)
        kernel = Graph(RATE, {"y": names["Gone"]()(Input("x"))}).compile()
        return kernel.process({"x": np.ones(1)})["y"][0]

    assert [result(), result()] == [4.0, 4.0]


@compiled_only
def test_a_step_numba_cannot_type_names_block_and_line():
    @block
    def Wrong(x):
        return x.real_part

    line = here() + 1
    wire = Wrong()(Input("x"))
    what = "the step of wrong cannot be compiled: Unknown attribute 'real_part' of type float64"
    with pytest.raises(StepError) as caught:
        Graph(RATE, {"y": wire}).compile()
    assert caught.value.what == what
    assert caught.value.where[0] == f"{'wrong':<24} test_custom.py:{line}"


def test_refuses_missing_state():
    with refuses(
        "Bad",
        here() + 5,
        "Bad takes (x, leak), but its inputs and state are (x, y1)",
        re.escape("write def Bad(x, y1, leak), or name others in @block(inputs=..., state=...)"),
    ):

        @block(state="y1")
        def Bad(x, leak=1.0):
            return x, x


def test_refuses_coefficients_of_another_name():
    with refuses(
        "Bad",
        here() + 5,
        "Bad takes the coefficients (a), but @block names (b)",
        re.escape("write def Bad(x, y1, b)"),
    ):

        @block(state="y1", prepare=pole, coefficients="b")
        def Bad(x, y1, a):
            return x, x


def test_refuses_arguments_without_a_place():
    with refuses(
        "Bad",
        here() + 5,
        "Bad takes *more, but arguments come by position",
        re.escape("name each argument, without * and /"),
    ):

        @block
        def Bad(x, *more):
            return x


@pytest.mark.parametrize("taken", ["name", "ports", "step", "lanes"])
def test_refuses_parameters_named_as_what_every_block_has(taken):
    namespace = {}
    exec(f"def Bad(x, {taken}=1.0):\n    return x", namespace)
    text = (
        f"Bad has a parameter {taken}, which every block has a use for already\n"
        f"  at   {'Bad':<24} <string>:1\n"
        f"  mend give the parameter another name"
    )
    with pytest.raises(StepError, match=f"^{re.escape(text)}$"):
        block(namespace["Bad"])


def test_refuses_an_output_named_as_a_coefficient():
    with refuses(
        "Bad",
        here() + 5,
        "Bad has an output and a coefficient named y",
        "give one of them another name",
    ):

        @block
        def Bad(x, y=1.0):
            return x * y


def test_refuses_a_decimation_that_is_no_parameter():
    with refuses(
        "Bad",
        here() + 5,
        "decimation of Bad is 'window'",
        "give a whole number, or the name of a parameter: none",
    ):

        @block(decimation="window")
        def Bad(x, position):
            return x


@pytest.mark.parametrize(
    ("make", "what", "mend"),
    [
        (
            lambda: Leaky(leak=math.nan),
            "Leaky needs finite numbers for leak, got nan at lane 0",
            "give leak finite numbers",
        ),
        (
            lambda: Count(stride=1.5),
            "Count needs a whole number for stride, got 1.5",
            "give stride a whole number, or take the annotation int away",
        ),
        (
            lambda: Broken().coefficients(RATE),
            "prepare of Broken gives nan",
            "let prepare return finite numbers, or refuse the parameter with an error of its own",
        ),
    ],
)
def test_refuses_parameters_that_are_no_finite_numbers(make, what, mend):
    with pytest.raises(ParameterError, match=f"^{re.escape(what)}\n  mend {re.escape(mend)}$"):
        make()
