"""A graph as table, Mermaid, Graphviz and SVG text."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import hgedsp as hg

SVG = "{http://www.w3.org/2000/svg}"


def odd_graph() -> hg.Graph:
    """Lanes, clocks, feedback, and names that need quoting."""
    delay = hg.Delay(1)
    total = hg.Input("x", 3) + delay.y
    delay(total)
    slow = hg.Decimate(10)(hg.Sum(name='a<b "c"')(total))
    return hg.Graph(1e6, {'slow & "fine"': slow, "wide": delay.y}, name='<loop> "1"')


def test_table() -> None:
    x, line = hg.Input("x", 3), sys._getframe().f_lineno
    y, here = hg.Hold(5)(hg.IntegrateAndDump(10)(x)), sys._getframe().f_lineno
    file = Path(__file__).name
    lines = hg.Graph(1e6, {"y": y}, name="means").describe().splitlines()
    cells = [[cell.strip() for cell in text.split("  ") if cell.strip()] for text in lines]
    assert cells[0] == ["means: 3 blocks at 1 MHz"]
    assert cells[1] == ["block", "kind", "rate", "inputs", "outputs", "made at"]
    assert sorted(cells[3:6]) == [
        ["hold", "Hold", "100 kHz", "integrate_and_dump.y", "y[3]", f"{file}:{here}"],
        [
            "integrate_and_dump",
            "IntegrateAndDump",
            "1 MHz",
            "x.x, gate=1",
            "y[3]",
            f"{file}:{here}",
        ],
        ["x", "Input", "1 MHz", "-", "x[3]", f"{file}:{line}"],
    ]
    assert lines[-1] == "outputs: y = hold.y at 500 kHz x3"


def test_mermaid_has_rates_and_lanes_and_quotes() -> None:
    text = odd_graph().to_mermaid()
    assert text.startswith("flowchart LR\n")
    assert "a#lt;b #quot;c#quot;<br/>Sum" in text
    assert '(["slow & #quot;fine#quot;"])' in text
    assert '|"y 100 kHz"|' in text
    assert '-.->|"y 1 MHz x3"|' in text


def test_dot_has_rates_and_lanes_and_quotes() -> None:
    text = odd_graph().to_dot()
    assert text.startswith('digraph "<loop> \\"1\\"" {')
    assert 'label="a<b \\"c\\"\\nSum"' in text
    assert 'label="y 100 kHz"' in text
    assert 'label="y 1 MHz x3", style=dashed' in text


def test_svg_is_sound_xml_with_every_block_output_and_label(tmp_path: Path) -> None:
    graph = odd_graph()
    root = ElementTree.fromstring(graph.to_svg(tmp_path / "graph.svg"))
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert root.tag == f"{SVG}svg"
    assert {'<loop> "1"', 'a<b "c"', 'slow & "fine"', "1 MHz x3", "100 kHz"} <= texts
    assert (tmp_path / "graph.svg").read_text("utf-8") == graph.to_svg()
    assert graph._repr_svg_() == graph.to_svg()


def test_a_long_chain_is_drawn() -> None:
    y = hg.Input("x").x
    for _ in range(300):
        y = 0.5 * y
    root = ElementTree.fromstring(hg.Graph(1.0, {"y": y}).to_svg())
    assert len(list(root.iter(f"{SVG}path"))) >= 301
