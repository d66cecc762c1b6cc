"""The paper's experiments by command: figures 3 and 4, and the noise behind figure 2."""
