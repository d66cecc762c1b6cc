"""What tests of blocks share: one block run alone, and whole messages of refusals."""

import re
from contextlib import contextmanager

import numpy as np
import pytest

from hgedsp.blocks.input import Input
from hgedsp.errors import ParameterError
from hgedsp.graph import Graph


@pytest.fixture
def run():
    """Run a block alone: run(block, rate, x, gate=g) gives its output, or outputs by name."""

    def run_block(block, rate, *samples, fastmath=True, **named):
        ports = [port.name for port in block.ports.inputs]
        given = {**dict(zip(ports, samples, strict=False)), **named}
        given = {name: np.asarray(values) for name, values in given.items()}
        wires = block(**{name: _input(name, values) for name, values in given.items()})
        wires = wires if isinstance(wires, tuple) else (wires,)
        kernel = Graph(rate, {wire.port: wire for wire in wires}).compile(fastmath=fastmath)
        outputs = kernel.process({f"in_{name}": values for name, values in given.items()})
        return outputs if len(wires) > 1 else outputs[wires[0].port]

    return run_block


def _input(name, values):
    width = values.shape[1] if values.ndim == 2 else 1
    return Input(f"in_{name}", width=width)


@pytest.fixture
def refuses():
    """Expect a ParameterError with exactly these lines."""

    @contextmanager
    def expect(what, mend, error=ParameterError):
        text = f"{what}\n  mend {mend}"
        with pytest.raises(error, match=f"^{re.escape(text)}$"):
            yield

    return expect
