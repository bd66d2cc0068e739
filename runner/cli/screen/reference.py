"""The reference on the terminal: settings, and what can be chosen by name; lines with tabs where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace

from rich.text import Text

from runner.cli.screen.tables import print_entries
from runner.cli.screen.terminal import print_between_words, results
from runner.reference.choices import Choice
from runner.reference.settings import Setting

_SETTING = ("setting", "default", "allowed", "meaning", "only with")


def print_settings(settings: Iterable[Setting]) -> None:
    """Print settings, each with its default, what it may be, what it means, and with which choices it is there."""
    if not results().is_terminal:
        rows = [(one.path, one.default, one.allowed, one.meaning, " ".join(one.choices)) for one in settings]
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [_SETTING, *rows])
        return
    print_entries((Text.assemble((one.path, "bold"), f" = {one.default}"), list(_said(one))) for one in settings)


def _said(setting: Setting) -> Iterable[Text]:
    if setting.meaning:
        yield Text(setting.meaning)
    yield Text.assemble(("allowed: ", "dim"), setting.allowed)
    if setting.choices:
        yield Text.assemble(("only with: ", "dim"), ", ".join(setting.choices))


def print_choices(kind: str, choices: Iterable[Choice]) -> None:
    """Print what can be chosen, a line or two each."""
    if not results().is_terminal:
        rows = [(one.name, one.summary, one.override) for one in choices]
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [(kind, "what it is", "typed as"), *rows])
        return
    listed = list(choices)
    print_entries((Text(one.name, style="bold"), [Text(one.summary)]) for one in listed)
    print_between_words(Text(f"`show {kind} {listed[0].name}` says more of one.", style="dim"))


def print_choice(choice: Choice) -> None:
    """Print one choice in full: what it is, how it is typed, its settings."""
    for text in (choice.summary, *choice.details.split("\n\n")):
        if text:
            print_between_words(Text(text))
    results().print(Text(f"python -m runner {choice.override}", style="bold"), soft_wrap=True)
    if choice.settings:
        results().print()
        print_settings(replace(one, choices=()) for one in choice.settings)
