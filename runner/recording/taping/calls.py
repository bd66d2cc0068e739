"""Recording a call: of their own code, of something that computes, or of something that calls their code in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from runner.recording.rewriting.sites import Site
from runner.recording.taping.arguments import Arguments
from runner.recording.taping.callables import COPY, ELEMENTS, NUMERIC, OTHER, RANDOM, independent, kind_of, name_of
from runner.recording.taping.copies import copied
from runner.recording.taping.elements import elements
from runner.recording.taping.functions import Effect, Method, Picked
from runner.recording.taping.memory import same
from runner.recording.taping.notes import Notes
from runner.recording.taping.values import Packing, followed

_VIEWS_OF_DICTS: tuple[type, ...] = (type({}.values()), type({}.keys()), set, frozenset)
_SHOWS: tuple[Any, ...] = (str, repr, format)
_FUNCTION_AT = {"map": 0, "filter": 0, "reduce": 0, "accumulate": 1}  # which argument is called with the elements
_TAKES_ELEMENTS = frozenset({"itertools", "functools", "_functools"})


def called(
    recorder: Notes, site: Site, function: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """Carry out a call and note what it made."""
    kind = kind_of(function)
    if kind == NUMERIC:
        return _Computation(recorder, site, function, args, keywords).carried_out()
    if kind == RANDOM:
        return _drawn(recorder, site, function, args, keywords)
    if kind == COPY:
        result = _inside(recorder, site, function, args, keywords)
        copied(recorder, site, args[0] if args else None, result, set())
        return result
    if kind == ELEMENTS or getattr(function, "__module__", None) in _TAKES_ELEMENTS:
        args = tuple(elements(recorder, site, each) for each in args)
        at = _FUNCTION_AT.get(getattr(function, "__name__", ""))
        if at is not None and at < len(args):
            args = (*args[:at], _reported(recorder, site, args[at]), *args[at + 1 :])
    if function is np.nditer and isinstance(args[0], np.ndarray) and followed(args[0]):
        recorder.node(args[0])
    if kind != OTHER:
        return _inside(recorder, site, function, args, keywords)
    computation = _Computation(recorder, site, function, args, keywords)
    computation.pack()
    return computation.run_openly()


def _inside(
    recorder: Notes, site: Site, function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """Call something that may run their code: it is called from this place."""
    state = recorder.frames.state()
    before, state.calling = state.calling, site.place
    recorder.frames.execution(site)  # a statement that only calls theirs runs as well: `dx, dw = backward(d)`
    try:
        return function(*args, **keywords)
    finally:
        state.calling = before


class _Computation:
    """One call that is one operation."""

    def __init__(
        self,
        recorder: Notes,
        site: Site,
        function: Callable[..., Any],
        args: Sequence[Any],
        keywords: Mapping[str, Any],
    ) -> None:
        self.recorder, self.site = recorder, site
        self.name = name_of(function)
        self.called, self.args, self.keywords = function, list(args), keywords
        self.packing = Packing(recorder)
        self.function = function
        self.template = Arguments(())
        self.receiver: Any = None
        self.owned = isinstance(getattr(function, "__self__", None), np.ndarray | np.generic | float)

    def pack(self) -> None:
        """Find the operands among the arguments."""
        site, of = self.site, self.packing.of
        positional: list[Any] = []
        if self.owned:
            self.receiver = self.called.__self__  # type: ignore[attr-defined]
            self.function = Method(self.called.__name__)
            positional.append(of(self.receiver, site.receiver))
        for position, value in enumerate(self.args):
            part = site.parts[position] if position < len(site.parts) else None
            positional.append(value if position in site.literals else of(value, part))
        named = {
            name: value if name in site.literals or name == "out" else of(value, site.keywords.get(name))
            for name, value in self.keywords.items()
        }
        self.template = Arguments(tuple(positional), named)

    def carried_out(self) -> Any:
        """The result, with everything that the call made or changed on the tape."""
        recorder = self.recorder
        if self.called not in _SHOWS:
            self.args = [_listed(each) for each in self.args]
        out = self._out()
        if isinstance(out, np.ndarray) and followed(out):
            recorder.node(out)
        if not independent(self.called):
            self.pack()
        if self.packing.foreign:
            return self.run_openly()
        result = recorder.suspended(self.called, self.args, self.keywords)
        if out is not None:
            self._stored(out)
            return result
        changed = result is None and self._changed()
        return result if changed else self.noted(result, ())

    def run_openly(self) -> Any:
        """The result of a call that may run their code, which records itself; it is noted where that did not."""
        result = _inside(self.recorder, self.site, self.called, self.args, self.keywords)
        if not self.packing.operands or not followed(result) or _known(self.recorder, result):
            return result
        return self.noted(result, ())

    def noted(self, result: Any, path: tuple[int, ...]) -> Any:
        """A node for the result, or for each of those that are given together."""
        recorder, function = self.recorder, Picked(self.function, path) if path else self.function
        if type(result) in (tuple, list) or (isinstance(result, tuple) and hasattr(result, "_fields")):
            parts = [self.noted(each, (*path, position)) for position, each in enumerate(result)]
            return parts if type(result) is list else result if hasattr(result, "_fields") else tuple(parts)
        if isinstance(result, np.ndarray) and followed(result) and recorder.memory.block(result) is not None:
            if not self._changed():
                recorder.node(result, self.site.place, self.name, self.site)
            return result
        if followed(result):
            return recorder.emit(self.site, self.name, result, self.packing, function, self.template)
        passed_on = isinstance(result, str | bytes | bytearray | memoryview) and self.packing.operands
        if passed_on and len(result) > 1 and recorder.memory.number(result) is None:
            return recorder.emit(self.site, self.name, result, self.packing, function, self.template)
        return result

    def _out(self) -> Any:
        """The array that the result is stored into, None if the call makes one."""
        out = self.keywords.get("out")
        if out is None and isinstance(self.called, np.ufunc) and len(self.args) > self.called.nin:
            out = self.args[self.called.nin]
            self.args = self.args[: self.called.nin]
            self.keywords = {**self.keywords, "out": out}
        return out[0] if isinstance(out, tuple) and len(out) == 1 else out

    def _stored(self, out: Any) -> None:
        if not (isinstance(out, np.ndarray) and followed(out)):
            return
        recorder = self.recorder
        block = recorder.memory.block(out)
        assert block is not None
        named = {name: value for name, value in self.template.keywords.items() if name != "out"}
        arguments = Arguments(self.template.positional, named)
        recorder.wrote(
            self.site, self.name, block, block.region_of(out), np.asarray(out), self.packing, self.function, arguments
        )

    def _changed(self) -> bool:
        """Note the arguments that the call has changed in place; whether there are any."""
        recorder, found = self.recorder, False
        owner = [self.receiver] if self.owned else []
        places: list[tuple[int | str, Any]] = [*enumerate([*owner, *self.args]), *self.keywords.items()]
        for position, value in places:
            if not (isinstance(value, np.ndarray) and followed(value)):
                continue
            block = recorder.memory.block(value)
            if block is None or same(np.asarray(value), block.stored(block.region_of(value))):
                continue
            found = True
            effect = Effect(self.function, position)
            recorder.wrote(
                self.site,
                self.name,
                block,
                block.region_of(value),
                np.asarray(value),
                self.packing,
                effect,
                self.template,
            )
        return found


def _drawn(
    recorder: Notes, site: Site, function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """Random numbers: made of nothing, whatever the call was given."""
    for each in args:
        if isinstance(each, np.ndarray) and followed(each):
            recorder.node(each)
    computation = _Computation(recorder, site, function, args, keywords)
    result = recorder.suspended(function, args, keywords)
    computation.args = list(args)
    if result is None and computation._changed():
        return result
    return computation.noted(result, ())


def _listed(value: Any) -> Any:
    """An iterator as a list, since what it gives is computed by their code."""
    if isinstance(value, np.flatiter | np.nditer) or not (hasattr(value, "__next__") or type(value) in _VIEWS_OF_DICTS):
        return value
    return list(value)


def _reported(recorder: Notes, site: Site, value: Any) -> Any:
    """A function that computes, given to `map` or `reduce`, as one whose calls are recorded."""
    if not callable(value) or isinstance(value, np.ndarray) or kind_of(value) != NUMERIC or value in _SHOWS:
        return value

    def reported(*args: Any, **keywords: Any) -> Any:
        if not recorder.live:
            return value(*args, **keywords)
        return called(recorder, site, value, args, keywords)

    return reported


def _known(recorder: Notes, result: Any) -> bool:
    """Whether a result is on the tape already, by what the call itself recorded or because it was passed through."""
    if isinstance(result, np.ndarray):
        return recorder.memory.block(result) is not None
    return recorder.memory.number(result) is not None
