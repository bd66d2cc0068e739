"""Somebody's script run as `python FILE ARGUMENTS` would run it: its output, exit code and exceptions are its own."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType

from runner.recording.loading.source import read_source
from runner.recording.watching.instrument import NAMES, Hooks, instrumented, watched_files
from runner.recording.watching.step import WatchedStep

INTERRUPTED = 130


@dataclass(frozen=True)
class Ended:
    """How a script ended: its exit code, and what it raised, None where it raised nothing that Python would show."""

    code: int
    error: BaseException | None = None

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return isinstance(self.error, KeyboardInterrupt)


def run_script(file: Path, arguments: Sequence[str], step: WatchedStep | None, hooks: Hooks) -> Ended:
    """Run a script in this process as `__main__`, with the hooks in its training loop.

    What it raises is shown as Python shows it, without our frames.
    """
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=str(file), __spec__=None, __builtins__=builtins)
    before = sys.modules["__main__"], list(sys.argv), list(sys.path)
    finder = _Watched(watched_files(step), step)
    sys.modules["__main__"] = module
    sys.argv[:] = [str(file), *arguments]
    sys.path[:] = [str(file.parent), *(one for one in sys.path if one not in ("", str(Path.cwd())))]
    sys.meta_path.insert(0, finder)
    with_hooks(hooks)
    try:
        exec(instrumented(read_source(file).text, str(file), step), module.__dict__)
    except SystemExit as error:
        return Ended(_exit_code(error))
    except BaseException as error:
        _show(error, str(file))
        return Ended(INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1, error)
    finally:
        sys.meta_path.remove(finder)
        sys.modules["__main__"], sys.argv[:], sys.path[:] = before
        with_hooks(None)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    return Ended(0)


def with_hooks(hooks: Hooks | None) -> None:
    """Have instrumented code find its hooks, or none any more; among the builtins, where no script looks."""
    for name in NAMES:
        if hooks is not None:
            setattr(builtins, name, hooks.names()[name])
        elif hasattr(builtins, name):
            delattr(builtins, name)


def _exit_code(error: SystemExit) -> int:
    """The exit code as Python makes it of what `sys.exit` was given."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    sys.stderr.write(f"{error.code}\n")
    return 1


def _show(error: BaseException, file: str) -> None:
    """Show an exception as Python would, from the script's own first line on."""
    traceback = error.__traceback__
    while (
        traceback is not None and not isinstance(error, SyntaxError) and traceback.tb_frame.f_code.co_filename != file
    ):
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and traceback is not None and error.filename == file:
        traceback = None
    at = traceback
    while at is not None and at.tb_next is not None:
        if Path(at.tb_next.tb_frame.f_code.co_filename).parent == Path(__file__).parent:
            at.tb_next = None  # Ctrl-C came while we measured
            break
        at = at.tb_next
    error.__traceback__ = traceback
    sys.excepthook(type(error), error, traceback)


class _Watched(importlib.abc.MetaPathFinder):
    """Finds the modules of the script that have hooks, and has them compiled with these."""

    def __init__(self, files: Sequence[str], step: WatchedStep | None) -> None:
        self._files, self._step = set(files), step

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a watched module, None for all others."""
        if not self._files:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin not in self._files:
            return None
        spec.loader = _Loader(fullname, spec.origin, self._step)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a module with hooks; nothing of it is kept on the disk."""

    def __init__(self, fullname: str, path: str, step: WatchedStep | None) -> None:
        super().__init__(fullname, path)
        self._step = step

    def get_code(self, fullname: str) -> CodeType:
        """The code with hooks."""
        path = self.get_filename(fullname)
        return instrumented(read_source(Path(path)).text, path, self._step)
