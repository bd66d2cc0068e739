"""From the overrides of a multirun to its jobs, all of them checked before the first starts.

The grammar is Hydra's: choices, ranges and globs are expanded into the product of all keys, the last one changing
fastest. Of a key that stands both in `hydra.sweeper.params` and on the command line, the latter counts.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString, Transformer
from omegaconf import DictConfig, OmegaConf

from runner.composition.checking import check
from runner.composition.composing import compose
from runner.composition.groups import groups_of
from runner.composition.hydra_errors import user_errors
from runner.composition.jobs.composer import Composer
from runner.composition.provenance import from_environment
from runner.composition.secrets import recordable, restored
from runner.composition.session import Session
from runner.errors import Problem, UserError
from runner.files.paths import relative
from runner.redaction import redact
from runner.settings import Settings, known_paths, validate
from runner.settings.sharing import trial
from runner.sweeps.job import Job, Plan
from runner.training.setup import prepare

_TRYING = 10.0  # seconds for preparing jobs before any starts

T = TypeVar("T")
# An override of one job as text, and the value that it sets.
Setting = tuple[str, Any]


def all_mistakes(hydra: Session, first: UserError) -> list[Problem]:
    """The mistakes of all jobs of a multirun whose first job is known to have some."""
    known = {str(problem): problem for problem in first.problems}
    try:
        with user_errors():
            checked = check(hydra.options.overrides, hydra.groups, known_paths())
            master = compose(hydra, checked.good).whole
        if "whynan" in str(master.hydra.sweeper.get("_target_")):
            planned(hydra.loader, master, list(master.hydra.overrides.task), None)
    except UserError as others:
        # Where all jobs could be composed, these are the same mistakes, with the jobs that they are in.
        paths = {problem.path for problem in others.problems}
        known = {text: problem for text, problem in known.items() if problem.path not in paths}
        known |= {str(problem): problem for problem in others.problems}
    return list(known.values())


def planned(loader: ConfigLoader, master: DictConfig, arguments: Sequence[str], first: Settings | None) -> Plan:
    """All jobs of a multirun; `UserError` with all mistakes of all of them.

    `master` is the configuration of the multirun itself, `first` are the settings of its first job, which have the
    passwords that `arguments` lack.
    """
    folder = Path(str(master.hydra.sweep.dir))  # resolved before the jobs are, which take it over
    _refuse_processes_of_their_own(master)
    with user_errors():
        groups = groups_of(loader, master.hydra.job.config_name, arguments)
        checked = check(arguments, groups, known_paths())
        if checked.problems:
            raise UserError(checked.problems)
        settings = dict(_expanded(checked.good))
        each = list(itertools.product(*settings.values()))
        jobs = _jobs(Composer(loader, master, groups), [[line for line, _ in job] for job in each], first)
    # A key is the same with and without the `++` that adds it where the YAML lacks it.
    keys = [key.lstrip("+~") for key in settings]
    varying = zip(keys, settings.values(), strict=True)
    factors = {key: [value for _, value in of_key] for key, of_key in varying if len(of_key) > 1}
    values = [dict(zip(keys, (value for _, value in job), strict=True)) for job in each]
    jobs = [replace(job, swept={key: known[key] for key in factors}) for job, known in zip(jobs, values, strict=True)]
    _refuse_shared_folders(jobs)
    return Plan(jobs, factors, folder, list(arguments), redact(OmegaConf.to_yaml(master)))


def planned_by_others(
    loader: ConfigLoader, master: DictConfig, lines: Sequence[Sequence[str]], first_number: int, first: Settings
) -> Plan:
    """Jobs that another sweeper asks for, of which each override is a swept one."""
    folder = Path(str(master.hydra.sweep.dir))
    with user_errors():
        groups = groups_of(loader, master.hydra.job.config_name, [line for job in lines for line in job])
        jobs = _jobs(Composer(loader, master, groups), lines, first, first_number)
    parse = OverridesParser.create().parse_override
    own = [str(line) for line in master.hydra.overrides.task]
    swept = [{o.key_or_group: _plain(o.value()) for o in map(parse, job) if o.input_line not in own} for job in lines]
    jobs = [replace(job, swept=swept_of) for job, swept_of in zip(jobs, swept, strict=True)]
    factors: dict[str, list[Any]] = {}
    for values in swept:
        for key, value in values.items():
            factors.setdefault(key, [])
            factors[key] += [value] if value not in factors[key] else []
    return Plan(jobs, factors, folder, own, redact(OmegaConf.to_yaml(master)))


def _expanded(overrides: Iterable[Override]) -> Iterator[tuple[str, list[Setting]]]:
    """Each key with its settings, in the order in which keys stand first; of equal keys the last counts."""
    found: dict[str, list[Setting]] = {}
    for override in overrides:
        key = override.get_key_element()
        if override.is_interval_sweep():
            message = "an interval can't be enumerated: give choices or a range(), or use hydra-optuna-sweeper"
            raise UserError(Problem(override.key_or_group, message, given=str(override.input_line).partition("=")[2]))
        if override.is_sweep_override():
            values = list(override.sweep_iterator())  # once, for a shuffled sweep has another order each time
            found[key] = [(f"{key}={Transformer.str(value)}", _plain(value)) for value in values]
        else:
            text = str(override.input_line) if override.is_delete() else f"{key}={override.get_value_element_as_str()}"
            found[key] = [(text, None if override.is_delete() else _plain(override.value()))]
    yield from found.items()


def _plain(value: Any) -> Any:
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def _jobs(
    composer: Composer, lines: Sequence[Sequence[str]], first: Settings | None, first_number: int = 0
) -> list[Job]:
    """The jobs of these override lists; `UserError` with the mistakes of all."""
    mistakes = _Mistakes(len(lines))
    jobs = [
        mistakes.attempt(partial(_job, composer, number, overrides, first), overrides)
        for number, overrides in enumerate(lines, start=first_number)
    ]
    good = [job for job in jobs if job is not None]
    if problems := [*mistakes.problems(), *_what_cannot_be_computed(good)]:
        raise UserError(problems)
    return good


def _job(composer: Composer, number: int, overrides: Sequence[str], first: Settings | None) -> Job:
    composed = composer(overrides, number)
    taken = from_environment(composed.unresolved)  # no error of what follows must quote it
    settings = validate(composed.resolved)
    if first is not None:
        settings = restored(settings, first)
    config = recordable(settings, taken).model_dump(mode="json")
    return Job(number, tuple(overrides), {}, settings, config, composed.folder, composed.hydra_files)


class _Mistakes:
    """The mistakes of many jobs, each reported once, with the jobs that it is in."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._found: dict[str, tuple[Problem, list[str]]] = {}

    def attempt(self, action: Callable[[], T], *jobs: Sequence[str]) -> T | None:
        """What `action` gives; None, and its mistakes are kept, where the jobs with these overrides have any."""
        try:
            return action()
        except UserError as error:
            for problem in error.problems:
                self._found.setdefault(str(problem), (problem, []))[1].extend(map(" ".join, jobs))
            return None

    def problems(self) -> list[Problem]:
        """What was found."""
        return [self._with_place(problem, where) for problem, where in self._found.values()]

    def _with_place(self, problem: Problem, where: Sequence[str]) -> Problem:
        if len(where) == self._jobs:
            return problem
        jobs = "1 job" if len(where) == 1 else f"{len(where)} jobs, the first of them"
        place = f"in {jobs} {where[0]}"
        return replace(problem, message=f"{problem.message} ({place})")


