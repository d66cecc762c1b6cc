"""Where blocks say they were made."""

from pathlib import Path

import hgedsp as hg


def test_a_copy_of_a_block_is_placed_where_it_was_asked_for():
    block = hg.Gain(2.0)
    copied = block.copy()
    line = test_a_copy_of_a_block_is_placed_where_it_was_asked_for.__code__.co_firstlineno + 2
    assert copied.node.place.endswith(f"{Path(__file__).name}:{line}")
