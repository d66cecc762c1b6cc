"""Ready-made graphs for homodyne gradient extraction, one wiring per file."""

if __name__ != "hgedsp.graphs":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.graphs: import it by that name")

from hgedsp.graphs.gradient_extraction import gradient_extraction as gradient_extraction
from hgedsp.graphs.lock_in import lock_in as lock_in
