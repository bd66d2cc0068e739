"""The body of a `with` block as a script: written to a file with all that it uses, and run where it stands, with hooks.

The block itself is not entered: tracing makes Python leave it at its first line, and the body is run in its place.
"""

from __future__ import annotations

import ast
import linecache
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import UserError
from runner.recording.loading.live import Written
from runner.recording.watching.instrument import Hooks, instrumented_tree
from runner.recording.watching.script import Ended, with_hooks
from runner.recording.watching.step import WatchedStep


class Skipped(BaseException):
    """Leaves the `with` block."""


@dataclass(frozen=True)
class Body:
    """The body of a block: its file, the first line of it there and where it stands, and the variables that it sees."""

    file: Path
    first: int
    stands_at: int
    namespace: dict[str, Any]

    def run(self, step: WatchedStep | None, hooks: Hooks) -> Ended:
        """Run it where it stands; what it raises is how it ended."""
        text = self.file.read_text(encoding="utf-8")
        tree = ast.parse(text, str(self.file))
        body = ast.Module([node for node in tree.body if node.lineno >= self.first], [])
        if step is None:
            code = compile(body, str(self.file), "exec", dont_inherit=True)
        else:
            code = instrumented_tree(body, text, str(self.file), step)
        with_hooks(hooks)
        try:
            with self._hooked(text, step):
                exec(code, self.namespace)
        except BaseException as error:
            return Ended(1, error)
        finally:
            with_hooks(None)
        return Ended(0)

    @contextmanager
    def _hooked(self, text: str, step: WatchedStep | None) -> Iterator[None]:
        """The functions and methods of the session with the hooks that lie in them."""
        held: list[tuple[types.FunctionType, types.CodeType]] = []
        if step is not None:
            tree = ast.parse(text, str(self.file))
            whole = instrumented_tree(tree, text, str(self.file), step)
            for function, code in _pairs(whole, self.namespace):
                if code.co_freevars == function.__code__.co_freevars:
                    held.append((function, function.__code__))
                    function.__code__ = code
        try:
            yield
        finally:
            for function, code in held:
                function.__code__ = code


def require_top(frame: types.FrameType) -> None:
    """Raise `UserError` where a frame is that of a function: its variables could not be kept."""
    if frame.f_locals is not frame.f_globals:
        raise UserError("`with watch():` stands at the top of a cell or script, not in a function")


def body_at(frame: types.FrameType, folder: Path) -> Body:
    """The body of the `with` block that a frame enters; `UserError` where its source is not known."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    text = "".join(lines)
    try:
        blocks = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.With)]
    except SyntaxError:
        blocks = []
    block = next((node for node in blocks if node.lineno <= frame.f_lineno <= node.body[0].lineno), None)
    if block is None:
        raise UserError("the source of the `with watch():` block is not known to Python: run it in a cell or a file")
    last = block.body[-1].end_lineno
    own = textwrap.dedent("".join(lines[block.body[0].lineno - 1 : last]))
    written = Written(frame.f_globals, folder)
    written.add_state(ast.parse(own))
    head = written.text() + "\n\n"
    file = folder / "cell.py"
    file.write_text(head + own, encoding="utf-8")
    return Body(file, head.count("\n") + 1, block.body[0].lineno, frame.f_globals)


def skip(frame: types.FrameType) -> None:
    """Have a frame raise `Skipped` at its next line."""

    def trace(at: types.FrameType, event: str, argument: Any) -> None:
        at.f_trace = None
        sys.settrace(before)
        raise Skipped

    before = sys.gettrace()
    sys.settrace(lambda *_: None)
    frame.f_trace = trace


def _pairs(module: types.CodeType, namespace: Mapping[str, Any]) -> Iterator[tuple[types.FunctionType, types.CodeType]]:
    """The functions of the session, and those of classes of it, with their code in a module."""
    for code in module.co_consts:
        if not isinstance(code, types.CodeType):
            continue
        held = namespace.get(code.co_name)
        if isinstance(held, types.FunctionType) and held.__module__ == namespace.get("__name__"):
            yield held, code
        elif isinstance(held, type):
            yield from _pairs(code, {**vars(held), "__name__": namespace.get("__name__")})
