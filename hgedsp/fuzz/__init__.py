"""Attack by random graphs: every kernel has to do what the interpreter does."""
