"""Causes in a network that somebody wrote: a wrong gradient, the line of a NaN, arrays that start alike."""
