"""Numerical studies: predictions held against measurements, estimators side by side."""
