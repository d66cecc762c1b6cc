"""Speed of compiled graphs beside what people would write instead; run by ``hgedsp bench``."""

if __name__ != "hgedsp.benchmarks":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.benchmarks: import it by that name")
