"""Open loop: derivatives from a recorded trace, all in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from hgedsp.benchmarks.effort import Effort
from hgedsp.benchmarks.open_peers import ours, plain_c, researcher, rfft, sosfilt, tuned_c
from hgedsp.benchmarks.open_setup import Extraction
from hgedsp.benchmarks.timing import Candidate, Result, collect, measure

NAME = "open_loop"
TITLE = "Open loop: in-phase and quadrature of K tones in a recorded trace"
TONES = (1, 7, 16, 64, 256, 1024)
# Windows in the trace, an eighth of a second.
WINDOWS = 32


def run(effort: Effort) -> Iterator[Result]:
    """Measure windows and low-pass for all K."""
    for order in (0, 4):
        for tones in effort.pick(TONES, (7, 64)):
            yield _case(Extraction(tones, order, windows=WINDOWS), effort)


def _case(work: Extraction, effort: Effort) -> Result:
    candidates, notes = collect([*_makers(work)])
    return measure(
        NAME,
        {"K": work.tones, "filter": "low-pass" if work.order else "window"},
        candidates,
        reference=work.reference,
        rounds=effort.rounds,
        seconds=effort.seconds,
        notes=notes,
    )


def _makers(work: Extraction) -> Iterator[Callable[[], Candidate]]:
    yield partial(ours, work)
    yield partial(plain_c, work)
    yield partial(tuned_c, work)
    if work.order == 0:
        yield partial(rfft, work)
        yield partial(researcher, work)
    else:
        yield partial(sosfilt, work)
