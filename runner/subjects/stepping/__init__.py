"""Somebody's own network while it is trained: one process for one run, asked for a step at a time."""
