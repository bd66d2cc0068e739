"""The code of a program's texts: rewritten so that it can be recorded, each text once."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from runner.recording.loading.filling import filled
from runner.recording.loading.hooks import hooked
from runner.recording.loading.precision import SHORTER, doubled
from runner.recording.rewriting.rewrite import compile_tree, say_as_written

Compile = Callable[[ast.Module, str, Path], types.CodeType]


def recordable(tree: ast.Module, source: str, file: Path) -> types.CodeType:
    """Compile a module so that it can be recorded, with its loops saying when a turn begins."""
    return compile_tree(tree, source, file, hooked)


def filling(tree: ast.Module, source: str, file: Path) -> types.CodeType:
    """The same for a program whose data are missing."""
    return recordable(filled(tree), source, file)


@lru_cache(maxsize=256)
def parsed(text: str, file: Path) -> ast.Module:
    """The syntax tree of a text, for looking at."""
    return ast.parse(text, str(file))


@lru_cache(maxsize=256)
def code_of(text: str, file: Path, compiling: Compile, constants: tuple[tuple[str, int], ...]) -> types.CodeType:
    """The code of a text: a program is run many times, and most of its files stay as they are."""
    tree = ast.parse(text, str(file))
    for node in ast.walk(tree) if constants else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and len(node.targets) == 1:
            name = ast.unparse(node.targets[0])
            node.value.value = dict(constants).get(name, node.value.value)
    if any(word in text for word in SHORTER):
        doubled(tree)
    if not constants and compiling is not filling:
        say_as_written(tree)
    return compiling(tree, text, file)
