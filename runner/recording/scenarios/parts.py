"""A file loaded for what it defines: what trains while it is loaded is left out, with all that depends on it.

Its classes and functions are called with samples afterwards; thousands of epochs before that would help nobody.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from pathlib import Path

from runner.recording.loading.compiling import recordable
from runner.recording.scenarios.updates import Names, body_of, called, loops

_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def definitions(tree: ast.Module, source: str, file: Path) -> types.CodeType:
    """Compile a module so that loading it defines things and trains nothing."""
    names = Names()
    names.add(tree)
    looping = _looping(tree, names)
    body: list[ast.stmt] = []
    lost: set[str] = set()
    for node in tree.body:
        if isinstance(node, _DEFINING):
            body.append(node)
        elif _trains(node, names, looping) or lost & set(_read(node)):
            lost |= set(_assigned(node))
        else:
            body.append(_unless_missing(node))
    tree.body = body
    return recordable(tree, source, file)


def _unless_missing(node: ast.stmt) -> ast.stmt:
    """A statement that is passed over where a file or an address is not there, or what was to be made of it."""
    if not any(isinstance(one, ast.Call | ast.Name) for one in ast.walk(node)):
        return node
    caught = ast.parse("try: pass\nexcept (OSError, NameError, AttributeError): pass").body[0]
    assert isinstance(caught, ast.Try)
    caught.body = [node]
    for inner in (caught, *(part for handler in caught.handlers for part in ast.walk(handler))):
        ast.copy_location(inner, node)
    return caught


def _looping(tree: ast.Module, names: Names) -> set[str]:
    """The functions that go round a training loop, or call one that does."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = {node.name for node in functions if _has_training_loop(node, names)}
    while True:
        more = {name for name, others in names.calls.items() if others & found} - found
        if not more:
            return found
        found |= more


def _has_training_loop(node: ast.AST, names: Names) -> bool:
    inner = ast.Module([node] if isinstance(node, ast.stmt) else [], [])
    return any(names.changes(body_of(loop)) for loop in loops(inner))


def _trains(node: ast.stmt, names: Names, looping: set[str]) -> bool:
    return _has_training_loop(node, names) or any(name in looping for name in called(node))


def _read(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))


def _assigned(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