def _refuse_processes_of_their_own(master: DictConfig) -> None:
    """Refuse what our launcher doesn't do, since it trains many jobs in one process; those of others do."""
    job = master.hydra.job
    wanted = {"hydra.job.chdir": job.chdir, "hydra.job.env_set": OmegaConf.to_container(job.env_set)}
    if "whynan" in str(master.hydra.launcher.get("_target_")):
        message = (
            "jobs share processes, so none has its own working folder or variables; with hydra/launcher=basic each has"
        )
        if problems := [Problem(key, message, given=value) for key, value in wanted.items() if value]:
            raise UserError(problems)


def _refuse_shared_folders(jobs: Sequence[Job]) -> None:
    at: dict[Path, list[int]] = defaultdict(list)
    for job in jobs:
        at[job.folder].append(job.number)
    shared = next(((folder, numbers) for folder, numbers in at.items() if len(numbers) > 1), None)
    if shared is not None:
        message = f"jobs {shared[1][0]} and {shared[1][1]} would share a folder; ${{hydra.job.num}} tells jobs apart"
        raise UserError(Problem("hydra.sweep.subdir", message, given=relative(shared[0])))


def _what_cannot_be_computed(jobs: Sequence[Job]) -> list[Problem]:
    """What the data of jobs don't allow: one is prepared of all that differ only in what data can't rule out."""
    kinds: dict[str, list[Job]] = {}
    for job in jobs:
        kinds.setdefault(trial(job.settings), []).append(job)
    mistakes, started = _Mistakes(len(jobs)), time.monotonic()
    for alike in kinds.values():
        if time.monotonic() - started < _TRYING:
            mistakes.attempt(partial(prepare, alike[0].settings), *(job.overrides for job in alike))
    return mistakes.problems()
