"""hgedsp: streaming graphs for homodyne gradient extraction, compiled to one loop."""

import hgedsp.graphs as graphs
from hgedsp.block import Block as Block
from hgedsp.blocks import Add as Add
from hgedsp.blocks import Constant as Constant
from hgedsp.blocks import CorrelationLoss as CorrelationLoss
from hgedsp.blocks import Decimate as Decimate
from hgedsp.blocks import Delay as Delay
from hgedsp.blocks import Gain as Gain
from hgedsp.blocks import GradientDescent as GradientDescent
from hgedsp.blocks import Hold as Hold
from hgedsp.blocks import Input as Input
from hgedsp.blocks import IntegrateAndDump as IntegrateAndDump
from hgedsp.blocks import Integrator as Integrator
from hgedsp.blocks import LowPass as LowPass
from hgedsp.blocks import Margin as Margin
from hgedsp.blocks import Mixer as Mixer
from hgedsp.blocks import Multiply as Multiply
from hgedsp.blocks import OnePole as OnePole
from hgedsp.blocks import PlateauSequence as PlateauSequence
from hgedsp.blocks import PolynomialDevice as PolynomialDevice
from hgedsp.blocks import SquaredError as SquaredError
from hgedsp.blocks import Subtract as Subtract
from hgedsp.blocks import Sum as Sum
from hgedsp.blocks import SurrogateDevice as SurrogateDevice
from hgedsp.blocks import ToneGenerator as ToneGenerator
from hgedsp.custom import block as block
from hgedsp.errors import HgedspError as HgedspError
from hgedsp.graph import Graph as Graph
from hgedsp.io.open import open_trace as open_trace
from hgedsp.run.kernel import Kernel as Kernel
from hgedsp.run.record import Record as Record
from hgedsp.trace import Trace as Trace
from hgedsp.wire import Wire as Wire
from hgedsp.wire import scope as scope
