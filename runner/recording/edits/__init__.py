"""Edits of one statement of somebody's source: what a corrected line could be, smallest first."""
