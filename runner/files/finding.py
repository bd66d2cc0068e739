"""Findings: the causes of a failed run with their evidence and the fixes that were run, as findings.json holds them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from runner.files.names import FINDINGS

# The numbers that speak for a cause, by name: each cause has its own.
Evidence = Mapping[str, Any]
# Where a cause shows: any of `step`, `layer` and `tensor`.
Where = Mapping[str, int | str]


@dataclass(frozen=True)
class Reached:
    """The value of a measure after a fix; None where it has none."""

    name: str
    after: float | None


@dataclass(frozen=True)
class Gain:
    """The values of a measure before and after a fix; None where it has none."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Verified:
    """What running a fix gave: the outcomes before and after, the last loss, and accuracy or R² after (`quality`).

    `seeds` says on how many of the seeds tried it worked; `steps` how many steps were run, of `planned` ones where
    the budget allowed no more, else None. `measured` is what got better, where the outcomes don't say it; `curve` some
    steps of the fixed run with its loss there, where it was trained by us.
    """

    before: str
    after: str
    loss: float | None
    quality: float | None
    seeds: str
    steps: int
    command: str
    planned: int | None = None
    measured: Gain | None = None
    curve: tuple[tuple[int, float | None], ...] = ()


@dataclass(frozen=True)
class Attempt:
    """A fix that was run and didn't help; `cut_short`: the budget did not allow all of its steps."""

    prescription: tuple[str, ...]
    after: str
    loss: float | None
    measured: Reached | None
    steps: int
    cut_short: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As findings.json holds it: null for what is no finite number."""
        held: dict[str, Any] = _finite(asdict(self))
        return held

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        measured = held.get("measured")
        return cls(
            prescription=tuple(held["prescription"]),
            after=held["after"],
            loss=held["loss"],
            measured=None if measured is None else Reached(**measured),
            steps=held["steps"],
            cut_short=bool(held.get("cut_short")),
        )


@dataclass(frozen=True)
class Finding:
    """A cause with its evidence and, where one was found, a fix that has been run; `tried` are those that didn't help.

    `symptom` is a sentence, `prescription` the overrides of the fix.
    """

    cause: str
    symptom: str
    evidence: Evidence
    where: Where
    prescription: tuple[str, ...]
    verified: Verified | None
    tried: tuple[Attempt, ...]

    def to_dict(self) -> dict[str, object]:
        """As findings.json holds it: null for what is no finite number."""
        held: dict[str, Any] = _finite(asdict(self))
        return held

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Self:
        """A finding as findings.json holds it; `ValueError` where it is none."""
        try:
            verified = held["verified"]
            return cls(
                cause=str(held["cause"]),
                symptom=str(held["symptom"]),
                evidence=held["evidence"],
                where=held["where"],
                prescription=tuple(held["prescription"]),
                verified=None if verified is None else _verified(verified),
                tried=tuple(map(Attempt.from_dict, held["tried"])),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no finding: {type(error).__name__}: {error}") from None


def findings_in(text: str) -> list[Finding]:
    """The findings that the text of a findings.json holds; `ValueError` where it is damaged."""
    held = json.loads(text)
    if not isinstance(held, list):
        raise ValueError(f"findings are a list, not {type(held).__name__}")
    return [Finding.from_dict(one) for one in held]


def read_findings(folder: Path) -> list[Finding]:
    """The findings of a run; none where it left no findings.json. `ValueError` where that is damaged."""
    path = folder / FINDINGS
    return findings_in(path.read_text(encoding="utf-8")) if path.is_file() else []


def first_cause(findings: Sequence[Finding]) -> str | None:
    """The likeliest cause; None where there is none."""
    return findings[0].cause if findings else None


def cause_in(folder: Path) -> str | None:
    """The likeliest cause of a run; None where there is none, or findings.json isn't whole."""
    try:
        return first_cause(read_findings(folder))
    except ValueError:
        return None


def _verified(held: Mapping[str, Any]) -> Verified:
    known = {one.name: held[one.name] for one in fields(Verified) if one.name in held}
    measured = held.get("measured")
    curve = tuple((int(step), loss) for step, loss in held.get("curve") or ())
    return Verified(**{**known, "measured": None if measured is None else Gain(**measured), "curve": curve})


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
