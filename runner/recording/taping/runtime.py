"""What rewritten code calls: it does what the original did and, while a recording goes on, reports it.

The code names its sites by number (`sites.SITES`). Without a recording each of these methods does little more than the
operation itself, so that a script can run on for 60,000 turns.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from runner.recording.rewriting.sites import SITES, Site
from runner.recording.taping.recorder import Recorder


class Opening(Protocol):
    """What decides when a recording begins and ends, from what the code reaches; `opened`: whether it has begun."""

    opened: bool

    def at(self, site: Site) -> None:
        """A statement begins."""
        ...

    def turn(self, site: Site) -> None:
        """A turn of a loop begins."""
        ...

    def enter(self, site: Site) -> None:
        """A function was called."""
        ...

    def called(self, site: Site) -> AbstractContextManager[None]:
        """Around a call."""
        ...


class Runtime:
    """The one object that all rewritten code of a process reports to.

    `recorder` notes what happens, None while nothing is recorded; `window` says when that begins and ends.
    """

    slice = slice

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self.window: Opening | None = None
        self._collecting = False

    def begin(self, recorder: Recorder) -> None:
        """Report to `recorder` from here on."""
        self._collecting = self._collecting or gc.isenabled()
        gc.disable()  # every node would be looked at again and again, which takes as long as the recording itself
        self.recorder = recorder

    def end(self) -> None:
        """Report to nobody."""
        self.recorder = None
        if self._collecting:
            self._collecting = False
            gc.enable()

    # -- statements

    def at(self, number: int) -> None:
        """A statement begins."""
        if self.window is not None:
            self.window.at(SITES[number])
        if self.recorder is not None:
            self.recorder.at(SITES[number])

    def turn(self, number: int) -> None:
        """A turn of a loop begins."""
        if self.window is not None:
            self.window.turn(SITES[number])
        if self.recorder is not None:
            self.recorder.turn(SITES[number])

    def enter(self, number: int) -> None:
        """A function was called."""
        if self.window is not None:
            self.window.enter(SITES[number])

    # -- expressions

    def binary(self, number: int, left: Any, right: Any) -> Any:
        """`left + right` and the like."""
        site = SITES[number]
        if self.recorder is not None:
            return self.recorder.operator(site, (left, right))
        result = site.function(left, right)  # type: ignore[misc]
        return result if type(result) is not list else _apart(result)

    def unary(self, number: int, operand: Any) -> Any:
        """`-operand` and the like."""
        site = SITES[number]
        if self.recorder is not None:
            return self.recorder.operator(site, (operand,))
        return site.function(operand)  # type: ignore[misc]

    def getitem(self, number: int, container: Any, index: Any) -> Any:
        """`container[index]`."""
        if self.recorder is not None:
            return self.recorder.getitem(SITES[number], container, index)
        return container[index]

    def setitem(self, number: int, value: Any, container: Any, index: Any) -> None:
        """`container[index] = value`."""
        if self.recorder is not None:
            self.recorder.setitem(SITES[number], value, container, index)
        else:
            container[index] = value

    def attribute(self, number: int, owner: Any) -> Any:
        """`owner.T` and other attributes that are arrays."""
        site = SITES[number]
        value = getattr(owner, site.name)
        return value if self.recorder is None else self.recorder.attribute(site, owner, value)

    def call(self, number: int, function: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
        """`function(*args, **keywords)`."""
        if self.recorder is not None:
            return self.recorder.call(SITES[number], function, args, keywords)
        if self.window is not None:
            with self.window.called(SITES[number]):
                return function(*args, **keywords)
        return function(*args, **keywords)

    def keep(self, number: int, value: Any) -> Any:
        """A value passed on as it is: `y = value`, `return value`."""
        return value if self.recorder is None else self.recorder.keep(SITES[number], value)

    def iterate(self, number: int, values: Any) -> Any:
        """What a loop, a comprehension or `*values` goes through."""
        return values if self.recorder is None else self.recorder.iterate(SITES[number], values)

    def unpack(self, number: int, value: Any) -> Any:
        """What is assigned to several names at once."""
        return value if self.recorder is None else self.recorder.unpack(SITES[number], value)

    def fresh(self, value: float) -> float:
        """A literal number as an object of its own."""
        return value * 1.0

    # -- augmented assignment

    def inplace(self, number: int, target: Any, value: Any) -> Any:
        """`target += value` for a name: what the name holds afterwards."""
        site = SITES[number]
        if self.recorder is not None:
            return self.recorder.inplace(site, target, value)
        return site.function(target, value)  # type: ignore[misc]

    def item_before(self, number: int, container: Any, index: Any) -> tuple[Any, ...]:
        """`container[index]` before `container[index] += value`; like Python it is looked at before the value."""
        return self.getitem(number, container, index), number, container, index

    def attribute_before(self, number: int, owner: Any) -> tuple[Any, ...]:
        """`owner.name` before `owner.name += value`."""
        return getattr(owner, SITES[number].name), number, owner

    def after(self, number: int, before: tuple[Any, ...], value: Any) -> None:
        """The rest of `container[index] += value` or `owner.name += value`."""
        result = self.inplace(number, before[0], value)
        if len(before) == 3:
            setattr(before[2], SITES[before[1]].name, result)
        else:
            self.setitem(before[1], result, before[2], before[3])


def _apart(values: list[Any]) -> list[Any]:
    """`[0.0] * 3` with three objects: parameters that start equal must not be taken for one."""
    return [value * 1.0 if type(value) is float else value for value in values]


RUNTIME = Runtime()

__all__ = ["RUNTIME", "Runtime", "Site"]
