"""Check the gradients of the network that the configuration describes, or of one that you wrote.

  whynan check                          the default experiment
  whynan check experiment=post/planar   another one
  whynan check dataset=xor 'faults=[missing_activation_derivative@1]'
  whynan check subject=net.py:NeuralNetwork   a class of your own, with X and Y of its file
  whynan check subject=net.py:NeuralNetwork dataset=xor

Each array of parameters is compared with central differences, in float64 whatever `dtype` says; where one is wrong,
every mistake of `whynan show faults` is tried as its explanation. What was found is printed and left in check.json in
the folder hydra.run.dir. The exit code is 0 where all gradients are right, 1 where one is wrong.

A class of your own needs `parameters`, `loss(X, Y)` and `gradients(X, Y)`, under these or other usual names;
subject.names says where they are if they aren't found, subject.call how the class is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.folders import RESULTS, claimed
from runner.cli.screen.check import print_check
from runner.cli.screen.terminal import results
from runner.composition.configuration import Configuration, configure
from runner.composition.hydra import parse
from runner.errors import Problem, UserError
from runner.files.json_files import write_json
from runner.files.paths import relative

if TYPE_CHECKING:
    from runner.diagnosis.gradients.result import CheckResult

CHECK = "check.json"


def main(arguments: list[str]) -> int:
    """Check, print, and leave check.json."""
    configuration = configure(parse(arguments))
    if configuration.multirun:
        raise UserError(Problem("", "one network is checked at a time: leave --multirun out"))
    check = _configured if configuration.settings.subject.path is None else _subject
    result, described = check(configuration)
    folder = claimed(configuration.folder, RESULTS)
    write_json(folder / CHECK, {**described, **result.to_dict()})
    print_check(result)
    results().print(f"[dim]written to[/] {escape(relative(folder / CHECK))}")
    return EXIT_DONE if result.passed else EXIT_FAILED


def _configured(configuration: Configuration) -> tuple[CheckResult, dict[str, str]]:
    from runner.diagnosis.gradients.configured import check_setup
    from runner.experiment import prepare

    setup = prepare(configuration.settings)
    return check_setup(setup), {"network": str(setup.architecture), "loss": setup.loss}


def _subject(configuration: Configuration) -> tuple[CheckResult, dict[str, str]]:
    from runner.diagnosis.subjects.samples import samples_of
    from runner.recording.examining.check import check_subject

    settings = configuration.settings
    samples = samples_of(settings, asked=configuration.chooses_data)
    result = check_subject(settings.subject, samples, settings.network.hidden, settings.diagnosis.budget)
    return result, {"network": settings.subject.path or ""}
