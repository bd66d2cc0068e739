"""Their source compiled so that it can be recorded: the same code with each operation reported to the recorder."""

from __future__ import annotations

import ast
from pathlib import Path
from types import CodeType


def compile_recorded(source: str, file: Path) -> CodeType:
    """The module `source` compiled for `exec` in a namespace of its own.

    Lines and columns are those of `source`; `file` is what tracebacks and places say. `SyntaxError` as from `compile`.
    """
    return compile_tree(ast.parse(source, str(file)), source, file)


def compile_tree(tree: ast.Module, source: str, file: Path) -> CodeType:
    """The same for a syntax tree made of parts of that of `source`: one function of it, the body of a loop."""
    raise NotImplementedError
