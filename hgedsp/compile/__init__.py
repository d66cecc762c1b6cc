"""From a checked graph to one compiled loop: schedule, lay out, emit, build."""
