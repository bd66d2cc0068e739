"""What the shipped YAML says about itself: the comment beside each key, and the lines above the first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import yaml  # type: ignore[import-untyped]

_COMMENT = re.compile(r"\s#\s*(.+?)\s*$")


@dataclass(frozen=True)
class Line:
    """A key of a YAML file: dotted path, value as it is written ("" for a mapping), the comment beside it."""

    path: str
    value: str
    comment: str


def heading(text: str) -> str:
    """The comment that a YAML file begins with, as one text; Hydra's directives (`@package`) are no part of it."""
    lines = [line.lstrip("# ").rstrip() for line in takewhile(lambda line: line.startswith("#"), text.splitlines())]
    return " ".join(line for line in lines if not line.startswith("@"))


def commented(file: Path) -> Iterator[Line]:
    """The keys of a YAML file, from top to bottom; those of a mapping after its own."""
    text = file.read_text(encoding="utf-8")
    yield from _keys(yaml.compose(text), text.splitlines(), "")


def _keys(node: yaml.Node | None, lines: list[str], prefix: str) -> Iterator[Line]:
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _keys(one, lines, prefix)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        path = f"{prefix}{key.value}"
        below = isinstance(value, yaml.CollectionNode) and not value.flow_style
        end = key.end_mark if below else value.end_mark
        found = _COMMENT.search(lines[end.line], end.column) if end.line < len(lines) else None
        written = "" if below else _written(value, lines)
        yield Line(path, written, found[1] if found else "")
        if below:
            yield from _keys(value, lines, f"{path}.")


def _written(node: yaml.Node, lines: list[str]) -> str:
    start, end = node.start_mark, node.end_mark
    return lines[start.line][start.column : end.column] if start.line == end.line else "..."
