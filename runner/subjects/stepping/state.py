"""What a network keeps from step to step, taken out of its objects as JSON and arrays, and put into a new one.

Arrays and numbers in attributes, lists and dicts, random generators, and objects within objects are known; what else
there is (functions, classes, modules) is taken to be the same in a network that was built in the same way. Rejected:
pickles, which run code where they are read.
"""

from __future__ import annotations

import random
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Values beyond this many are no state of a network.
_MOST = 200_000
_SAME = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType, type, np.ufunc, np.dtype)
_MISSING = object()

Json = Any  # nested lists and dicts of JSON


class Unkept(Exception):  # noqa: N818 - it is reported, not raised for a mistake
    """Something of the network that can't be put back. Its text says where and what."""


@dataclass
class Saved:
    """The state of a network: `tree` as JSON, with places in `arrays`."""

    tree: Json
    arrays: list[NDArray[Any]]


@dataclass
class _Saving:
    arrays: list[NDArray[Any]] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)
    count: int = 0
    held: list[Any] = field(default_factory=list)

    def value(self, value: Any, path: str) -> Json:
        self.count += 1
        if self.count > _MOST:
            raise Unkept(f"{path}: it holds too many values")
        if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, np.generic)):
            return {"plain": value}
        if isinstance(value, np.generic):
            return {"number": value.dtype.str, "value": self._array(np.asarray(value))}
        if id(value) in self.known:
            return {"again": self.known[id(value)]}
        if isinstance(value, _SAME):
            return {"same": True}
        number = self.known[id(value)] = len(self.known)
        self.held.append(value)  # so that no other value gets its id
        return {"number of": number, **self._container(value, path)}

    def _container(self, value: Any, path: str) -> dict[str, Json]:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in "biuf":
                raise Unkept(f"{path} is an array of {value.dtype}")
            return {"array": self._array(value)}
        if type(value) in (list, tuple):
            return {type(value).__name__: [self.value(one, f"{path}[{k}]") for k, one in enumerate(value)]}
        if isinstance(value, dict):
            pairs = [(self.value(key, path), self.value(one, f"{path}[{key!r}]")) for key, one in value.items()]
            return {"dict": pairs}
        if isinstance(value, np.random.Generator):
            return {"generator": _plain_state(value.bit_generator.state)}
        if isinstance(value, np.random.RandomState):
            return {"generator": _plain_state(value.get_state(legacy=False))}
        if isinstance(value, random.Random):
            return {"generator": value.getstate()}
        if hasattr(value, "__dict__"):
            own = {
                name: one for name, one in vars(value).items() if not (name.startswith("__") and name.endswith("__"))
            }
            members = [(name, self.value(one, f"{path}.{name}")) for name, one in own.items()]
            return {"object": type(value).__qualname__, "members": members}
        raise Unkept(f"{path} is a {type(value).__name__}")

    def _array(self, array: NDArray[Any]) -> int:
        self.arrays.append(array.copy())
        return len(self.arrays) - 1


