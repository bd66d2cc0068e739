"""The page of a run, and what pages have in common: inline drawings, one template, one style sheet."""
