"""What a run may write down of its settings: no password, and nothing that came from an environment variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from hydra.core.override_parser.types import Quote, QuotedString
from pydantic import BaseModel

from runner.settings import Settings
from runner.tracking.store import redact

Model = TypeVar("Model", bound=BaseModel)


def recordable(settings: Settings, unresolved: Mapping[str, Any]) -> Settings:
    """`settings` with the interpolation itself where a text came from the environment, and redacted addresses.

    `unresolved` is the composed configuration before its interpolations were filled in.
    """
    for path, text in _from_environment(unresolved):
        settings = _replaced(settings, path, text)
    uri = settings.tracking.uri
    return settings if uri is None else _replaced(settings, ("tracking", "uri"), redact(uri))


def recordable_overrides(lines: Sequence[str], uri: Any) -> list[str]:
    """Overrides as Hydra may write them down: without the password of the tracking store, whose address is `uri`."""
    shown = [redact(line) for line in lines]
    several = any(line.startswith("tracking=") and "," in line for line in lines)
    if isinstance(uri, str) and redact(uri) != uri and not several:
        shown.append(f"tracking.uri={QuotedString(redact(uri), Quote.double).with_quotes()}")
    return shown


def restored(settings: Settings, original: Settings) -> Settings:
    """`settings` that were composed from what is recorded, with the password of `original` back in the address."""
    uri = original.tracking.uri
    if uri is None or settings.tracking.uri != redact(uri):
        return settings
    return _replaced(settings, ("tracking", "uri"), uri)


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
