"""The standard blocks, one per file."""

if __name__ != "hgedsp.blocks":  # two names would give two classes
    raise ImportError("this folder is the package hgedsp.blocks: import it by that name")

from hgedsp.blocks.adam import Adam as Adam
from hgedsp.blocks.add import Add as Add
from hgedsp.blocks.amplifier import Amplifier as Amplifier
from hgedsp.blocks.analog_multiplier import AnalogMultiplier as AnalogMultiplier
from hgedsp.blocks.bandwidth import Bandwidth as Bandwidth
from hgedsp.blocks.biquad import Biquad as Biquad
from hgedsp.blocks.clip import Clip as Clip
from hgedsp.blocks.concatenate import Concatenate as Concatenate
from hgedsp.blocks.constant import Constant as Constant
from hgedsp.blocks.correlation_loss import CorrelationLoss as CorrelationLoss
from hgedsp.blocks.correlation_sigmoid_loss import (
    CorrelationSigmoidLoss as CorrelationSigmoidLoss,
)
from hgedsp.blocks.dc_block import DcBlock as DcBlock
from hgedsp.blocks.decimate import Decimate as Decimate
from hgedsp.blocks.delay import Delay as Delay
from hgedsp.blocks.fisher_loss import FisherLoss as FisherLoss
from hgedsp.blocks.flicker_noise import FlickerNoise as FlickerNoise
from hgedsp.blocks.full_newton import FullNewton as FullNewton
from hgedsp.blocks.function_device import FunctionDevice as FunctionDevice
from hgedsp.blocks.gain import Gain as Gain
from hgedsp.blocks.gradient_descent import GradientDescent as GradientDescent
from hgedsp.blocks.hold import Hold as Hold
from hgedsp.blocks.hopping_network import HoppingNetwork as HoppingNetwork
from hgedsp.blocks.input import Input as Input
from hgedsp.blocks.integrate_and_dump import IntegrateAndDump as IntegrateAndDump
from hgedsp.blocks.integrator import Integrator as Integrator
from hgedsp.blocks.lead_lag import LeadLag as LeadLag
from hgedsp.blocks.low_pass import LowPass as LowPass
from hgedsp.blocks.margin import Margin as Margin
from hgedsp.blocks.matrix import Matrix as Matrix
from hgedsp.blocks.mixer import Mixer as Mixer
from hgedsp.blocks.momentum import Momentum as Momentum
from hgedsp.blocks.moving_average import MovingAverage as MovingAverage
from hgedsp.blocks.multiply import Multiply as Multiply
from hgedsp.blocks.newton import Newton as Newton
from hgedsp.blocks.noise_floor import NoiseFloor as NoiseFloor
from hgedsp.blocks.one_pole import OnePole as OnePole
from hgedsp.blocks.oscillator import Oscillator as Oscillator
from hgedsp.blocks.phase_shift import PhaseShift as PhaseShift
from hgedsp.blocks.plateau_sequence import PlateauSequence as PlateauSequence
from hgedsp.blocks.polynomial_device import PolynomialDevice as PolynomialDevice
from hgedsp.blocks.quantiser import Quantiser as Quantiser
from hgedsp.blocks.rc_low_pass import RcLowPass as RcLowPass
from hgedsp.blocks.select import Select as Select
from hgedsp.blocks.significance import Significance as Significance
from hgedsp.blocks.sos_filter import SosFilter as SosFilter
from hgedsp.blocks.split import Split as Split
from hgedsp.blocks.squared_error import SquaredError as SquaredError
from hgedsp.blocks.squared_error_loss import SquaredErrorLoss as SquaredErrorLoss
from hgedsp.blocks.subtract import Subtract as Subtract
from hgedsp.blocks.sum import Sum as Sum
from hgedsp.blocks.surrogate_device import SurrogateDevice as SurrogateDevice
from hgedsp.blocks.tone_generator import ToneGenerator as ToneGenerator
from hgedsp.blocks.transport_delay import TransportDelay as TransportDelay
from hgedsp.blocks.white_noise import WhiteNoise as WhiteNoise
