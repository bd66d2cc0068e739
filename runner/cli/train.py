"""whynan [overrides]: train what the YAML says.

Everything that can be wrong is looked at before Hydra's own run begins, so that a mistake leaves nothing behind: the
configuration is composed, validated and made into an experiment, data and all, and only then is a folder written to.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra

from runner.cli import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_MISUSED, EXIT_TERMINATED, Terminated
from runner.cli.complaints import told_in_our_voice
from runner.cli.composition import VERSION_BASE, Options, called_with, parse, register
from runner.cli.help import print_help
from runner.errors import Problem, UserError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from runner.cli.configuration import Configuration
    from runner.experiment import RunResult
    from runner.settings import Settings


def main(arguments: Sequence[str]) -> int:
    """Train, or let Hydra answer where only it is asked (completion, `--cfg`)."""
    options = parse(arguments)
    if options.arguments.help:
        return print_help(options)
    if options.arguments.shell_completion or options.arguments.hydra_help:
        return _call_hydra(options, options.overrides, lambda _: None)
    # Only here, since help and completion must not wait for pydantic and NumPy.
    from runner.cli.configuration import configure, understood

    if options.arguments.cfg or options.arguments.info:
        return _call_hydra(options, understood(options), lambda _: None)
    with _terminable():
        configuration = configure(options)
        return _train_jobs(options, configuration) if configuration.multirun else _train(options, configuration)


def exit_code(result: RunResult, settings: Settings) -> int:
    """What the process says of a run: 0 whatever its outcome, unless `fail_on` names it."""
    if result.interrupted:
        return EXIT_TERMINATED if result.interrupted == signal.SIGTERM else EXIT_INTERRUPTED
    return EXIT_FAILED if result.outcome in (*settings.fail_on, "failed") else EXIT_DONE


def _train(options: Options, configuration: Configuration) -> int:
    from runner.cli.progress import ProgressBar
    from runner.cli.summary import Events, print_summary
    from runner.experiment import prepare, run

    settings, events = configuration.settings, Events()
    experiment = prepare(settings)
    folder = _claimed(configuration.folder)
    overrides = _recorded(configuration)
    results: list[RunResult] = []

    def task(_: DictConfig) -> None:
        results.append(run(experiment, folder, overrides=overrides, listeners=[ProgressBar(), events]))

    code = _call_hydra(options, (*overrides, _override("hydra.run.dir", str(folder))), task)
    if not results:
        return code
    print_summary(results[0], events)
    return exit_code(results[0], settings)


def _train_jobs(options: Options, configuration: Configuration) -> int:
    codes: list[int] = [EXIT_DONE]

    def task(composed: DictConfig) -> None:
        try:
            codes.append(_train_job(composed))
        except UserError as error:
            from runner.cli.terminal import print_error

            print_error(error)
            codes.append(EXIT_MISUSED)
        except Exception:  # one job's crash must not take the others with it
            from runner.cli.terminal import print_crash

            print_crash()
            codes.append(EXIT_FAILED)

    return max(*codes, _call_hydra(options, configuration.overrides, task))


def _train_job(composed: DictConfig) -> int:
    from hydra.core.hydra_config import HydraConfig

    from runner.cli.configuration import task_config, validated
    from runner.cli.progress import ProgressBar
    from runner.cli.summary import print_job
    from runner.experiment import prepare, run

    settings = validated(task_config(composed))
    job = HydraConfig.get()
    overrides = list(job.overrides.task)
    folder = Path(job.runtime.output_dir)
    result = run(prepare(settings), folder, overrides=overrides, listeners=[ProgressBar()])
    print_job(str(job.job.num), overrides, result)
    code = exit_code(result, settings)
    if result.interrupted:  # the remaining jobs, too
        raise Terminated if code == EXIT_TERMINATED else KeyboardInterrupt
    return code


def _call_hydra(options: Options, overrides: Sequence[str], task: Callable[[DictConfig], Any]) -> int:
    register(options)
    folder, name = str(options.main_folder), options.config_name
    application = hydra.main(config_path=folder, config_name=name, version_base=VERSION_BASE)(task)
    with told_in_our_voice(), called_with(options.command_line(overrides)):
        try:
            application()
        except SystemExit as ended:  # how Hydra ends after --help
            return ended.code if isinstance(ended.code, int) else EXIT_DONE
    return EXIT_DONE


def _claimed(folder: Path) -> Path:
    """The absolute path of the run folder, which exists from now on and holds no run; `UserError` otherwise."""
    folder = folder.absolute()
    if (folder / "run.json").exists():
        raise UserError(Problem("hydra.run.dir", "this folder holds a run already; name another", given=str(folder)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            Problem("hydra.run.dir", f"can't make this folder: {error.strerror}", given=str(folder))
        ) from error
    return folder


def _recorded(configuration: Configuration) -> list[str]:
    """The overrides as Hydra may write them down: without the password of the tracking store."""
    from runner.tracking.store import redact

    overrides = [redact(line) for line in configuration.overrides]
    uri = configuration.settings.tracking.uri
    if uri is not None and redact(uri) != uri:
        overrides.append(_override("tracking.uri", redact(uri)))
    return overrides


def _override(key: str, text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString

    return f"{key}={QuotedString(text, Quote.double).with_quotes()}"


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the process the way Ctrl-C does (training sees to it by itself while it lasts)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
