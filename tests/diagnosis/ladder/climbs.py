"""Climbing in tests: the result for words of the command line, and what a result names."""

from __future__ import annotations

from composed import settings_of

from runner.diagnosis.ladder.climbing import climb_ladder
from runner.diagnosis.ladder.rung import LadderResult


def climbed(*words: str) -> LadderResult:
    """The ladder for a command line."""
    return climb_ladder(settings_of(words))


def broken_at(result: LadderResult) -> str | None:
    """The name of the rung that broke."""
    return result.broken.rung.name if result.broken is not None else None


def names(result: LadderResult) -> set[str]:
    """The mistakes that are named, ties and reasons among them, without layers and values."""
    shown = [text for cause in result.causes for text in (cause.fault, *cause.tied_with)]
    return {text.partition("@")[0].partition("=")[0] for text in shown} | ({result.reason} if result.reason else set())
