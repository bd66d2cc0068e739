"""What a run may write down of its settings: no password, and nothing that came from an environment variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from hydra.core.override_parser.types import Quote, QuotedString
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from pydantic import BaseModel

from runner.composition.composing import Composition
from runner.redaction import redact
from runner.settings import Settings

Model = TypeVar("Model", bound=BaseModel)


def recordable(settings: Settings, unresolved: Mapping[str, Any]) -> Settings:
    """`settings` with the interpolation itself where a text came from the environment, and redacted addresses.

    `unresolved` is the composed configuration before its interpolations were filled in.
    """
    for path, text in _from_environment(unresolved):
        settings = _replaced(settings, path, text)
    uri = settings.tracking.uri
    return settings if uri is None else _replaced(settings, ("tracking", "uri"), redact(uri))


def concealed(composition: Composition, uri: str | None) -> tuple[list[str], DictConfig]:
    """The overrides, and what Hydra carries out, as Hydra may write them down: without a password.

    `uri` is the address of the tracking store, in which a password may have come from a file or the environment.
    """
    typed = [str(override.input_line) for override in composition.overrides]
    lines = [redact(line) for line in typed]
    several = any(line.startswith("tracking=") and "," in line for line in lines)
    if uri is not None and redact(uri) != uri and not several:
        lines.append(f"tracking.uri={QuotedString(redact(uri), Quote.double).with_quotes()}")
    if lines == typed:
        return lines, composition.whole
    config = composition.whole.copy()
    with open_dict(config), read_write(config):
        if len(lines) > len(typed):
            OmegaConf.update(config, "tracking.uri", redact(str(uri)), force_add=True)
        config.hydra.overrides.task = lines
        _redact(config, OmegaConf.to_container(config, resolve=False))
    return lines, config


def restored(settings: Settings, original: Settings) -> Settings:
    """`settings` that were composed from what is recorded, with the password of `original` back in the address."""
    uri = original.tracking.uri
    if uri is None or settings.tracking.uri != redact(uri):
        return settings
    return _replaced(settings, ("tracking", "uri"), uri)


def _redact(config: Any, texts: Any) -> None:
    """Redact what a configuration holds; `texts` are its values as they stand, interpolations not filled in."""
    for key, value in texts.items() if isinstance(texts, dict) else enumerate(texts):
        if isinstance(value, (dict, list)):
            _redact(config[key], value)
        elif isinstance(value, str) and redact(value) != value:
            config[key] = redact(value)


def _from_environment(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _from_environment(value, (*path, str(key)))
    elif isinstance(node, str) and "${oc.env:" in node:
        yield path, node


def _replaced(model: Model, path: Sequence[str], text: str) -> Model:
    """A copy with `text` at `path`, unchecked: it is for writing down only. Numbers stay, since training reads them."""
    key, *rest = path
    value = getattr(model, key, None)
    if rest and isinstance(value, BaseModel):
        return model.model_copy(update={key: _replaced(value, rest, text)})
    if not rest and isinstance(value, str):
        return model.model_copy(update={key: text})
    return model
