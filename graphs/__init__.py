"""Ready-made graphs for homodyne gradient extraction, one wiring per file."""

if __name__ != "hgedsp.graphs":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.graphs: import it by that name")

from hgedsp.graphs.adaptive_sensor import adaptive_sensor as adaptive_sensor
from hgedsp.graphs.analog_parts import AnalogParts as AnalogParts
from hgedsp.graphs.analog_parts import Tolerances as Tolerances
from hgedsp.graphs.boolean_gate import continuous as continuous
from hgedsp.graphs.boolean_gate import per_epoch as per_epoch
from hgedsp.graphs.classification import ClassificationSetup as ClassificationSetup
from hgedsp.graphs.classification import classification as classification
from hgedsp.graphs.device_network import DeviceNetwork as DeviceNetwork
from hgedsp.graphs.device_network import NetworkNode as NetworkNode
from hgedsp.graphs.gate_levels import gate_levels as gate_levels
from hgedsp.graphs.gate_setup import CONSTANTS as CONSTANTS
from hgedsp.graphs.gate_setup import GATES as GATES
from hgedsp.graphs.gate_setup import GateSetup as GateSetup
from hgedsp.graphs.gradient_extraction import demodulate as demodulate
from hgedsp.graphs.gradient_extraction import demodulate_both as demodulate_both
from hgedsp.graphs.gradient_extraction import gradient_extraction as gradient_extraction
from hgedsp.graphs.gradient_with_error import gradient_with_error as gradient_with_error
from hgedsp.graphs.gradient_with_error import standard_errors as standard_errors
from hgedsp.graphs.hessian_extraction import demodulate_second as demodulate_second
from hgedsp.graphs.hessian_extraction import hessian_extraction as hessian_extraction
from hgedsp.graphs.hessian_extraction import plan_of as plan_of
from hgedsp.graphs.in_materia import in_materia as in_materia
from hgedsp.graphs.lock_in import lock_in as lock_in
from hgedsp.graphs.loss_descent import loss_descent as loss_descent
from hgedsp.graphs.network_task import NetworkSetup as NetworkSetup
from hgedsp.graphs.network_task import network_per_epoch as network_per_epoch
from hgedsp.graphs.phase_calibration import phase_calibration as phase_calibration
from hgedsp.graphs.signal_path import SignalPath as SignalPath
