"""What takes the place of packages that draw, or that are not installed: it can be called, and does nothing."""

from __future__ import annotations

import ast
import dis
import importlib.abc
import importlib.machinery
import itertools
import sys
import types
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

# Never imported: they take long, open windows, and no number depends on them.
DRAWING = frozenset({"matplotlib", "seaborn", "plotly", "bokeh", "pygame", "IPython", "pylab", "turtle", "tkinter"})
# Their functions give back what they are to iterate over.
_ITERATING = frozenset({"tqdm", "trange", "progressbar", "track"})
_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


class Nothing:
    """Something that takes every call and gives itself; a decorator leaves what it decorates."""

    def __init__(self, name: str = "") -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)

    def __setattr__(self, name: str, value: Any) -> None:
        return None

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Itself, what is to be iterated over, or what is decorated."""
        if self.__dict__["_name"] in _ITERATING and given:
            return range(*given) if self.__dict__["_name"] == "trange" else given[0]
        if len(given) == 1 and not named and _is_decorated(given[0]):
            return given[0]
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        """As many as are unpacked: `figure, axes = plt.subplots()`."""
        return iter([self] * _unpacked(sys._getframe(1)))

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *ending: object) -> None:
        return None

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[()]:
        return ()


def _is_decorated(value: Any) -> bool:
    """Whether it is a function or class of a program: in `pixels.astype(float)` the type is no such thing."""
    if isinstance(value, type):
        return value.__module__ not in ("builtins", "numpy")
    return isinstance(value, types.FunctionType)


class NothingModule(types.ModuleType):
    """A module of it."""

    __path__: MutableSequence[str] = []  # noqa: RUF012 - as in every package, and nobody appends
    __all__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for what draws, and for what only the program asks for and nobody has.

    `asks` says whether a frame belongs to the program and its import is not guarded by `except ImportError`; `missing`
    collects the packages that would have been needed.
    """

    def __init__(self, asks: Callable[[types.FrameType], bool]) -> None:
        self._asks = asks
        self.missing: dict[str, None] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec where a stand-in is due."""
        top = fullname.partition(".")[0]
        if top not in DRAWING:
            held = sys.modules.get(top)
            if not isinstance(held, NothingModule) and not self._nobody_has(fullname):
                return None
            self.missing[top] = None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """An empty one."""
        return NothingModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""

    def _nobody_has(self, fullname: str) -> bool:
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        if frame is None or not self._asks(frame):
            return False
        return "." not in fullname and importlib.machinery.PathFinder.find_spec(fullname) is None


def missing_packages() -> set[str]:
    """The packages that something stands in for in this process, those that draw left out."""
    tops = {name.partition(".")[0] for name, module in sys.modules.items() if isinstance(module, NothingModule)}
    return tops - DRAWING


def stands_in(error: BaseException) -> bool:
    """Whether an error is about something that stands in for what is missing, and not about their own code."""
    return f"'{Nothing.__name__}'" in str(error).replace('"', "'")


def guarded_lines(tree: ast.AST) -> frozenset[int]:
    """The lines of imports whose failure the program catches itself."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches(handler) for handler in node.handlers):
            inner = itertools.chain.from_iterable(ast.walk(one) for one in node.body)
            found |= {one.lineno for one in inner if isinstance(one, ast.Import | ast.ImportFrom)}
    return frozenset(found)


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _CATCHING for kind in kinds)


def _unpacked(frame: types.FrameType) -> int:
    """How many values the instruction that iterates in `frame` unpacks; 0 where it does not unpack."""
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            return int(instruction.arg or 0) if instruction.opname == "UNPACK_SEQUENCE" else 0
    return 0
