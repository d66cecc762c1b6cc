"""Files: traces in, records out."""

from hgedsp.io.open import open_trace as open_trace
from hgedsp.io.record import load_record as load_record
from hgedsp.io.record import save_record as save_record
from hgedsp.io.record import versions as versions
from hgedsp.io.tones import read_tones as read_tones