@dataclass
class _Restoring:
    arrays: list[NDArray[Any]]
    known: dict[int, Any] = field(default_factory=dict)

    def value(self, saved: Json, fresh: Any, path: str) -> Any:
        """The value that was saved, in the objects of `fresh` where these can hold it."""
        if "plain" in saved:
            return saved["plain"]
        if "number" in saved:
            return np.dtype(saved["number"]).type(self.arrays[saved["value"]][()])
        if "again" in saved:
            return self.known[saved["again"]]
        if "same" in saved:
            if fresh is _MISSING:
                raise Unkept(f"{path} is not there in a new one")
            return fresh
        kind = next(kind for kind in _KINDS if kind in saved)
        return _KINDS[kind](self, saved, fresh, path)

    def array(self, saved: Json, fresh: Any, path: str) -> Any:
        array = self.arrays[saved["array"]]
        fits = isinstance(fresh, np.ndarray) and (fresh.shape, fresh.dtype) == (array.shape, array.dtype)
        if fits and fresh.flags.writeable:
            fresh[...] = array
        else:
            fresh = array.copy()
        self.known[saved["number of"]] = fresh
        return fresh

    def list(self, saved: Json, fresh: Any, path: str) -> Any:
        found: list[Any] = fresh if isinstance(fresh, list) else []
        self.known[saved["number of"]] = found
        before = [*found, *[_MISSING] * len(saved["list"])]
        found[:] = [self.value(one, old, f"{path}[]") for one, old in zip(saved["list"], before, strict=False)]
        return found

    def tuple(self, saved: Json, fresh: Any, path: str) -> Any:
        before = [*(fresh if isinstance(fresh, tuple) else ()), *[_MISSING] * len(saved["tuple"])]
        found = tuple(self.value(one, old, f"{path}[]") for one, old in zip(saved["tuple"], before, strict=False))
        self.known[saved["number of"]] = found
        return found

    def dict(self, saved: Json, fresh: Any, path: str) -> Any:
        found: dict[Any, Any] = fresh if isinstance(fresh, dict) else {}
        self.known[saved["number of"]] = found
        before = {**found}
        found.clear()
        for key, one in saved["dict"]:
            name = self.value(key, _MISSING, path)
            found[name] = self.value(one, before.get(name, _MISSING), f"{path}[{name!r}]")
        return found

    def generator(self, saved: Json, fresh: Any, path: str) -> Any:
        state = saved["generator"]
        if isinstance(fresh, np.random.Generator):
            fresh.bit_generator.state = _array_state(state)
        elif isinstance(fresh, np.random.RandomState):
            fresh.set_state(_array_state(state))
        elif isinstance(fresh, random.Random):
            fresh.setstate((state[0], tuple(state[1]), state[2]))
        else:
            raise Unkept(f"{path} is a random generator that a new one doesn't have")
        self.known[saved["number of"]] = fresh
        return fresh

    def object(self, saved: Json, fresh: Any, path: str) -> Any:
        if fresh is _MISSING or type(fresh).__qualname__ != saved["object"]:
            raise Unkept(f"{path} is a {saved['object']} that a new one doesn't have")
        self.known[saved["number of"]] = fresh
        held = vars(fresh)
        for name, one in saved["members"]:
            held[name] = self.value(one, held.get(name, _MISSING), f"{path}.{name}")
        return fresh


_KINDS: dict[str, Callable[[_Restoring, Json, Any, str], Any]] = {
    "array": _Restoring.array,
    "list": _Restoring.list,
    "tuple": _Restoring.tuple,
    "dict": _Restoring.dict,
    "generator": _Restoring.generator,
    "object": _Restoring.object,
}


def saved(subject: Any) -> Saved:
    """The state of a network, and of the global generators; `Unkept` where something of it can't be put back."""
    saving = _Saving()
    # A module within a network is code, but one that is the network holds its arrays.
    whole = {"number of": -1, **saving._container(subject, "it")} if isinstance(subject, types.ModuleType) else None
    tree = whole or saving.value(subject, "it")
    drawn = {"numpy": _plain_state(np.random.get_state(legacy=False)), "python": random.getstate()}
    return Saved({"subject": tree, "drawn": drawn}, saving.arrays)


def restored(state: Saved, fresh: Any) -> None:
    """Put a state into a network that was built anew, and into the global generators; raises `Unkept`."""
    _Restoring(state.arrays).value(state.tree["subject"], fresh, "it")
    drawn = state.tree["drawn"]
    np.random.set_state(_array_state(drawn["numpy"]))
    version, numbers, gauss = drawn["python"]
    random.setstate((version, tuple(numbers), gauss))


def _plain_state(state: Any) -> Json:
    """The state of a generator of NumPy as JSON."""
    if isinstance(state, dict):
        return {key: _plain_state(value) for key, value in state.items()}
    return {"numbers": state.tolist(), "type": str(state.dtype)} if isinstance(state, np.ndarray) else state


def _array_state(state: Json) -> Any:
    if isinstance(state, dict) and set(state) == {"numbers", "type"}:
        return np.array(state["numbers"], dtype=state["type"])
    return {key: _array_state(value) for key, value in state.items()} if isinstance(state, dict) else state
