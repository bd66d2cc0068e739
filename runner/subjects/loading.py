"""From FILE:NAME to an object: the file is run, the name found, and called with what it takes."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import itertools
import random
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from runner.errors import nearest
from runner.subjects import naming_habits as habits
from runner.subjects.complaint import Complaint, error_text
from runner.subjects.expressions import Expression
from runner.subjects.naming_habits import plain

# The learning rate and the seed that a constructor is given where it asks for them and none is said.
_RATE, _SEED = 0.1, 0


@dataclass(frozen=True)
class Given:
    """What a constructor is given: `args` by the names of its arguments, and a seed and a rate where it takes them.

    `seed` None: only one that it needs. The global generators start from the seed, too.
    """

    args: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    rate: float = _RATE


NOTHING_GIVEN = Given()


def place_of(path: str) -> tuple[Path, str]:
    """The absolute file and the NAME of FILE or FILE:NAME."""
    file, _, name = path.rpartition(":") if ":" in path else (path, "", "")
    return Path(file).absolute(), name


def load_module(file: Path, seed: int = _SEED) -> types.ModuleType:
    """Run a file as a module; a `Complaint` where there is none, or where it doesn't run."""
    if not file.is_file():
        near = nearest(file.name, [one.name for one in file.parent.glob("*.py")]) if file.parent.is_dir() else None
        raise Complaint(f"there is no file {str(file)!r}", "subject.path", nearest=near)
    name = f"subject_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise Complaint(f"{file.name} is no Python file: its name must end in .py", "subject.path")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    seed_all(seed)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        hint = "; put what trains, prints or asks under: if __name__ == '__main__'"
        hint = hint if isinstance(error, SystemExit | EOFError) else ""
        raise Complaint(f"running {file.name} {error_text(error, file)}{hint}", "subject.path") from None
    return module


def seed_all(seed: int = _SEED) -> None:
    """Make what generators draw the same every time: the global ones, and those that a program makes without a seed."""
    drawn = random.Random(seed)
    # Where `default_rng()`, `RandomState()` and `np.random.seed()` get their seed from.
    np.random.bit_generator.randbits = drawn.getrandbits  # type: ignore[attr-defined]
    np.random.seed(seed)
    random.seed(seed)


@dataclass
class Builder:
    """How a subject is made, as an expression in its file; `once` where the file has made it itself."""

    text: str
    module: types.ModuleType
    once: Any = None
    given: Given = NOTHING_GIVEN

    def __post_init__(self) -> None:
        self._expression = Expression(self.text, "subject.call")
        named = (name for name in ("X", "Y", "n") if name not in self.given.args)
        self._needs = [name for name in named if self._expression.mentions(name)]

    @property
    def needs_data(self) -> bool:
        """Whether a subject is made for the samples that it is called with."""
        return bool(self._needs)

    def build(self, scope: Mapping[str, Any]) -> Any:
        """A subject as it is at the start."""
        seed_all(self.given.seed or _SEED)
        if self.once is not None:
            try:
                return copy.deepcopy(self.once)
            except Exception:  # what can't be copied is used as it is
                return self.once
        return self._expression.evaluate(self.module, {**scope, **copy.deepcopy(dict(self.given.args))}, {})


def builders(module: types.ModuleType, name: str, call: str | None, given: Given = NOTHING_GIVEN) -> Iterator[Builder]:
    """The ways in which NAME may be built, the likely ones first."""
    if not name:
        _refuse_args(given.args, (), "the file itself")
        yield Builder("module", module, module, given)
        return
    target = _found(module, name)
    if not callable(target) or (not inspect.isroutine(target) and not isinstance(target, type)):
        _refuse_args(given.args, (), name)
        yield Builder(name, module, target, given)
        return
    for text in _call_texts(name, target, call, given):
        yield Builder(text, module, given=given)


def names_in(module: types.ModuleType) -> tuple[str, ...]:
    """The classes that a file defines, else its functions."""
    own = [(name, one) for name, one in vars(module).items() if getattr(one, "__module__", None) == module.__name__]
    classes = tuple(name for name, one in own if isinstance(one, type))
    return classes or tuple(name for name, one in own if inspect.isroutine(one))


