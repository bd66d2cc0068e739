"""The page of a sweep: which settings are best, where runs fail and why, and every curve."""
