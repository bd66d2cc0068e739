"""whynan [overrides]: train what the YAML says.

Everything that can be wrong is looked at before Hydra's own run begins, so that a mistake leaves nothing behind: the
configuration is composed, validated and made into an experiment, data and all, and only then is a folder written to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import hydra

from runner.cli.exit_codes import EXIT_DONE, protected
from runner.cli.screen.help import print_help
from runner.cli.termination import terminable
from runner.composition.hydra import VERSION_BASE, Options, called_with, parse, register
from runner.composition.hydra_errors import user_errors
from runner.errors import Problem, RunError, UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.composition.configuration import Configuration


def main(arguments: Sequence[str]) -> int:
    """Train, or let Hydra answer where only it is asked (completion, `--cfg`)."""
    options = parse(arguments)
    if options.arguments.help:
        print_help(options)
        return EXIT_DONE
    if options.arguments.shell_completion or options.arguments.hydra_help:
        return _call_hydra(options, options.overrides, lambda _: None)
    # Only here, since help and completion must not wait for pydantic and NumPy.
    from runner.composition.configuration import configure, understood

    if options.arguments.cfg or options.arguments.info:
        return _call_hydra(options, understood(options), lambda _: None)
    with terminable():
        try:
            configuration = configure(options)
        except UserError as error:
            if not options.multirun:
                raise
            from runner.composition.expansion import all_mistakes

            raise UserError(all_mistakes(options, error)) from error
        return _train_jobs(options, configuration) if configuration.multirun else _train(options, configuration)


def _train(options: Options, configuration: Configuration) -> int:
    from runner.cli.folders import claimed
    from runner.cli.screen.progress import run_with_progress
    from runner.cli.screen.summary import print_summary
    from runner.experiment import exit_code, prepare
    from runner.tracking.opening import trackers

    settings = configuration.settings
    setup = prepare(settings)
    overrides = _recorded(configuration)
    codes: list[int] = []
    with trackers() as tracker_of:
        tracker = tracker_of(settings.tracking)
        folder = claimed(configuration.folder)

        def train() -> int:
            result = run_with_progress(setup, folder, overrides, tracker, configuration.recordable)
            print_summary(result)
            return exit_code(result, settings.fail_on)

        # An error that leaves the task would be told by Hydra, too.
        code = _call_hydra(
            options,
            (*overrides, _override("hydra.run.dir", str(folder))),
            lambda _: codes.append(protected(train)),
        )
    return max((code, *codes))  # without codes where the reader of our output has gone


def _train_jobs(options: Options, configuration: Configuration) -> int:
    from runner.cli.job_task import JobTask

    _refuse_passwords_in_foreign_records(configuration)
    with JobTask(configuration) as task:
        code = EXIT_DONE
        try:
            code = _call_hydra(options, _recorded(configuration), task)
        except KeyboardInterrupt:
            if not task.interrupted:  # else the sweep has ended as it should, and its exit code says how
                raise
        return max(code, task.end())


def _refuse_passwords_in_foreign_records(configuration: Configuration) -> None:
    """Raise `UserError` where another launcher would have Hydra write down stores that we haven't looked at.

    Of one store the password is kept from it (`_recorded`), of several it can't be.
    """
    swept = next((line for line in configuration.overrides if line.startswith("tracking=") and "," in line), None)
    if swept is not None and not configuration.packs:
        message = "stores can't be swept with this launcher: it would write down their passwords"
        raise UserError(Problem("tracking", message, given=swept))


def _call_hydra(options: Options, overrides: Sequence[str], task: Callable[[DictConfig], Any]) -> int:
    register(options)
    folder, name = str(options.main_folder), options.config_name
    application = hydra.main(config_path=folder, config_name=name, version_base=VERSION_BASE)(task)
    with user_errors(), called_with(options.command_line(overrides)):
        try:
            application()
        except SystemExit as ended:  # how Hydra ends after --help
            return ended.code if isinstance(ended.code, int) else EXIT_DONE
        except BrokenPipeError:
            raise
        except OSError as error:  # Hydra's own record can't be written; ours raises errors of ours
            raise RunError(f"{error.filename or 'the record of the run'}: {error.strerror or error}") from error
    return EXIT_DONE


def _recorded(configuration: Configuration) -> list[str]:
    """The overrides as Hydra may write them down: without the password of the tracking store."""
    from runner.tracking.store import redact

    overrides = [redact(line) for line in configuration.overrides]
    uri = configuration.settings.tracking.uri
    several = any(line.startswith("tracking=") and "," in line for line in overrides)
    if uri is not None and redact(uri) != uri and not several:
        overrides.append(_override("tracking.uri", redact(uri)))
    return overrides


def _override(key: str, text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString

    return f"{key}={QuotedString(text, Quote.double).with_quotes()}"
