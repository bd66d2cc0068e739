"""Somebody's program loaded for recording: its texts, the modules beside it, what stands in for missing packages."""
