"""Check the gradients of the network that the configuration describes, or of one that you wrote.

  whynan check                          the default experiment
  whynan check experiment=post/planar   another one
  whynan check dataset=xor 'faults=[missing_activation_derivative@1]'
  whynan check subject=net.py           your own file: a script, functions, the one class in it
  whynan check subject=net.py:Net       a class or function of it; dataset=xor for other samples
  whynan check subject=net.py subject.patch=net.patch   the corrected line as a unified diff, too

Each array of parameters is compared with central differences, in float64 whatever `dtype` says; where one is wrong,
every mistake of `whynan show faults` is tried as its explanation. The result is printed and written to check.json
in the folder hydra.run.dir, of which `whynan report FOLDER` makes a page. The exit code is 0 if all gradients are
right, 1 if one is wrong.

Your own file is run up to one step of its training, with every operation recorded: the line at which the gradients
go wrong is found, and a corrected line that has been checked. Your file is not changed. Where the parameters, the
loss or the gradients aren't found, subject.names says where they are, subject.call how a class is built.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from runner.cli.arguments import configured
from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.folders import RESULTS, claimed
from runner.cli.screen.check import print_check
from runner.cli.screen.terminal import results
from runner.composition.configuration import Configuration
from runner.errors import Problem, UserError
from runner.files.json_files import write_json
from runner.files.names import CHECK
from runner.files.paths import relative

if TYPE_CHECKING:
    from runner.diagnosis.gradients.result import CheckResult


def main(arguments: list[str]) -> int:
    """Check, print, and leave check.json."""
    configuration = configured(arguments)
    if configuration.multirun:
        raise UserError(Problem("", "one network is checked at a time: leave out --multirun"))
    check = _configured if configuration.settings.subject.path is None else _subject
    result = check(configuration)
    folder = claimed(configuration.folder, RESULTS)
    write_json(folder / CHECK, result.to_dict())
    print_check(result)
    if configuration.settings.subject.patch is not None:
        _write_patch(Path(configuration.settings.subject.patch), result)
    results().print(f"[dim]written to[/] {escape(relative(folder / CHECK))}")
    results().print(f"[dim]report[/]     python -m runner report {escape(relative(folder))}")
    return EXIT_DONE if result.passed else EXIT_FAILED


def _write_patch(file: Path, result: CheckResult) -> None:
    """Leave the corrected lines as a unified diff where there are any; `UserError` where `file` is something else."""
    if not result.patch:
        results().print("[dim]no patch is written: there is no corrected line[/]")
        return
    if file.exists() and not file.read_bytes().startswith(b"--- "):
        message = "this file is there already, and is no unified diff; name another"
        raise UserError(Problem("subject.patch", message, given=str(file)))
    try:
        file.write_text(result.patch, encoding="utf-8")
    except OSError as error:
        raise UserError(Problem("subject.patch", f"can't write it: {error.strerror}", given=str(file))) from error
    results().print(f"[dim]patch written to[/] {escape(relative(file))}")


def _configured(configuration: Configuration) -> CheckResult:
    from runner.diagnosis.gradients.configured import check_setup
    from runner.experiment import prepare

    return check_setup(prepare(configuration.settings))


def _subject(configuration: Configuration) -> CheckResult:
    from runner.diagnosis.subjects.check import check_subject
    from runner.subjects.samples import samples_of

    settings = configuration.settings
    samples = samples_of(settings, asked=configuration.chooses_data)
    return check_subject(settings.subject, samples, settings.network.hidden)
