"""Causes in the units: dead, saturated, alike, badly scaled."""
