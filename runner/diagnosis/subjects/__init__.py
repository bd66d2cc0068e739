"""The check of somebody's own file: `check.check_subject`; what it finds is made in the process of `child`."""
