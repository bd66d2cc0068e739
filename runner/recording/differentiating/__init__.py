"""The derivative of a recorded loss by every recorded value, and a check of it by differences."""
