"""Why machine code was not in the cache is told."""

from __future__ import annotations

from typing import Any

import numba
import pytest

import hgedsp as hg
from hgedsp.compile import build, reasons
from hgedsp.compile.cache import clear_cache

pytestmark = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT), reason="there is no machine code to keep"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    return tmp_path


def answer(graph: hg.Graph, **options: Any) -> str:
    """Why the cache missed, or nothing where it did not."""
    report = graph.compile(**options).report(measure=False)
    assert report.cache_hit == (not report.why_missed)
    return report.why_missed


def graph(lanes: int = 3, tau: float = 0.1) -> hg.Graph:
    return hg.Graph(1e3, {"y": hg.OnePole(tau)(hg.Input("x", lanes))})


def plug_in(factor: float) -> hg.Graph:
    @hg.block(inputs="x", outputs="y")
    def Scaled(x):
        return factor * x

    return hg.Graph(1e3, {"y": Scaled(name="mine")(hg.Input("x"))})


def test_the_first_time() -> None:
    assert answer(graph()) == "no kernel of these blocks and outputs was kept"
    assert answer(graph()) == ""
    assert answer(graph(tau=0.2)) == ""
    clear_cache()
    assert answer(graph()) == "no kernel of these blocks and outputs was kept"


def test_other_outputs_are_another_graph() -> None:
    answer(graph())
    probed = answer(graph(), probes={"one_pole": 2})
    assert probed == "no kernel of these blocks and outputs was kept"


def test_a_step_that_changed_is_named() -> None:
    answer(plug_in(2.0))
    assert answer(plug_in(3.0)) == "the step of mine (Scaled) changed"
    assert answer(plug_in(2.0)) == ""
    assert answer(plug_in(4.0)) == "the step of mine (Scaled) changed"


def test_a_change_of_the_text_is_shown() -> None:
    answer(graph(3))
    why = answer(graph(20))
    assert why.startswith("the emitted text changed: 'one_pole__y1 = load(F, 0, 4, 4)' is now ")


def test_versions_processor_and_compiler(monkeypatch) -> None:
    answer(graph())
    now = reasons.versions()
    newer = {**now, "numba": "99.0"}
    monkeypatch.setattr(reasons, "versions", lambda: newer)
    monkeypatch.setattr(build, "versions", lambda: newer)
    assert answer(graph()) == f"numba changed from {now['numba']} to 99.0"
    monkeypatch.setattr(build, "_compiler_print", lambda: "another")
    assert answer(graph()) == "the compiler of hgedsp changed"


def test_another_processor_is_named(folder, monkeypatch) -> None:
    answer(graph())
    before = reasons.llvmlite.binding.get_host_cpu_name()
    monkeypatch.setattr(reasons.llvmlite.binding, "get_host_cpu_name", lambda: "abacus")
    for path in folder.rglob("*.nb[ci]"):
        path.unlink()
    assert answer(graph()) == f"the processor changed from {before} to abacus"


def test_machine_code_that_is_gone_or_damaged(folder) -> None:
    answer(graph())
    (code,) = folder.rglob("*.nbc")
    code.write_bytes(b"damaged")
    assert answer(graph()) == "its machine code was deleted or damaged"
    assert answer(graph()) == ""


def test_other_options() -> None:
    answer(plug_in(2.0))
    assert answer(plug_in(2.0), fastmath=False) == "it was compiled with other options"


@pytest.mark.parametrize("damage", ["", "{}", "[1]", "\0"])
def test_a_damaged_note_is_as_good_as_none(folder, damage) -> None:
    answer(plug_in(2.0))
    (note,) = folder.rglob("graph_*.json")
    note.write_text(damage)
    assert answer(plug_in(3.0)) == "no kernel of these blocks and outputs was kept"
    assert answer(plug_in(4.0)) == "the step of mine (Scaled) changed"


def test_the_interpreter_says_so() -> None:
    assert answer(graph(), interpret=True) == "nothing is compiled for the interpreter"
