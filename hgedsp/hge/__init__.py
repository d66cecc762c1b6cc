"""The science of homodyne gradient extraction: what to expect of tones, filters, noise and devices.

Nothing here knows of blocks or graphs; arrays and plain functions go in and come out.
"""

from hgedsp.hge.collisions import Collisions as Collisions
from hgedsp.hge.collisions import find_collisions as find_collisions
from hgedsp.hge.crest import crest_factor as crest_factor
from hgedsp.hge.plan import plan_tones as plan_tones
from hgedsp.hge.tone_plan import SecondDerivatives as SecondDerivatives
from hgedsp.hge.tone_plan import TonePlan as TonePlan
