"""Ready-made graphs for homodyne gradient extraction, one wiring per file."""

if __name__ != "hgedsp.graphs":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.graphs: import it by that name")

from hgedsp.graphs.boolean_gate import CONSTANTS as CONSTANTS
from hgedsp.graphs.boolean_gate import GATES as GATES
from hgedsp.graphs.boolean_gate import GateSetup as GateSetup
from hgedsp.graphs.boolean_gate import continuous as continuous
from hgedsp.graphs.boolean_gate import per_epoch as per_epoch
from hgedsp.graphs.classification import ClassificationSetup as ClassificationSetup
from hgedsp.graphs.classification import classification as classification
from hgedsp.graphs.gate_levels import gate_levels as gate_levels
from hgedsp.graphs.gradient_extraction import gradient_extraction as gradient_extraction
from hgedsp.graphs.lock_in import lock_in as lock_in
