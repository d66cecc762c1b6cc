"""Running: chunks of samples in, chunks of samples out, state kept between."""
