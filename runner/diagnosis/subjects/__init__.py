"""Somebody's own network checked by calls alone: `checking.check_black_box`."""
