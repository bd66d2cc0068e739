"""Whynan from Python and notebooks: the same settings as on the command line, the same runs."""

from runner.api.checking import check, ladder
from runner.api.tables import results
from runner.api.training import train
from runner.api.watching import watch

__all__ = ["check", "ladder", "results", "train", "watch"]
