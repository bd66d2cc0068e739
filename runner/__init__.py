"""Whynan: train the NumPy network that you would write by hand from YAML, and learn why it broke."""

__version__ = "0.1.0"
