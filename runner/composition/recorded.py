"""From what a run has recorded of its configuration back to settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.composition.composing import Config
from runner.composition.configuration import compose_settings
from runner.composition.overrides import is_of_subject
from runner.composition.provenance import from_environment
from runner.diagnosis.fixes.changes import quoted
from runner.errors import Problem, UserError
from runner.settings import Settings, validate
from runner.settings.diagnosis import SubjectSettings

_ENVIRONMENT = "oc.env"
_VALUE = "value of the environment"  # beside the settings, to which an interpolation may refer


def settings_of(config: Mapping[str, Any], subject: SubjectSettings | None = None) -> Settings:
    """The settings of a run of one's own, from its recorded `config`; what came from the environment is read again.

    `subject` is what the user has typed of somebody's own network, without which a run of one is refused.
    """
    refuse_watched(config)
    try:
        from_environment(config)  # no error of what follows must quote it
        return validate(cast(Config, _filled_in(with_subject(config, config, subject), config)))
    except OmegaConfBaseException as error:
        raise UserError(f"the run took a value from the environment: {str(error).splitlines()[0]}") from error


def refuse_watched(config: Mapping[str, Any]) -> None:
    """Raise `UserError` for the run of a watched script: its network is not ours, and its code runs if it is named."""
    script = config.get("script")
    if script is not None:
        file = script.get("file", "") if isinstance(script, Mapping) else ""
        raise UserError(f"this run watched a script, {file}: only the script itself trains or uses its network")


def with_subject(config: Mapping[str, Any], recorded: Mapping[str, Any], subject: SubjectSettings | None) -> Config:
    """`config` with the subject of the `recorded` one, if what runs as code was typed; `UserError` otherwise.

    Code from a run is never run by itself: neither a file that it names nor the expressions that say how to call it.
    """
    said = recorded.get("subject") or {}
    wanted = _code_of(said)
    if not wanted:
        return dict(config)
    typed = {} if subject is None else _typed(subject)
    missing = {key: value for key, value in wanted.items() if typed.get(key) is None}
    if missing:
        message = "the run trained somebody's own network, whose code only runs if you name it; add to the command:"
        line = " ".join(_override(key, str(value)) for key, value in missing.items())
        raise UserError(Problem("subject", f"{message} {line}"))
    assert subject is not None
    own = {"path": subject.path, "call": subject.call, "names": subject.names.model_dump()}
    return {**config, "subject": {**said, **own}}


def typed_subject(overrides: Sequence[str]) -> SubjectSettings | None:
    """What the overrides of a command line say of a subject; None where they say nothing."""
    own = [override for override in overrides if is_of_subject(override)]
    return compose_settings(own).subject if own else None


def naming(subject: Mapping[str, Any] | None) -> str:
    """What a command about a run must add to name the code of its subject, after a space; empty for our network."""
    return "".join(f" {_override(key, str(value))}" for key, value in _code_of(subject or {}).items())


def _code_of(subject: Mapping[str, Any]) -> dict[str, Any]:
    """What of a recorded subject runs as code, as overrides."""
    if subject.get("path") is None:
        return {}
    names = {f"subject.names.{key}": value for key, value in (subject.get("names") or {}).items()}
    code = {"subject": subject["path"], **names, "subject.call": subject.get("call")}
    return {key: value for key, value in code.items() if value is not None}


def _typed(subject: SubjectSettings) -> dict[str, str | None]:
    names = {f"subject.names.{key}": value for key, value in subject.names.model_dump().items()}
    return {"subject": subject.path, "subject.call": subject.call, **names}


def _override(key: str, value: str) -> str:
    plain = key == "subject" or value.isidentifier()
    return quoted(f"{key}={value}" if plain else f'{key}="{value}"')


def _filled_in(node: Any, config: Mapping[str, Any]) -> Any:
    if isinstance(node, Mapping):
        return {key: _filled_in(value, config) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled_in(value, config) for value in node]
    if isinstance(node, str) and _ENVIRONMENT in node and "${" in node:
        return OmegaConf.create({**config, _VALUE: node})[_VALUE]
    return node
