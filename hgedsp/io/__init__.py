"""Files: traces in, records out."""
