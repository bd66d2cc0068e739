"""What a run may write down of its settings: no password, and nothing that came from an environment variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from pydantic import BaseModel

from runner.composition.composing import Composition
from runner.composition.provenance import Keys
from runner.redaction import redact, redacted_address
from runner.settings import Settings

T = TypeVar("T")


def recordable(settings: Settings, taken: Mapping[Keys, str]) -> Settings:
    """`settings` with the interpolation itself where a text came from the environment, and redacted addresses.

    `taken` are the interpolations that took one, by path: what `from_environment` gives of the configuration.
    """
    for path, text in taken.items():
        settings = _replaced(settings, path, text)
    uri = settings.tracking.uri
    return settings if uri is None else _replaced(settings, ("tracking", "uri"), redacted_address(uri))


def concealed(composition: Composition, uri: str | None) -> tuple[list[str], DictConfig]:
    """The overrides, and what Hydra carries out, as Hydra may write them down: without a password.

    `uri` is the address of the tracking store, in which a password may have come from a file or the environment.
    """
    typed = [str(override.input_line) for override in composition.overrides]
    lines = [redact(line) for line in typed]
    several = any(line.startswith("tracking=") and "," in line for line in lines)
    if uri is not None and redacted_address(uri) != uri and not several:
        lines.append(f"tracking.uri={QuotedString(redacted_address(uri), Quote.double).with_quotes()}")
    if lines == typed:
        return lines, composition.whole
    config = composition.whole.copy()
    with open_dict(config), read_write(config):
        if len(lines) > len(typed):
            OmegaConf.update(config, "tracking.uri", redacted_address(str(uri)), force_add=True)
        config.hydra.overrides.task = lines
        _redact(config, OmegaConf.to_container(config, resolve=False))
    return lines, config


def restored(settings: Settings, original: Settings) -> Settings:
    """`settings` that were composed from what is recorded, with the password of `original` back in the address."""
    uri = original.tracking.uri
    if uri is None or settings.tracking.uri != redacted_address(uri):
        return settings
    return _replaced(settings, ("tracking", "uri"), uri)


def _redact(config: Any, texts: Any) -> None:
    """Redact what a configuration holds; `texts` are its values as they stand, interpolations not filled in."""
    for key, value in texts.items() if isinstance(texts, dict) else enumerate(texts):
        if isinstance(value, (dict, list)):
            _redact(config[key], value)
        elif isinstance(value, str) and redact(value) != value:
            config[key] = redact(value)


def _replaced(value: T, path: Sequence[str | int], text: str) -> T:
    """A copy with `text` at `path`, unchecked: it is for writing down only. Numbers stay, since training reads them."""
    return cast(T, _with_text(value, path, text))


def _with_text(value: object, path: Sequence[str | int], text: str) -> object:
    if not path and isinstance(value, str):
        return text
    here, rest = (path[0], path[1:]) if path else (None, path)
    if isinstance(value, BaseModel):
        names = [name for name in type(value).model_fields if here in (None, name)]
        return value.model_copy(update={name: _with_text(getattr(value, name), rest, text) for name in names})
    if isinstance(value, dict):
        return {key: _with_text(one, rest, text) if here in (None, key) else one for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_with_text(one, rest, text) if here in (None, at) else one for at, one in enumerate(value))
    return value
