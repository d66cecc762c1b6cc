"""Machine code is kept from one process to the next, and is never stale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import hgedsp as hg
from hgedsp.compile.build import _compiler_print
from hgedsp.compile.cache import cache_folder, cache_info, clear_cache

BLOCKS = """
from dataclasses import dataclass
from typing import ClassVar
from hgedsp.block import Block
from hgedsp.ports import Ports
from numba.extending import register_jitable
import helpers

OFFSET = 10.0

@register_jitable
def inner(x):
    return 2.0 * x

def made(power):
    @register_jitable
    def scaled(x):
        return power * x
    return scaled

scaled = made(1.0)

@dataclass(frozen=True, eq=False)
class Mine(Block):
    ports: ClassVar[Ports] = Ports(inputs="x", outputs="y")

    @staticmethod
    def step(x: float) -> float:
        return scaled(inner(x)) + OFFSET + helpers.far(x)
"""
HELPERS = """
from numba import njit

@njit
def far(x):
    return 100.0 * x
"""
MAIN = """
import time
began = time.perf_counter()
import numpy as np
import hgedsp as hg
from blocks_of_mine import Mine
kernel = hg.Graph(1.0, {"y": Mine()(hg.Input("x"))}).compile()
y = kernel.process({"x": np.array([1.0])})["y"][0]
print(y, kernel.cache_hit, time.perf_counter() - began)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of a user, with a cache of its own."""
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    (tmp_path / "blocks_of_mine.py").write_text(BLOCKS)
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "main.py").write_text(MAIN)
    return tmp_path


def first_sample(folder: Path) -> tuple[float, bool, float]:
    """Run the project in a new process: the sample, whether the cache hit, and the seconds."""
    done = subprocess.run(
        [sys.executable, "-B", "main.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    value, hit, seconds = done.stdout.split()
    return float(value), hit == "True", float(seconds)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_second_process_hits_and_every_change_of_code_misses(folder: Path) -> None:
    mine, helpers = folder / "blocks_of_mine.py", folder / "helpers.py"
    value, hit, cold = first_sample(folder)
    assert (value, hit) == (112.0, False)
    value, hit, warm = first_sample(folder)
    assert (value, hit) == (112.0, True)
    print(f"from import to first sample: {cold:.2f} s cold, {warm:.2f} s from the cache")

    edit(mine, "OFFSET = 10.0", "# moved\n\n\nOFFSET = 10.0  # of the device")
    assert first_sample(folder)[:2] == (112.0, True)

    edit(mine, "+ OFFSET +", "- OFFSET +")  # the step
    assert first_sample(folder)[:2] == (92.0, False)
    edit(mine, "2.0 * x", "3.0 * x")  # a helper
    assert first_sample(folder)[:2] == (93.0, False)
    edit(mine, "OFFSET = 10.0", "OFFSET = 20.0")  # a constant
    assert first_sample(folder)[:2] == (83.0, False)
    edit(mine, "made(1.0)", "made(2.0)")  # a closure
    assert first_sample(folder)[:2] == (86.0, False)
    edit(helpers, "100.0 * x", "200.0 * x")  # a helper in another file, by the module's name
    assert first_sample(folder)[:2] == (186.0, False)
    assert first_sample(folder)[:2] == (186.0, True)


def test_damaged_machine_code_is_made_again(folder: Path) -> None:
    assert first_sample(folder)[:2] == (112.0, False)
    code, index = sorted((folder / "cache" / "__pycache__").glob("*.nb[ci]"))
    for path, damage in ((code, "cut"), (index, "cut"), (code, "zeros"), (index, "empty")):
        whole = path.read_bytes()
        half = len(whole) // 2
        damaged = {"cut": whole[:half], "zeros": whole[:half] + bytes(half), "empty": b""}
        path.write_bytes(damaged[damage])
        assert first_sample(folder)[:2] == (112.0, False)
    assert first_sample(folder)[:2] == (112.0, True)


def test_damaged_source_is_written_again(folder: Path) -> None:
    assert first_sample(folder)[0] == 112.0
    (source,) = (folder / "cache").glob("kernel_*.py")
    text = source.read_text()
    lines = text.splitlines(keepends=True)
    for damaged in (text[: len(text) // 2], "".join(lines[:-1]), "", "\0"):
        source.write_text(damaged)
        assert first_sample(folder)[0] == 112.0
        assert source.read_text() == text


def small_kernel() -> hg.Kernel:
    return hg.Graph(1.0, {"y": hg.Gain(3)(hg.Input("x"))}).compile()


def test_a_folder_that_cannot_be_written_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    wanted = tmp_path / "file" / "cache"
    monkeypatch.setenv("HGEDSP_CACHE", str(wanted))
    assert wanted not in (cache_folder(), *cache_folder().parents)
    np.testing.assert_array_equal(small_kernel().process({"x": [2.0]})["y"], [6.0])


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code to keep")
def test_info_and_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    assert (cache_info().kernels, cache_info().size_bytes) == (0, 0)
    assert not small_kernel().cache_hit
    assert small_kernel().cache_hit
    info = cache_info()
    assert (info.folder, info.kernels) == (tmp_path, 1)
    assert info.size_bytes > 1000
    assert clear_cache() == info
    assert (cache_info().kernels, cache_info().size_bytes) == (0, 0)
    assert not small_kernel().cache_hit


def test_a_relative_folder_stays_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HGEDSP_CACHE", "here")
    assert cache_folder() == tmp_path / "here"


def test_two_spawned_processes_may_compile_at_once(folder: Path) -> None:
    (folder / "pool.py").write_text(
        "import multiprocessing\n"
        "import numpy as np\n"
        "import hgedsp as hg\n"
        "from blocks_of_mine import Mine\n\n"
        "def work(x):\n"
        '    kernel = hg.Graph(1.0, {"y": Mine()(hg.Input("x"))}).compile()\n'
        '    return float(kernel.process({"x": np.array([x])})["y"][0])\n\n'
        'if __name__ == "__main__":\n'
        '    with multiprocessing.get_context("spawn").Pool(2) as pool:\n'
        "        print(pool.map(work, [1.0, 2.0], chunksize=1))\n"
    )
    done = subprocess.run(
        [sys.executable, "pool.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    assert done.stdout == "[112.0, 214.0]\n", done.stderr
    assert first_sample(folder)[0] == 112.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_forked_processes_run_what_was_compiled_before_and_compile_more(folder: Path) -> None:
    (folder / "forked.py").write_text(
        "import multiprocessing\n"
        "import numpy as np\n"
        "import hgedsp as hg\n"
        "from blocks_of_mine import Mine\n\n"
        "def graph(gain):\n"
        '    return hg.Graph(1.0, {"y": hg.Gain(gain)(Mine()(hg.Input("x")))})\n\n'
        "kernel = graph(1.0).compile()\n\n"
        "def work(x):\n"
        '    one, two = {"x": np.array([x])}, graph([1.0, 2.0]).compile()\n'
        '    return float(kernel.process(one)["y"][0]), two.process(one)["y"][0].tolist()\n\n'
        'with multiprocessing.get_context("fork").Pool(2) as pool:\n'
        "    print(pool.map(work, [1.0, 2.0], chunksize=1))\n"
    )
    done = subprocess.run(
        [sys.executable, "forked.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    assert done.stdout == "[(112.0, [112.0, 224.0]), (214.0, [214.0, 428.0])]\n", done.stderr


@pytest.mark.parametrize("room", [0, 3000, 30000])
def test_a_full_disk_costs_time_only(folder: Path, room: int) -> None:
    """A limit on the size of files stands for the disk: source, machine code or nothing fits."""
    pytest.importorskip("resource", reason="this system has no limit on the size of files")
    (folder / "full.py").write_text(
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import main\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        'kernel = main.hg.Graph(2.0, {"y": 3.0 * main.Mine()(main.hg.Input("x"))}).compile()\n'
        'print(kernel.process({"x": [1.0]})["y"][0])\n'
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-B", "full.py"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.splitlines()[-1] == "336.0", done.stderr
    assert not list((folder / "cache").rglob("*.tmp*"))


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code to keep")
@pytest.mark.parametrize(
    "name",
    [
        "compile/build.py",
        "compile/one_rounding.py",
        "compile/straighten.py",
        "compile/variants.py",
        "vectors/lanes.py",
        "vectors/text.py",
    ],
)
def test_another_version_of_the_compiler_misses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited, read = Path(hg.__file__).parent / name, Path.read_bytes
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    small_kernel()
    assert small_kernel().cache_hit
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", lambda p: read(p) + b"#" * (p == edited))
            _compiler_print.cache_clear()
            assert not small_kernel().cache_hit
    finally:
        _compiler_print.cache_clear()
    assert small_kernel().cache_hit


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="there is no machine code to keep")
@pytest.mark.parametrize("lanes", [1, 3])
def test_one_rounding_and_two_are_kernels_of_their_own(
    lanes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HGEDSP_CACHE", str(tmp_path))
    graph = hg.Graph(1.0, {"y": hg.OnePole(3.0)(hg.Input("x", lanes))})
    hits = [graph.compile(fastmath=fastmath).cache_hit for fastmath in (True, False, True, False)]
    assert hits == [False, False, True, True]
