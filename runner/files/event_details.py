"""The details of a non-finite event: the operands of its call, where their values came from, what had been growing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operand:
    """An array that a call read: its range, and the value behind the bad result.

    `min` and `max` are None where there are NaN or infinities in it. `value` stands at index `at`; both are None where
    no single value is to blame. `count` is how many of its values made trouble, None where that isn't clear.
    """

    min: float | None
    max: float | None
    value: float | None = None
    at: tuple[int, ...] | None = None
    count: int | None = None

    def to_dict(self) -> dict[str, object]:
        """The operand as events.jsonl holds it."""
        behind = {} if self.at is None else {"value": self.value, "at": list(self.at)}
        return {"min": self.min, "max": self.max, **behind, **known(count=self.count)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Operand:
        """The inverse of `to_dict`."""
        at = data.get("at")
        return cls(
            data.get("min"), data.get("max"), data.get("value"), None if at is None else tuple(at), data.get("count")
        )


@dataclass(frozen=True)
class SourceValue:
    """A value that led to a bad result: the tensor, the value, how many of the tensor's entries have exactly it."""

    tensor: str
    value: float | None
    count: int | None = None

    def to_dict(self) -> dict[str, object]:
        """The value as events.jsonl holds it."""
        return {"tensor": self.tensor, "value": self.value, **known(count=self.count)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SourceValue:
        """The inverse of `to_dict`."""
        return cls(data["tensor"], data.get("value"), data.get("count"))


@dataclass(frozen=True)
class Growth:
    """A quantity that grew until a run broke: from `start` at step `since` to `end` at step `until`.

    It grew by `factor` a step on average and doubled every `doubling` steps. `others` grew too, by less.
    """

    quantity: str
    since: int
    until: int | None
    start: float
    end: float
    factor: float
    doubling: float
    others: tuple[Growth, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """The growth as events.jsonl holds it, with the others."""
        return {**self._own(), "others": [other._own() for other in self.others]}

    def _own(self) -> dict[str, object]:
        return {
            "quantity": self.quantity,
            "since": self.since,
            "until": self.until,
            "from": self.start,
            "to": self.end,
            "factor": self.factor,
            "doubling": self.doubling,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Growth:
        """The inverse of `to_dict`."""
        return cls(
            data["quantity"],
            data["since"],
            data.get("until"),
            data["from"],
            data["to"],
            data["factor"],
            data["doubling"],
            tuple(map(cls.from_dict, data.get("others", ()))),
        )


def known(**values: Any) -> dict[str, object]:
    """Those of some values that are known, as JSON has them: None is left out."""
    return {name: value for name, value in values.items() if value is not None}
