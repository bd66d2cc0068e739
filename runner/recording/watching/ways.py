"""The way of a value to the loss or to a gradient, through the expressions of one recorded step."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.recording.scenario import Recorded
from runner.recording.scenarios.following import passed
from runner.recording.taping.node import Node

Span = tuple[int, int, int, int]

LOSS = "loss"
IS_NAME = re.compile(r"[^\W\d][\w.]*(\[[^\[\]]*\])*")
_MOST = 2000


@dataclass(frozen=True)
class Stop:
    """An expression on the way: its file and span, what it is called, and the place of the next stop in the list.

    `next` is -1 at the end; `end` is what the way ends at, "loss" or "the gradient of W1".
    """

    file: str
    span: Span
    text: str
    next: int
    end: str


def ways_of(recorded: Recorded, names: Sequence[str]) -> Iterator[Stop]:
    """The expressions of a step that reach its loss or a gradient, each place once."""
    ends = {passed(recorded.loss).index: LOSS}
    for name, supplied in zip(names, recorded.supplied, strict=True):
        if supplied.node is not None:
            ends.setdefault(passed(supplied.node).index, f"the gradient of {name}")
    onward: dict[int, tuple[Node | None, str]] = {}
    by_index = {node.index: node for node in recorded.tape.nodes}
    for index, called in ends.items():  # what reaches the loss gets its way there, not the one to a gradient
        onward.setdefault(index, (None, called))
        todo = [by_index[index]]
        while todo:
            node = todo.pop(0)
            for operand in node.operands:
                if operand.index not in onward:
                    onward[operand.index] = node, called
                    todo.append(operand)
    places: dict[tuple[str, Span], int] = {}
    stops: list[tuple[str, Span, str, Node | None, str]] = []
    for reaching in sorted(onward):
        node = by_index[reaching]
        if node.place is None or node.kind not in ("call", "write") or len(stops) >= _MOST:
            continue
        key = str(node.place.file), node.place.span
        if key not in places:
            places[key] = len(stops)
            stops.append((*key, called_as(node), *onward[reaching]))
    for file, span, text, then, end in stops:
        while then is not None and (then.place is None or (str(then.place.file), then.place.span) not in places):
            then = onward[then.index][0]
        then_at = -1 if then is None or then.place is None else places[str(then.place.file), then.place.span]
        yield Stop(file, span, text, then_at, end)


def called_as(node: Node) -> str:
    """The variable that is all of a value, else its expression."""
    assert node.place is not None
    text = " ".join(node.place.text.split())
    statement = node.statement
    if statement is None or statement.kind != "Assign":
        return text
    try:
        (tree,) = ast.parse(statement.place.text.strip()).body
        if isinstance(tree, ast.Assign) and ast.unparse(tree.value) == ast.unparse(ast.parse(f"({text})", mode="eval")):
            return ast.unparse(tree.targets[0])
    except (SyntaxError, ValueError):
        pass
    return text


def chain(stops: Sequence[Stop], file: str, line: int, column: int) -> tuple[tuple[str, ...], str]:
    """The stops from an expression on, by their names, and what they end at; empty where it is on no way."""
    at = next((k for k, stop in enumerate(stops) if (stop.file, *stop.span[:2]) == (file, line, column)), -1)
    if at < 0:
        return (), ""
    found, end = [], stops[at].end
    seen: set[int] = set()
    while at >= 0 and at not in seen:
        seen.add(at)
        found.append(stops[at].text)
        at = stops[at].next
    first, *others = found
    # Parts of one statement say little: those that have a name are the way.
    named = [text for text in others if IS_NAME.fullmatch(text)]
    return (*dict.fromkeys([first, *named, end]),), end
