"""The science of homodyne gradient extraction: what to expect of tones, filters, noise and devices.

Nothing here knows of blocks or graphs; arrays and plain functions go in and come out.
"""
