"""whynan [overrides]: train what the YAML says.

Everything that can be wrong is looked at before Hydra carries the run out, so that a mistake leaves nothing behind: the
configuration is composed, validated and made into an experiment, data and all, and only then is a folder written to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runner.cli.exit_codes import EXIT_DONE, protected, terminable
from runner.cli.screen.help import print_help
from runner.composition.execution import answer, carry_out, print_config
from runner.composition.options import parse
from runner.composition.session import Session, session
from runner.errors import Problem, UserError

if TYPE_CHECKING:
    from runner.composition.configuration import Configuration


def main(arguments: Sequence[str]) -> int:
    """Train, or let Hydra answer where only it is asked (completion, `--cfg`)."""
    options = parse(arguments)
    asked = options.arguments
    if asked.help:
        print_help()
        return EXIT_DONE
    if asked.shell_completion or asked.hydra_help or asked.info:
        return answer(options)
    # Only here, since help and completion must not wait for pydantic and NumPy.
    from runner.cli.screen.terminal import print_notices
    from runner.composition.configuration import configure, unchecked

    with session(options) as hydra:
        if asked.cfg:
            return print_config(hydra, unchecked(hydra))
        with terminable():
            try:
                configuration = configure(hydra)
            except UserError as error:
                if not options.multirun:
                    raise
                from runner.composition.jobs.expansion import all_mistakes

                raise UserError(all_mistakes(hydra, error)) from error
            print_notices(configuration.notices)
            return _train_jobs(hydra, configuration) if configuration.multirun else _train(hydra, configuration)


def _train(hydra: Session, configuration: Configuration) -> int:
    from runner.cli.folders import claimed
    from runner.cli.screen.progress import run_with_progress
    from runner.cli.screen.summary import print_summary
    from runner.composition.foreign_code import refuse_meaningless_overrides
    from runner.experiment import exit_code, prepare
    from runner.report.trackers import trackers

    settings = configuration.settings
    refuse_meaningless_overrides(settings, configuration.overrides)
    setup = prepare(settings)
    codes: list[int] = []
    with trackers() as tracker_of:
        tracker = tracker_of(settings.tracking)
        folder = claimed(configuration.folder)

        def train() -> int:
            result = run_with_progress(setup, folder, configuration.overrides, tracker, configuration.recordable)
            print_summary(result)
            return exit_code(result, settings.fail_on)

        # An error that leaves the task would be reported by Hydra, too.
        carry_out(hydra, configuration.carried_out, lambda _: codes.append(protected(train)), multirun=False)
    return max(codes)


def _train_jobs(hydra: Session, configuration: Configuration) -> int:
    from runner.cli.job_task import JobTask
    from runner.composition.foreign_code import refuse_meaningless_overrides

    refuse_meaningless_overrides(configuration.settings, configuration.overrides)
    _refuse_passwords_in_foreign_records(configuration)
    with JobTask(configuration) as task:
        try:
            carry_out(hydra, configuration.carried_out, task, multirun=True)
        except KeyboardInterrupt:
            if not task.interrupted:  # else the sweep has ended as it should, and its exit code says how
                raise
        return task.end()


def _refuse_passwords_in_foreign_records(configuration: Configuration) -> None:
    """Raise `UserError` where another launcher would have Hydra write down stores that we haven't looked at.

    Of one store the password is kept from it, of several it can't be.
    """
    swept = next((line for line in configuration.overrides if line.startswith("tracking=") and "," in line), None)
    if swept is not None and not configuration.packs:
        message = "stores can't be swept with this launcher: it would write down their passwords"
        raise UserError(Problem("tracking", message, given=swept))
