"""The science of homodyne gradient extraction: what to expect of tones, filters, noise and devices.

Nothing here knows of blocks or graphs; arrays and plain functions go in and come out.
"""

from hgedsp.hge.calibration import PhaseFit as PhaseFit
from hgedsp.hge.calibration import derotate as derotate
from hgedsp.hge.calibration import fit_phase as fit_phase
from hgedsp.hge.delay import DelayFit as DelayFit
from hgedsp.hge.delay import fit_delay as fit_delay
from hgedsp.hge.empty_bins import empty_bins as empty_bins
from hgedsp.hge.empty_bins import product_bins as product_bins
from hgedsp.hge.hessian import HessianPlan as HessianPlan
from hgedsp.hge.hessian import as_matrix as as_matrix
from hgedsp.hge.hessian import hessian_bias as hessian_bias
from hgedsp.hge.hessian import hessian_plan as hessian_plan
