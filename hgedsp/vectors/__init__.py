"""Registers of lanes: a numba type whose machine representation is one vector of numbers.

LLVM finds vectors in loops by itself, but it takes a loop over a few lanes apart into scalars, and
keeps what a loop leaves behind in memory. With a type for a register of lanes the scalar text of a
lane step is compiled for all of them at once, and states stay in registers from sample to sample.

Every operation is that of IEEE 754, lane by lane, and sums are added up in one stated order, so
that results do not depend on the width of the vector unit.

A step on arrays may call `load`, `load_bytes`, `load_like`, `store`, `where`, `lane_sum`,
`lane_numbers`, `compressed` and `how_many` by name. In plain Python they work on NumPy arrays, lane
for lane the same, so that the interpreter can run such a step.
"""

from hgedsp.vectors.fused import multiply_add as multiply_add
from hgedsp.vectors.fused import to_float as to_float
from hgedsp.vectors.fused import to_int as to_int
from hgedsp.vectors.instructions import array_field as array_field
from hgedsp.vectors.lanes import PACKS as PACKS
from hgedsp.vectors.lanes import SUMS_BYTES as SUMS_BYTES
from hgedsp.vectors.lanes import TILE as TILE
from hgedsp.vectors.lanes import Lanes as Lanes
from hgedsp.vectors.lanes import common as common
from hgedsp.vectors.lanes import splat as splat
from hgedsp.vectors.operators import LANE_BY_LANE as LANE_BY_LANE
from hgedsp.vectors.plain import TAUGHT as TAUGHT
from hgedsp.vectors.plain import compressed as compressed
from hgedsp.vectors.plain import how_many as how_many
from hgedsp.vectors.plain import lane_numbers as lane_numbers
from hgedsp.vectors.plain import lane_sum as lane_sum
from hgedsp.vectors.plain import load as load
from hgedsp.vectors.plain import load_bytes as load_bytes
from hgedsp.vectors.plain import load_like as load_like
from hgedsp.vectors.plain import store as store
from hgedsp.vectors.plain import where as where
from hgedsp.vectors.single import SINGLE as SINGLE
from hgedsp.vectors.single import to_double as to_double
from hgedsp.vectors.single import to_single as to_single
from hgedsp.vectors.text import IN_TEXT as IN_TEXT
from hgedsp.vectors.text import first_lanes as first_lanes
from hgedsp.vectors.text import lane as lane
from hgedsp.vectors.text import lane_sum_everywhere as lane_sum_everywhere
from hgedsp.vectors.text import load_row as load_row
from hgedsp.vectors.text import load_tile as load_tile
from hgedsp.vectors.text import ordered_sum as ordered_sum
from hgedsp.vectors.text import place_of_tile as place_of_tile
from hgedsp.vectors.text import spread as spread
from hgedsp.vectors.text import store_row as store_row
from hgedsp.vectors.text import store_tile as store_tile
from hgedsp.vectors.text import with_lane as with_lane
