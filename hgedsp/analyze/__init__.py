"""Analysis: estimators and spectra of recorded traces."""

from hgedsp.analyze.delay import without_delay as without_delay
from hgedsp.analyze.extract import Extraction as Extraction
from hgedsp.analyze.extract import extract as extract
from hgedsp.analyze.least_squares import least_squares as least_squares
from hgedsp.analyze.lock_in import lock_in_low_pass as lock_in_low_pass
from hgedsp.analyze.lock_in import lock_in_windows as lock_in_windows
from hgedsp.analyze.spectrum import spectrum as spectrum
from hgedsp.analyze.tones import tones_from as tones_from
