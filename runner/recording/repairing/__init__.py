"""A corrected line: tried in place, proved by running the whole step, and named."""
