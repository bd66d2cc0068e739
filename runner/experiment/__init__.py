"""One run: `prepare` reports everything that is wrong with a configuration, and writes nothing; `run` writes its files.

`run` does so however the run ends.
"""

from runner.experiment.findings import findings_of
from runner.experiment.result import Request, RunResult, exit_code
from runner.experiment.running import run
from runner.training.setup import Setup, prepare

__all__ = ["Request", "RunResult", "Setup", "exit_code", "findings_of", "prepare", "run"]
