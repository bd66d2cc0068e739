"""Finding out why a run broke, and what mends it."""
