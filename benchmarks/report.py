"""Results as text, Markdown and JSON."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any

from hgedsp.benchmarks.machine import describe_machine
from hgedsp.benchmarks.suite import WORKLOADS
from hgedsp.benchmarks.targets import FAUST, Verdict, judge
from hgedsp.benchmarks.timing import OURS, Result
from hgedsp.io.record import versions

_ANSWERS = {True: "yes", False: "no", None: "-"}


def as_json(results: Sequence[Result]) -> str:
    """Return machine, date, versions, all rounds, their medians and ratios, and the verdicts."""
    return json.dumps(
        {
            **_facts(),
            "results": [_plain(result) for result in results],
            "targets": [vars(verdict) for verdict in judge(results)],
        },
        indent=2,
    )


def as_text(results: Sequence[Result]) -> str:
    """Return tables for a terminal."""
    parts = [_headline(), "Medians; in brackets our time over theirs."]
    for name, rows in _tables(results).items():
        notes = [f"  {note}" for note in _notes(results, name)]
        parts.append("\n".join([WORKLOADS[name].title, _columns(rows), *notes]))
    verdicts = [_line(verdict) for verdict in judge(results)]
    return "\n\n".join([*parts, *(["\n".join(verdicts)] * bool(verdicts))])


def as_markdown(results: Sequence[Result]) -> str:
    """Return the page docs/performance.md."""
    parts = [
        "# Performance",
        f"Written by `hgedsp bench --markdown`. {_headline()}",
        "Nanoseconds per sample, medians of rounds in which all candidates take turns on one core; "
        "in brackets our time over theirs, the median of the ratios within each round. Every peer "
        "has given our answer (to 1e-9; float32 to 1e-3) before it is timed.",
    ]
    for name, rows in _tables(results).items():
        notes = [f"- {note}" for note in _notes(results, name)]
        parts += [f"## {WORKLOADS[name].title}", _pipes(rows), *(["\n".join(notes)] * bool(notes))]
    verdicts = [[v.target, v.reached, _ANSWERS[v.met]] for v in judge(results)]
    parts += ["## Targets", _pipes([["target", "reached", "met"], *verdicts]), FAUST]
    return "\n\n".join(parts) + "\n"


def _facts() -> dict[str, Any]:
    return {
        "machine": describe_machine(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": versions(),
    }


def _headline() -> str:
    facts = _facts()
    machine, numbers = facts["machine"], facts["versions"]
    packages = ", ".join(f"{name} {number}" for name, number in numbers.items())
    return (
        f"One core of: {machine['processor']} ({machine['cores']} cores, {machine['system']}); "
        f"{machine['compiler']}; {packages}; {facts['date']}."
    )


def _plain(result: Result) -> dict[str, Any]:
    return {
        "workload": result.workload,
        "case": result.case,
        "unit": result.unit,
        "rounds": result.rounds,
        "median": {name: result.median(name) for name in result.rounds},
        "ratio_of_ours": {name: result.ratio(OURS, name) for name in _peers(result)},
        "notes": list(result.notes),
    }


def _peers(result: Result) -> list[str]:
    """Names that ours can be compared with."""
    return [name for name in result.rounds if name != OURS] if OURS in result.rounds else []


def _tables(results: Sequence[Result]) -> dict[str, list[list[str]]]:
    """Return per workload the head and the rows of its table."""
    tables: dict[str, list[list[str]]] = {}
    for workload in dict.fromkeys(result.workload for result in results):
        own = [result for result in results if result.workload == workload]
        labels = list(dict.fromkeys(label for result in own for label in result.case))
        names = list(dict.fromkeys(name for result in own for name in result.rounds))
        names.sort(key=lambda name: name != OURS)
        rows = [
            [str(result.case.get(label, "")) for label in labels]
            + [_cell(result, name) for name in names]
            for result in own
        ]
        tables[workload] = [[*labels, *names], *rows]
    return tables


def _cell(result: Result, name: str) -> str:
    if name not in result.rounds:
        return ""
    time = _digits(result.median(name))
    return f"{time} ({_share(result.ratio(OURS, name))})" if name in _peers(result) else time


def _share(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"


def _digits(value: float) -> str:
    """Three digits that count, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def _notes(results: Sequence[Result], workload: str) -> list[str]:
    notes = [
        (note, ", ".join(f"{label} {value}" for label, value in result.case.items()))
        for result in results
        if result.workload == workload
        for note in result.notes
    ]
    cases: dict[str, list[str]] = {}
    for note, case in notes:
        cases.setdefault(note, []).append(case)
    return [f"{note} ({'; '.join(where)})" for note, where in cases.items()]


def _line(verdict: Verdict) -> str:
    return f"target: {verdict.target}  reached: {verdict.reached}  {_ANSWERS[verdict.met]}"


def _columns(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _pipes(rows: list[list[str]]) -> str:
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
