"""Repeat a run as it was recorded, and compare the numbers.

  whynan rerun RUN [tracking.uri=...] [dataset.path=FILE] [dataset.root=FOLDER] [subject=FILE:NAME]

RUN is an MLflow run id, the beginning of one, a run folder, or `last`. On the same machine (processor, BLAS, NumPy) the
numbers must be bit-for-bit identical, elsewhere equal within a relative tolerance of 1e-6; the exit code is 1 if they
aren't. From a run that was made elsewhere nothing is used that could run code or read files: no subject, no settings of
Hydra, no path, no environment variable. dataset.path= or dataset.root= says where its data are.
A network of somebody's own is repeated only if subject= names it again; where its file has changed, that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape
from rich.text import Text

from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.screen.progress import ProgressBar
from runner.cli.screen.summary import print_summary
from runner.cli.screen.terminal import messages, print_between_words, results
from runner.composition.composing import Config
from runner.composition.configuration import configuration_of
from runner.composition.overrides import is_of_subject, split_overrides
from runner.composition.provenance import from_environment
from runner.composition.recorded import refuse_watched, settings_of, typed_subject, with_subject
from runner.composition.secrets import recordable
from runner.errors import Problem, UserError
from runner.experiment import Request, prepare, run
from runner.files.comparison import TOLERANCE, Comparison, Table, compare, same_machine
from runner.files.history import read_history
from runner.files.names import HISTORY
from runner.files.run_record import read_record
from runner.files.summary import read_summary
from runner.report.trackers import trackers
from runner.settings import Settings, validate
from runner.settings.diagnosis import SubjectSettings
from runner.tracking.resuming import refuse_if_trained
from runner.tracking.runs import FoundRun, find_run
from runner.tracking.trackers import OUTPUTS, store_named
from runner.training.record import changed_files

_PLACES = ("dataset.path", "dataset.root")
_NOT_TAKEN = ("subject", "hydra", "tracking")


def main(arguments: list[str]) -> int:
    """Repeat a run; 1 where the numbers differ."""
    words, overrides = split_overrides(arguments)
    if len(words) != 1:
        raise UserError("which run? `rerun last`, or give a run id or a run folder in place of `last`")
    places = {key: value for key, _, value in (word.partition("=") for word in overrides) if key in _PLACES}
    others = [word for word in overrides if not word.startswith("tracking") and not is_of_subject(word)]
    strange = [word for word in others if word.partition("=")[0] not in places]
    if strange:
        message = "a rerun changes nothing of a run"
        raise UserError(Problem(word.partition("=")[0], message, given=word) for word in strange)
    mine = configuration_of([word for word in overrides if word.startswith("tracking")])
    found = find_run(words[0], store_named(mine.settings.tracking), OUTPUTS)
    if found.local:
        refuse_if_trained(found.folder, "; it can be repeated when it has ended")
    refuse_watched(found.config)
    before = read_history(found.file(HISTORY))
    typed = typed_subject(overrides)
    settings = repeated(found, places, typed).model_copy(update={"tracking": mine.settings.tracking})
    setup = prepare(settings)
    for change in changed_files(found.record, setup):
        messages().print(f"[bold yellow]warning:[/] {escape(change)}: the numbers may differ")
    if setup.dataset.digest != found.record.dataset.digest:
        raise UserError(f"the data are not those of the run ({setup.dataset.name}): their digests differ")
    said = [word for word in found.record.overrides if not word.lstrip("~+").startswith(_NOT_TAKEN)]
    said += [word for word in overrides if is_of_subject(word)]
    with trackers() as tracker_of, ProgressBar() as bar:
        tracker = tracker_of(settings.tracking)
        written = recordable(settings, from_environment(_taken_over(found, places, typed))).model_copy(
            update={"tracking": mine.recordable.tracking}
        )
        config = written.model_dump(mode="json")
        result = run(setup, mine.folder, Request(said, config), listeners=[bar], tracker=tracker)
    if result.signal:
        print_summary(result)
        return 128 + result.signal
    again = read_record(result.folder)
    here = again is not None and same_machine(found.record, again)
    after = read_history(result.folder / HISTORY)
    rows = _comparable(found, before, after)
    compared = compare(before, after, 0.0 if here else TOLERANCE, rows)
    print_between_words(Text(_verdict(compared, here=here), style="bold"))
    results().print()
    print_summary(result)
    return EXIT_DONE if compared.agrees else EXIT_FAILED


def repeated(found: FoundRun, places: Mapping[str, str], subject: SubjectSettings | None = None) -> Settings:
    """The settings of a run for another time; of a run from elsewhere without what could run code or read files."""
    config = _taken_over(found, places, subject)
    if found.local:
        return settings_of(config, subject)
    if (foreign := next(_interpolations(config), None)) is not None:
        raise UserError(f"the run was not made here, and takes a value from the environment: {foreign}")
    return validate(config)


def _taken_over(found: FoundRun, places: Mapping[str, str], subject: SubjectSettings | None) -> Config:
    """The configuration of a run for another time, interpolations as they stand."""
    config: Config = {name: value for name, value in found.config.items() if name not in _NOT_TAKEN}
    data = dict(config["dataset"])
    for place in _PLACES:
        key = place.partition(".")[2]
        if place in places:
            data[key] = places[place]
        elif not found.local and data.get(key) is not None:
            raise UserError(
                Problem(place, "the run was not made here, and its paths are not followed: say where its data lie")
            )
    config["dataset"] = data
    return with_subject(config, found.config, subject)


def _interpolations(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _interpolations(value)
    elif isinstance(node, list):
        for value in node:
            yield from _interpolations(value)
    elif isinstance(node, str) and "${" in node:
        yield node


def _comparable(found: FoundRun, before: Table, after: Table) -> int:
    """How many rows are of the same steps: not the last one of a run that was ended early, which is no step."""
    summary = read_summary(found.folder)
    cut_off = summary is not None and (summary.outcome in ("interrupted", "failed") or summary.stopped is not None)
    return min(len(before["step"]) - cut_off, len(after["step"]))


def _verdict(compared: Comparison, *, here: bool) -> str:
    if compared.identical:
        return f"the same to the last bit: all {compared.rows:,} rows of the history"
    if compared.agrees:
        return f"the same within {compared.largest:.1e} (another processor, BLAS or NumPy): {compared.rows:,} rows"
    place = "on the same machine" if here else f"by more than {TOLERANCE:g}, on another processor, BLAS or NumPy"
    where = f"first at step {compared.step:,} in {compared.column}"
    return f"the numbers differ {place}: {where}, by up to {compared.largest:.1e}"
