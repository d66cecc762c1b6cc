"""Physics of simulated devices: hopping conduction between dopants. It knows nothing of graphs."""
