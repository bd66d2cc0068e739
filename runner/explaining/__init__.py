"""What a run left, in words: its outcome, what was seen, why, and what fixes it."""
