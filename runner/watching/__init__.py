"""Somebody's script or notebook watched as a run: recorded, tracked, and explained at its end."""
