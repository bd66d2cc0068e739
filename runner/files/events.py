"""What happened to a run: events.jsonl holds an event a line.

`event_of` is the inverse of `Event.to_dict`. It takes what is missing as unknown, since a file may come from another
version of this program, or from anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from runner.files.event_details import Growth, Operand, SourceValue, known
from runner.files.finding import Attempt, Reached
from runner.files.json_files import read_lines
from runner.files.names import EVENTS
from runner.files.record import Record

NONFINITE_KINDS = ("nan", "inf", "overflow")
DEAD, SATURATED = UNIT_KINDS = ("dead_units", "saturated_units")
ROLLBACK, RATE_LOWERED = "rollback", "rate_lowered"
DIAGNOSIS_FAILED, UNEXPLAINED = "diagnosis_failed", "no_cause_found"
KINDS = (*NONFINITE_KINDS, *UNIT_KINDS, ROLLBACK, RATE_LOWERED, DIAGNOSIS_FAILED, UNEXPLAINED)


@dataclass(frozen=True)
class Event(Record):
    """Something that happened at a step: its kind, one of `KINDS`, and the phase of the step in which it did."""

    kind: str
    step: int
    phase: str


@dataclass(frozen=True)
class NonfiniteEvent(Event):
    """The first value of a step that was not finite and reached its loss or gradient.

    `kind`     `nan`, `inf` or `overflow`
    `phase`    `data` (inputs and targets), `init` and `update` (parameters, made non-finite by the update before this
               step), `forward`, `loss`, `backward`
    `layer`    counted from 1; 0 where the value belongs to none
    `tensor`, `call`: where; `position` is the call's index in the program, None for data and initial values
    `count`    non-finite entries of the tensor, out of `size`
    `sample`   the first bad sample, as its number in the training split; None where the tensor has no samples
    `samples`  the bad samples, at most ten
    `unit`     the first bad unit of that sample: the row of the tensor, counted from 0; None where it has no rows
    `operands` of the call, by name
    `origin`   how the bad value came about, entry by entry, from the call's operand back
    `chain`    the results from the tensor to the loss, or to the first gradient that it reached
    `approach` what had been growing before it; looked for at the `first` such event of a run alone
    """

    layer: int
    tensor: str
    call: str
    position: int | None = None
    count: int | None = None
    size: int | None = None
    sample: int | None = None
    samples: tuple[int, ...] | None = None
    unit: int | None = None
    operands: Mapping[str, Operand] | None = None
    origin: tuple[SourceValue, ...] = ()
    chain: tuple[str, ...] = ()
    first: bool = False
    approach: Growth | None = None

    def to_dict(self) -> dict[str, object]:
        """The event as events.jsonl holds it."""
        samples = {} if self.samples is None else {"sample": self.sample, "samples": list(self.samples)}
        approach = {"approach": None if self.approach is None else self.approach.to_dict()} if self.first else {}
        return {
            **_plain(self),
            "layer": self.layer,
            "tensor": self.tensor,
            "call": self.call,
            **known(position=self.position, count=self.count, size=self.size),
            **samples,
            **known(unit=self.unit),
            "operands": {name: operand.to_dict() for name, operand in (self.operands or {}).items()},
            "origin": [value.to_dict() for value in self.origin],
            "chain": list(self.chain),
            **approach,
        }


@dataclass(frozen=True)
class UnitsEvent(Event):
    """Most units of a hidden layer were found dead or saturated for the first time: `count` of `size`.

    `line` is that of the activation in somebody's script.
    """

    layer: int
    tensor: str
    count: int
    size: int
    line: int | None = None

    def to_dict(self) -> dict[str, object]:
        """The event as events.jsonl holds it, with the share of the units."""
        plain = {key: value for key, value in super().to_dict().items() if key != "line"}
        return {**plain, "share": self.count / self.size if self.size else 0.0, **known(line=self.line)}


@dataclass(frozen=True)
class RollbackEvent(Event):
    """The parameters went back to those of the last evaluation; the learning rate is `lr_scale` times as configured."""

    lr_scale: float

    def to_dict(self) -> dict[str, object]:
        """The event as events.jsonl holds it."""
        return {**_plain(self), "layer": 0, "lr_scale": self.lr_scale}


@dataclass(frozen=True)
class RateEvent(Event):
    """A plateau schedule has lowered the learning rate to `lr`, from the update of this step on."""

    lr: float

    def to_dict(self) -> dict[str, object]:
        """The event as events.jsonl holds it."""
        return {**_plain(self), "lr": self.lr}


@dataclass(frozen=True)
class DiagnosisFailedEvent(Event):
    """The diagnosis broke off, for this reason."""

    reason: str


@dataclass(frozen=True)
class UnexplainedEvent(Event):
    """The run is not healthy, and no cause was found.

    `measured` is accuracy or R² on the training data, `reference` what cheap predictions of each sample from the others
    reach there, None for few samples; `tried` are the fixes that were run.
    """

    measured: Reached
    reference: float | None
    tried: tuple[Attempt, ...]

    def to_dict(self) -> dict[str, Any]:
        """The event as events.jsonl holds it."""
        own = {"measured": asdict(self.measured), "reference": self.reference}
        return {**super().to_dict(), **own, "tried": [one.to_dict() for one in self.tried]}


def _plain(event: Event) -> dict[str, object]:
    return {"kind": event.kind, "step": event.step, "phase": event.phase}


def event_of(data: Mapping[str, Any]) -> Event:
    """The event that a line of events.jsonl holds; `KeyError` where it has no kind or step."""
    plain = data["kind"], int(data["step"]), data.get("phase", "")
    kind = plain[0]
    if kind in NONFINITE_KINDS:
        return _nonfinite_of(data)
    if kind in UNIT_KINDS:
        return UnitsEvent(
            *plain,
            data.get("layer", 0),
            data.get("tensor", ""),
            data.get("count", 0),
            data.get("size", 0),
            data.get("line"),
        )
    if kind == ROLLBACK:
        return RollbackEvent(*plain, data.get("lr_scale", 1.0))
    if kind == RATE_LOWERED:
        return RateEvent(*plain, data.get("lr", 0.0))
    if kind == UNEXPLAINED:
        tried = tuple(Attempt.from_dict(one) for one in data.get("tried", ()))
        return UnexplainedEvent(*plain, Reached(**data["measured"]), data.get("reference"), tried)
    if kind == DIAGNOSIS_FAILED:
        return DiagnosisFailedEvent(*plain, str(data.get("reason", "")))
    return Event(*plain)


def read_events(folder: Path) -> list[Event]:
    """The whole events in a run folder."""
    return [event_of(line) for line in read_lines(folder / EVENTS)]


def _nonfinite_of(data: Mapping[str, Any]) -> NonfiniteEvent:
    samples, approach = data.get("samples"), data.get("approach")
    return NonfiniteEvent(
        kind=data["kind"],
        step=int(data["step"]),
        phase=data.get("phase", ""),
        layer=data.get("layer") or 0,
        tensor=data.get("tensor", ""),
        call=data.get("call", ""),
        position=data.get("position"),
        count=data.get("count"),
        size=data.get("size"),
        sample=data.get("sample"),
        samples=None if samples is None else tuple(samples),
        unit=data.get("unit"),
        operands={name: Operand.from_dict(operand) for name, operand in (data.get("operands") or {}).items()},
        origin=tuple(map(SourceValue.from_dict, data.get("origin") or ())),
        chain=tuple(data.get("chain") or ()),
        first="approach" in data,
        approach=None if approach is None else Growth.from_dict(approach),
    )


Some = TypeVar("Some", bound=Event)


def first_of(events: Iterable[Event], kind: type[Some]) -> Some | None:
    """The first event of a class, None where there is none."""
    return next((event for event in events if isinstance(event, kind)), None)
