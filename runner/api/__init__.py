"""Whynan from Python and notebooks: the same settings as on the command line, the same runs."""

from runner.api.checking import check, ladder
from runner.api.loading import load, load_sweep
from runner.api.sweeping import sweep
from runner.api.tables import results
from runner.api.training import train
from runner.api.watching import watch

__all__ = ["check", "ladder", "load", "load_sweep", "results", "sweep", "train", "watch"]
