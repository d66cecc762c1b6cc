"""The science of homodyne gradient extraction: what to expect of tones, filters, noise and devices.

Nothing here knows of blocks or graphs; arrays and plain functions go in and come out.
"""

from hgedsp.hge.amplitude import Richardson as Richardson
from hgedsp.hge.amplitude import best_amplitude as best_amplitude
from hgedsp.hge.amplitude import mean_square_error as mean_square_error
from hgedsp.hge.collisions import Collisions as Collisions
from hgedsp.hge.collisions import find_collisions as find_collisions
from hgedsp.hge.crest import crest_factor as crest_factor
from hgedsp.hge.derivatives import Derivatives as Derivatives
from hgedsp.hge.derivatives import polynomial_derivatives as polynomial_derivatives
from hgedsp.hge.expectation import Collision as Collision
from hgedsp.hge.expectation import Expectation as Expectation
from hgedsp.hge.expectation import expected_gradient as expected_gradient
from hgedsp.hge.filters import boxcar_response as boxcar_response
from hgedsp.hge.filters import equal_noise_time_constant as equal_noise_time_constant
from hgedsp.hge.filters import noise_bandwidth as noise_bandwidth
from hgedsp.hge.filters import noise_bandwidth_of_poles as noise_bandwidth_of_poles
from hgedsp.hge.filters import noise_bandwidth_of_window as noise_bandwidth_of_window
from hgedsp.hge.filters import poles_response as poles_response
from hgedsp.hge.filters import window_response as window_response
from hgedsp.hge.leakage import SpacingCurve as SpacingCurve
from hgedsp.hge.leakage import equal_noise_filters as equal_noise_filters
from hgedsp.hge.leakage import mean_square_leakage as mean_square_leakage
from hgedsp.hge.leakage import spacing_curve as spacing_curve
from hgedsp.hge.lines import demodulated as demodulated
from hgedsp.hge.lines import expected_lines as expected_lines
from hgedsp.hge.lines import plan_expectation as plan_expectation
from hgedsp.hge.lines import window_lines as window_lines
from hgedsp.hge.loop import LearningLoop as LearningLoop
from hgedsp.hge.loop import largest_curvature as largest_curvature
from hgedsp.hge.loop import largest_learning_rate_of_poles as largest_learning_rate_of_poles
from hgedsp.hge.loop import largest_learning_rate_of_windows as largest_learning_rate_of_windows
from hgedsp.hge.noise import cramer_rao_bound as cramer_rao_bound
from hgedsp.hge.noise import efficiency as efficiency
from hgedsp.hge.noise import filtered_variance as filtered_variance
from hgedsp.hge.noise import mixed_density as mixed_density
from hgedsp.hge.noise import window_variance as window_variance
from hgedsp.hge.plan import plan_tones as plan_tones
from hgedsp.hge.settling import settling_time as settling_time
from hgedsp.hge.settling import settling_time_of as settling_time_of
from hgedsp.hge.smoothing import Smoothed as Smoothed
from hgedsp.hge.smoothing import arcsine_kernel as arcsine_kernel
from hgedsp.hge.smoothing import semicircle_kernel as semicircle_kernel
from hgedsp.hge.smoothing import smoothed_gradient as smoothed_gradient
from hgedsp.hge.time_scales import TimeScales as TimeScales
from hgedsp.hge.time_scales import time_scales as time_scales
from hgedsp.hge.tone_plan import SecondDerivatives as SecondDerivatives
from hgedsp.hge.tone_plan import TonePlan as TonePlan
