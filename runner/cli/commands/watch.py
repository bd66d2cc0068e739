"""Run a training script of your own, watch it, and say why it broke.

  whynan watch train.py                       as `python train.py` would run it
  whynan watch train.py --epochs 5            what stands behind the script are its own arguments
  whynan watch tracking.uri=... train.py      settings of ours stand before it: tracking, watch, diagnosis,
                                              hydra.run.dir

The script's output, exit code, exceptions and Ctrl-C are its own; what we say comes after it, on stderr. In a process
of its own it runs up to its first step once before, to find parameters, gradients and loss. The run folder
(hydra.run.dir) and MLflow get the loss, the norm of the gradient and the ratio of update to weights of each parameter
by its own name, and what was not finite: its line, its operands, its sample. After some seconds fewer steps are
measured. A NaN ends the watch, not the script (watch.on_nonfinite=continue watches on).

Your code runs because you name it here. Fixes are run in copies of the script, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runner.cli.arguments import configured
from runner.cli.folders import claimed
from runner.cli.screen.watched import print_watched
from runner.composition.watched import refuse_others
from runner.diagnosis.scripts.asking import Script
from runner.errors import Problem, UserError, nearest
from runner.report.trackers import trackers
from runner.watching.session import watch_script
from runner.watching.settings import watch_config


def main(arguments: list[str]) -> int:
    """Run the script; its exit code."""
    overrides, file, own = _parted(arguments)
    configuration = configured(overrides)
    refuse_others(configuration)
    config = watch_config(configuration.recordable)
    with trackers() as tracker_of:
        tracker = tracker_of(configuration.settings.tracking)
        folder = claimed(configuration.folder)
        script = Script(file, tuple(own))
        result = watch_script(script, folder, configuration.settings, configuration.overrides, config, tracker)
    print_watched(result)
    return result.code


def _parted(arguments: Sequence[str]) -> tuple[list[str], Path, list[str]]:
    """Settings of ours, the script, and its arguments; `UserError` where there is no script."""
    for place, word in enumerate(arguments):
        if word.startswith("-"):
            message = f"options such as {word!r} stand behind the script: they are its own"
            raise UserError(Problem("", message))
        if "=" not in word or Path(word).is_file():
            return list(arguments[:place]), _file(word), list(arguments[place + 1 :])
    raise UserError("which script? `watch train.py`, with settings of ours before it and its own arguments behind it")


def _file(word: str) -> Path:
    path = Path(word).absolute()
    if not path.is_file():
        beside = [one.name for one in path.parent.glob("*.py")] if path.parent.is_dir() else []
        problem = Problem("", f"there is no script {word!r}", nearest=nearest(path.name, beside))
        raise UserError(problem)
    if path.suffix != ".py":
        raise UserError(Problem("", f"{word!r} is no Python script: its name must end in .py"))
    return path
