"""Causes by which numbers leave their range."""
