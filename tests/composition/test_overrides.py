"""Telling overrides from other words."""

from __future__ import annotations

from runner.composition.overrides import quoted, split_overrides


def test_words_and_overrides_are_distinguished() -> None:
    """Numbers, names and paths are words; whatever has a key and an equals sign is an override."""
    words = ["last", "3", "-5.5", "1e3", "a/b.csv", "2,3"]
    overrides = ["tracking.uri=sqlite:///x.db", "+a=1", "++a.b=2", "~a", "init@x=he", "hydra/launcher=basic"]
    assert split_overrides([*words, *overrides]) == (words, overrides)


def test_quoting_survives_quotes() -> None:
    """A text with quotes and backslashes is escaped for Hydra, and the whole for the shell."""
    assert quoted("a", 'say "x"') == '\'a="say \\"x\\""\''
