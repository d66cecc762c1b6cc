"""No search for garbage while anything is compiled, and the old habit afterwards."""

import gc
import os
import threading

import pytest

from hgedsp.compile.collect import without_collection


@pytest.fixture(autouse=True)
def _collecting():
    gc.enable()
    yield
    gc.enable()


def test_collects_again_afterwards():
    with without_collection():
        assert not gc.isenabled()
        with without_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collects_again_after_an_error():
    with pytest.raises(KeyError), without_collection():
        raise KeyError
    assert gc.isenabled()


def test_leaves_it_off_where_the_user_has_switched_it_off():
    gc.disable()
    with without_collection():
        pass
    assert not gc.isenabled()


def test_waits_for_the_last_thread():
    inside, leave = threading.Event(), threading.Event()

    def compile_slowly():
        with without_collection():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=compile_slowly)
    thread.start()
    inside.wait()
    with without_collection():
        pass
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_collects():
    with without_collection():
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)
        assert os.waitpid(child, 0)[1] == 0
