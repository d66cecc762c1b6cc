"""Graphs: nodes, edges, feedback. Knows the contract of a block, no particular block."""

from hgedsp.graph.graph import Graph as Graph