def _found(module: types.ModuleType, name: str) -> Any:
    target: Any = module
    for part in name.split("."):
        if not hasattr(target, part):
            allowed = names_in(module)
            message = f"there is no {name!r} in {Path(module.__file__ or '').name}"
            by_lower = {one.lower(): one for one in allowed}
            near = by_lower.get(nearest(name, by_lower) or "")
            raise Complaint(message, "subject.path", allowed, near or (allowed[0] if len(allowed) == 1 else None))
        target = getattr(target, part)
    return target


def _refuse_args(args: Mapping[str, Any], allowed: Sequence[str], what: str) -> None:
    for arg in args:
        if arg not in allowed:
            message = f"{what} takes no argument {arg!r}"
            raise Complaint(message, f"subject.args.{arg}", tuple(allowed), nearest(arg, allowed))


def _call_texts(name: str, target: Any, call: str | None, given: Given) -> Iterator[str]:
    if call is not None:
        words = {"xy": f"{name}(X, Y)", "none": f"{name}()", "layers": f"{name}(sizes)"}
        text = words.get(call, call)
        mentioned = [arg for arg in given.args if Expression(text, "subject.call").mentions(arg)]
        _refuse_args(given.args, mentioned, f"subject.call={call}")
        yield text
        return
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        _refuse_args(given.args, (), name)
        yield f"{name}()"
        return
    takes = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    if not any(one.kind is one.VAR_KEYWORD for one in parameters):
        _refuse_args(given.args, [one.name for one in takes], name)
    needed = [one for one in takes if one.default is one.empty]
    options = [[one.name] if one.name in given.args else list(_options(plain(one.name), given)) for one in needed]
    if len(needed) == 1 and not options[0]:
        options = [["sizes"]]
    by_name = {one: one for one in given.args if one not in [other.name for other in needed]}
    if given.seed is not None:
        seeds = [one.name for one in takes if one not in needed and plain(one.name) in habits.SEEDS]
        by_name = {**{seed: str(given.seed) for seed in seeds}, **by_name}
    if not all(options):
        unknown = [one.name for one, option in zip(needed, options, strict=True) if not option]
        arguments = ", ".join(one.name for one in needed)
        raise Complaint(
            f"can't tell what {name}({arguments}) is to be built with: nothing is known of {', '.join(unknown)}; "
            f"say it as subject.call='\"{name}(...)\"', with numbers, X, Y, n or sizes between the brackets",
            "subject.call",
            ("xy", "none", "layers", f"{name}(...)"),
        )
    for values in itertools.islice(itertools.product(*options), 12):
        marked = (
            value if one.kind is not one.KEYWORD_ONLY else f"{one.name}={value}"
            for one, value in zip(needed, values, strict=True)
        )
        yield f"{name}({', '.join([*marked, *(f'{arg}={value}' for arg, value in by_name.items())])})"


def _options(word: str, given: Given) -> Iterator[str]:
    """Values for an argument of this name."""
    if word in ("x", "xtrain", "data", "trainx", "inputdata", "xdata"):
        yield "X"
    if word in ("y", "ytrain", "target", "targets", "labels", "trainy", "t", "ydata"):
        yield "Y"
    if word in habits.LAYERS:
        yield from ("sizes", "tuple(sizes)")
    if word in habits.HIDDEN:
        yield from ("sizes[1]", "sizes[1:-1]")
    if word in habits.FEATURES:
        yield from ("features", "X") if word in ("input", "inputs") else ("features",)
    if word in habits.RESULTS:
        yield from ("outputs", "Y") if word in ("output", "outputs") else ("outputs",)
    if word in habits.SAMPLES:
        yield "n"
    if word in habits.RATES:
        yield str(given.rate)
    if word in habits.ONCE:
        yield "1"
    if word in habits.SEEDS:
        yield str(given.seed or _SEED)
    if word in ("activation", "activationfunction", "act"):
        yield from ("'tanh'", "'sigmoid'", "'relu'")
    if word in ("numlayers", "numhiddenlayers", "numhiddenlayer", "nlayers"):
        yield "len(sizes) - 2"
