"""What Hydra writes into `.hydra/` of a job, as texts.

Most entries are the same for all jobs of a sweep: these are formatted once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml  # type: ignore[import-untyped]

from runner.redaction import redact
from runner.texts import is_number


@dataclass(frozen=True)
class HydraRecord:
    """The configuration of a job and Hydra's own part of it, not yet written down."""

    task: Mapping[str, Any]
    hydra: Mapping[str, Any]

    def files(self) -> dict[str, str]:
        """The text of each file; entries that other jobs have, too, are formatted once."""
        below = str(self.hydra["output_subdir"] or "")
        named = {
            "config.yaml": _formatted(self.task),
            "hydra.yaml": "hydra:\n" + _formatted(self.hydra, ("hydra",)),
            "overrides.yaml": _listed(self.hydra["overrides"]["task"]),
        }
        return {f"{below}/{name}": text for name, text in named.items()} if below else {}


# Mappings and lists of Hydra's record of which most entries are those of every job.
_APART = ("runtime", "job", "overrides", "task")


def _formatted(section: Mapping[str, Any], above: tuple[str, ...] = ()) -> str:
    """The YAML of a mapping, entry by entry, indented as within those `above` it."""
    parts, margin = [], "  " * len(above)
    for key, value in section.items():
        if above and key in _APART and isinstance(value, dict):
            parts.append(f"{margin}{key}:\n{_formatted(value, (*above, key))}")
        elif above and key in _APART and isinstance(value, list) and value:
            parts.append(f"{margin}{key}:\n{_listed(value, margin)}")
        else:
            parts.append(_entry(key, repr(value), _Held(value), above))
    return "".join(parts)


def _listed(lines: Sequence[str], margin: str = "") -> str:
    """The YAML of a list of texts."""
    return "".join(margin + _item(line) for line in lines) or "[]\n"


@lru_cache(maxsize=10_000)
def _item(line: str) -> str:
    return _yaml([line])


class _Held:
    """A value that isn't compared: the text beside it in a call says whether it is the same."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=10_000)
def _entry(key: str, text: str, held: _Held, above: tuple[str, ...]) -> str:
    nested: object = {key: held.value}
    for name in reversed(above):
        nested = {name: nested}
    return "".join(_yaml(nested).splitlines(keepends=True)[len(above) :])


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """On libyaml where it is there: several times as fast as OmegaConf's."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """A text, in quotes where YAML of any version would read another type."""
    quotes = "'" if text.lower() in _TRUTH_VALUES or is_number(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quotes)


_TRUTH_VALUES = ("y", "yes", "n", "no", "true", "false", "on", "off")
_Dumper.add_representer(str, _represented)


def _yaml(content: object) -> str:
    """As OmegaConf.to_yaml writes it, but for passwords in addresses."""
    text = yaml.dump(content, default_flow_style=False, allow_unicode=True, sort_keys=False, Dumper=_Dumper)
    return redact(text)
