"""Finding out why a run broke, and what fixes it."""
