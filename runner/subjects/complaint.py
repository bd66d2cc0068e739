"""What goes wrong with a subject, on its way to the terminal: reported inside, raised outside."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.errors import Problem, UserError


class BlackBoxError(Exception):
    """A call that failed: usually the network doesn't take so many samples, or parameters of this size.

    It is no `ValueError`, so that whoever expects it doesn't hide a mistake of ours.
    """


class SubjectError(BlackBoxError):
    """A call that the subject did not carry out: it raised, hung, ended its process or gave what can't be used.

    Its text is a sentence. The usual reason is data or parameters that the subject doesn't take.
    """


@dataclass
class Complaint(Exception):  # noqa: N818 - it is reported, and ends nothing by itself
    """A sentence for the user, raised in the child process.

    `path` is the setting that fixes it ("subject.names.loss"), empty where the subject's own code is to be fixed;
    `allowed` and `nearest` are as in `runner.errors.Problem`.
    """

    message: str
    path: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it is sent."""
        return {
            "message": self.message,
            "path": self.path,
            "allowed": list(self.allowed),
            "nearest": self.nearest,
        }


@dataclass
class Misfit(Complaint):
    """Samples that don't fit the arrays of a network, and the features and outputs `wanted`, if the shapes show it."""

    wanted: tuple[int, int] | None = None


def raised_for(complaint: Mapping[str, Any]) -> UserError | SubjectError:
    """What is raised outside for a `Complaint` as it was sent: a setting to fix, or the subject's own code."""
    if not complaint["path"]:
        return SubjectError(complaint["message"])
    return UserError(
        Problem(complaint["path"], complaint["message"], allowed=complaint["allowed"], nearest=complaint["nearest"])
    )


def error_text(error: BaseException, file: Path) -> str:
    """What an exception says, in one line, and where in the file it arose."""
    if isinstance(error, SystemExit):
        what = f"called sys.exit({error.code!r})"
    elif isinstance(error, EOFError):
        what = "waited for input, and there is nobody to type it"
    elif isinstance(error, RecursionError):
        what = "called itself without end (RecursionError)"
    else:
        text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
        text = text if len(text) <= 300 else f"{text[:300]}..."
        what = f"raised {type(error).__name__}{f': {text}' if text else ''}"
    line = line_of(error, file)
    return f"{what} ({file.name}, line {line})" if line is not None else what


def line_of(error: BaseException, file: Path) -> int | None:
    """The last line of `file` that an exception went through."""
    if isinstance(error, SyntaxError):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return lines[-1] if lines else None


# What Python 2 has and Python 3 has not, and what is written there today.
_OLD_NAMES = {"xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr", "basestring": "str"}
_OLD_METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "has_key": "in"}


def written_for_python_2(error: BaseException) -> str | None:
    """What is to be written in the place of something that only Python 2 has; None for any other error."""
    if isinstance(error, SyntaxError) and "call to 'print'" in str(error.msg):
        return "write print(...) with brackets"
    name = getattr(error, "name", None)
    if isinstance(error, NameError) and name in _OLD_NAMES:
        return f"write {_OLD_NAMES[name]} for {name}"
    if isinstance(error, AttributeError) and name in _OLD_METHODS and isinstance(getattr(error, "obj", None), dict):
        return f"write {_OLD_METHODS[name]} for {name}"
    return None
