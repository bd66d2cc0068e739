"""What a terminal sees that a pipe doesn't."""

from __future__ import annotations

import re

import pytest

from runner.cli.screen.terminal import print_error, print_failure
from runner.errors import Problem, RunError, UserError

MISTAKE = UserError([Problem("init", "unknown init 'hee'", given="hee", allowed=["he", "lecun"], nearest="he")])
PLAIN = "error: init: unknown init 'hee': did you mean 'he'?\n  allowed  he, lecun\n"


def test_a_pipe_gets_plain_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal there is no escape sequence, and the value isn't repeated where the message holds it."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    print_error(MISTAKE)
    assert capsys.readouterr().err == PLAIN


def test_a_terminal_gets_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the same text is coloured, its path bold."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    print_error(MISTAKE)
    printed = capsys.readouterr().err
    assert "\x1b[1minit\x1b[0m" in printed
    assert re.sub(r"\x1b\[[\d;]*m", "", printed) == PLAIN


def test_no_color_is_respected(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves no colour on a terminal either."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    print_error(MISTAKE)
    assert re.search(r"\x1b\[[\d;]*3\d", capsys.readouterr().err) is None


def test_long_lines_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    """A message longer than the terminal is wide stays one line, to be searched and copied."""
    print_failure(RunError("[x] " * 200))
    assert capsys.readouterr().err == f"error: {'[x] ' * 200}\n"
