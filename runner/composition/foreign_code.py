"""On whose word code is run that isn't ours, and what a command line may say beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runner.diagnosis.fixes.changes import quoted
from runner.errors import Problem, UserError
from runner.files.names import RECORD, SWEEP
from runner.settings import Settings
from runner.training.theirs.refusals import typed

# What Hydra may call by name: its own and its plugins, and the samplers that one of these is given.
_CALLED = ("hydra.", "hydra_plugins.", "optuna.samplers.")


def refuse_foreign_calls(job: DictConfig) -> None:
    """Raise `UserError` where Hydra would import and call what isn't its own: YAML may come from anybody."""
    if foreign := list(_foreign_calls(OmegaConf.to_container(job.hydra), "hydra")):
        raise UserError(foreign)


def _foreign_calls(config: Any, path: str) -> Iterator[Problem]:
    items: Iterable[tuple[Any, Any]] = config.items() if isinstance(config, Mapping) else ()
    for key, value in enumerate(config) if isinstance(config, list) else items:
        if key == "_target_" and not str(value).startswith(_CALLED):
            message = "only Hydra's own plugins may be named here, since it calls them"
            yield Problem(f"{path}.{key}", message, given=value)
        yield from _foreign_calls(value, f"{path}.{key}")


def refuse_code_of_a_run(settings: Settings, overrides: Sequence[str], config_dir: Path | None) -> None:
    """Raise `UserError` for a subject that only the YAML of a run names: that may be anybody's."""
    if settings.subject.path is None or config_dir is None or any(map(_names_subject, overrides)):
        return
    if any((folder / name).exists() for folder in (config_dir, config_dir.parent) for name in (RECORD, SWEEP)):
        message = f"{config_dir} belongs to a run, whose code only runs if you name it; add to the command:"
        line = quoted(f"subject={settings.subject.path}")
        raise UserError(Problem("subject.path", f"{message} {line}", given=settings.subject.path))


def _names_subject(override: str) -> bool:
    return override.lstrip("+").startswith(("subject=", "subject.path="))


def refuse_meaningless_overrides(settings: Settings, overrides: Sequence[str]) -> None:
    """Raise `UserError` for overrides that mean nothing for a subject, those included that say what is so anyway."""
    if settings.subject.path is None:
        return
    problems = [typed(override.partition("=")[0]) for override in overrides]
    if found := [problem for problem in problems if problem is not None]:
        raise UserError(found)
