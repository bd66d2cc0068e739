"""What a gradient check or the ladder left, as it is drawn: from check.json, ladder.json, or results in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.gradients.mistake import GradientMistake
from runner.errors import UserError
from runner.files.json_files import read_json
from runner.files.names import CHECK, LADDER


@dataclass(frozen=True)
class LeftCheck:
    """A gradient check: what was checked, each array, the mistakes found, and the answer as label and text."""

    network: str
    loss: str
    passed: bool
    sentence: str
    arrays: tuple[ArrayCheck, ...]
    mistakes: tuple[GradientMistake, ...]
    answer: tuple[tuple[str, str], ...] = ()
    patch: str = ""
    notes: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LeftCheck:
        """From what check.json holds."""
        return cls(
            network=str(data["network"]),
            loss=str(data["loss"]),
            passed=bool(data["passed"]),
            sentence=str(data["sentence"]),
            arrays=_arrays(data),
            mistakes=_mistakes(data),
            answer=tuple((str(label), str(text)) for label, text in data["answer"]),
            patch=str(data["patch"]),
            notes=tuple(data["notes"]),
            points=tuple(data["points"]),
            left_out=tuple(data["left_out"]),
        )


@dataclass(frozen=True)
class LeftRung:
    """A rung of the ladder: what it proves, and what was found on it."""

    number: int
    title: str
    proves: str
    status: str
    network: str
    sentence: str
    work: tuple[str, ...]
    arrays: tuple[ArrayCheck, ...]
    mistakes: tuple[GradientMistake, ...]
    reason: str | None
    next_: str
    why: str
    notes: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LeftRung:
        """From what ladder.json holds of it."""
        return cls(
            number=int(data["rung"]),
            title=str(data["title"]),
            proves=str(data["proves"]),
            status=str(data["status"]),
            network=str(data["network"]),
            sentence=str(data["sentence"]),
            work=tuple(data["work"]),
            arrays=_arrays(data),
            mistakes=_mistakes(data),
            reason=data["reason"],
            next_=str(data["next"]),
            why=str(data["why_not"]),
            notes=tuple(data["notes"]),
        )


@dataclass(frozen=True)
class LeftLadder:
    """The ladder, rung by rung."""

    passed: bool
    sentence: str
    rungs: tuple[LeftRung, ...]
    notes: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LeftLadder:
        """From what ladder.json holds."""
        rungs = tuple(map(LeftRung.from_dict, data["rungs"]))
        return cls(bool(data["passed"]), str(data["sentence"]), rungs, tuple(data["notes"]))

    @property
    def drawn(self) -> LeftRung | None:
        """The last rung whose gradients were compared: the one that broke, where its gradient is wrong."""
        return next((rung for rung in reversed(self.rungs) if rung.arrays), None)

    @property
    def arrays(self) -> tuple[ArrayCheck, ...]:
        """The arrays of the rung that is drawn."""
        return self.drawn.arrays if self.drawn is not None else ()

    @property
    def network(self) -> str:
        """The network of the rung that is drawn."""
        return self.drawn.network if self.drawn is not None else ""


def read_checked(folder: Path) -> LeftCheck | LeftLadder | None:
    """What a check or a ladder left in a folder; None where it holds neither. A damaged file is a `UserError`."""
    kinds = ((CHECK, LeftCheck.from_dict), (LADDER, LeftLadder.from_dict))
    name, read = next(((name, read) for name, read in kinds if (folder / name).is_file()), (None, None))
    if name is None or read is None:
        return None
    try:
        return read(read_json(folder / name) or {})
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{folder / name} is damaged, or of an older version: {error}") from None


def _arrays(data: Mapping[str, Any]) -> tuple[ArrayCheck, ...]:
    return tuple(ArrayCheck(**one) for one in data["arrays"])


def _mistakes(data: Mapping[str, Any]) -> tuple[GradientMistake, ...]:
    return tuple(map(GradientMistake.from_dict, data["causes"]))
