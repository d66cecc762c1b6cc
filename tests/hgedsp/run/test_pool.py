"""Threads over runs."""

from __future__ import annotations

import os
import threading
import time

import pytest

from hgedsp.run.pool import in_threads, usable_cores


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order(threads: int) -> None:
    assert in_threads(lambda item: item * item, range(7), threads) == [0, 1, 4, 9, 16, 25, 36]
    assert in_threads(lambda item: item, [], threads) == []


def test_so_many_are_at_work_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=60.0)
    assert in_threads(lambda item: meeting.wait() >= 0, range(3), 3) == [True] * 3


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_failure_in_order_is_raised_and_nothing_more_begun(threads: int) -> None:
    meeting, begun = threading.Barrier(threads, timeout=60.0), []
    before = threading.active_count()

    def fail(item: int) -> None:
        begun.append(item)
        meeting.wait()
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match=r"^item 0$"):
        in_threads(fail, range(20), threads)
    assert sorted(begun) == list(range(threads))
    assert threading.active_count() == before


def test_ctrl_c_waits_for_the_others() -> None:
    meeting, done = threading.Barrier(2, timeout=60.0), []
    caller = threading.current_thread()

    def stop(item: int) -> None:
        meeting.wait()
        if threading.current_thread() is caller:
            raise KeyboardInterrupt
        time.sleep(0.05)
        done.append(item)

    with pytest.raises(KeyboardInterrupt):
        in_threads(stop, range(2), 2)
    assert len(done) == 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not tell")
def test_afterwards_every_core_may_be_used_that_could_be_before() -> None:
    before = os.sched_getaffinity(0)
    inside = in_threads(lambda item: os.sched_getaffinity(0), range(6), 3)
    assert inside == [before] * 6
    assert os.sched_getaffinity(0) == before


def test_cores_are_those_this_process_may_use() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
