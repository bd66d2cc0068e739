"""Noting what rewritten code does: operations, values, and where in memory they lie."""
