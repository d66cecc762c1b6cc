"""Ready-made graphs for homodyne gradient extraction, one wiring per file."""

if __name__ != "hgedsp.graphs":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.graphs: import it by that name")
