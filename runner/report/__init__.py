"""What people look at: plots of a run, each written once for pages and notebooks, and the page `report.html`.

Nothing here takes part in a run: it reads what one left. Text and numbers come from files that may be anybody's, so
they are escaped, and no code of theirs runs.
"""
