"""Analysis: estimators and spectra; knows traces, no machinery."""
