"""Ready-made graphs for homodyne gradient extraction, one wiring per file."""

if __name__ != "hgedsp.graphs":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.graphs: import it by that name")

from hgedsp.graphs.adaptive_sensor import adaptive_sensor as adaptive_sensor
from hgedsp.graphs.analog_parts import AnalogParts as AnalogParts
from hgedsp.graphs.analog_parts import Tolerances as Tolerances
from hgedsp.graphs.boolean_gate import GATES as GATES
from hgedsp.graphs.boolean_gate import GateSetup as GateSetup
from hgedsp.graphs.boolean_gate import continuous as continuous
from hgedsp.graphs.boolean_gate import per_epoch as per_epoch
from hgedsp.graphs.device_network import DeviceNetwork as DeviceNetwork
from hgedsp.graphs.device_network import NetworkNode as NetworkNode
from hgedsp.graphs.gradient_extraction import gradient_extraction as gradient_extraction
from hgedsp.graphs.in_materia import in_materia as in_materia
from hgedsp.graphs.lock_in import lock_in as lock_in
from hgedsp.graphs.network_task import NetworkSetup as NetworkSetup
from hgedsp.graphs.network_task import network_per_epoch as network_per_epoch
