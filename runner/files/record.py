"""What the records of runs and sweeps have in common: dataclasses that JSON holds field by field, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Record:
    """A dataclass whose fields are the keys of its JSON."""

    def to_dict(self) -> dict[str, object]:
        """As JSON holds it; tuples are lists there."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`; what a later version adds is left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
