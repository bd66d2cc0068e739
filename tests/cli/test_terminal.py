"""What a terminal sees that a pipe doesn't."""

from __future__ import annotations

import re

import pytest

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import print_between_words, print_error, print_failure
from runner.errors import Problem, RunError, UserError
from runner.explaining.explanation import Line

MISTAKE = UserError([Problem("init", "unknown init 'hee'", given="hee", allowed=["he", "lecun"], nearest="he")])
PLAIN = "error: init: unknown init 'hee': did you mean 'he'?\n  allowed  he, lecun\n"


def test_a_pipe_gets_plain_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal there is no escape sequence, and the value isn't repeated where the message holds it."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    print_error(MISTAKE)
    assert capsys.readouterr().err == PLAIN


def test_a_terminal_gets_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the same text is coloured, its path bold, and where to read about the setting is added."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    print_error(MISTAKE)
    printed = capsys.readouterr().err
    assert "\x1b[1minit\x1b[0m" in printed
    more = "  more     python -m runner show settings init\n"
    assert re.sub(r"\x1b\[[\d;]*m", "", printed) == PLAIN + more


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


@pytest.mark.parametrize("width", [40, 55, 80])
def test_lines_are_broken_between_words(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal no word is broken and no line is too long, but for a word that is; what goes on is indented."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    long = "a_name_of_many_letters_that_fills_more_than_any_line_of_a_terminal_that_is_as_narrow_as_this_one"
    text = f"cause    [bold]one[/] {'of several words, ' * 7}{long} and the rest of it"
    print_between_words(text, indent=9)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert " ".join(" ".join(lines).split()) == " ".join(text.replace("[bold]", "").replace("[/]", "").split())
    assert all(len(line) <= width for line in lines if long not in line)
    assert all(line.startswith(" " * 9) for line in lines[1:])


def test_commands_stand_on_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """However narrow the terminal is: a command that is broken can't be copied."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    command = "python -m runner experiment=post/planar loss.from_logits=true optimizer.lr=0.25"
    print_explanation(
        [Line("fix", "three words and some more of them follow here", "fix"), Line("", command, "command")]
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert lines[-1].strip() == command
    assert len(lines) == 3
