"""Causes in the steps: their size, their number, what else they change."""
