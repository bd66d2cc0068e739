"""Somebody's code as a list of operations: recorded from a run, differentiated, searched for the wrong line."""
