"""The corpus of strangers' networks: what one is, what may be wrong in it, and how it is watched from outside.

Each network of `nets/` is right as written. A fault is a text of the file and what stands there for it. An oracle runs
the file, with its loop cut to a step or two, and says what the file did: where the parameters stood, and the gradient
by which they moved. It knows the loss from formulas of its own, so it judges without the engine under test.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import runpy
import shutil
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

NETS = Path(__file__).parent / "nets"
Arrays = dict[str, NDArray[np.float64]]
Kind = Literal["backward", "update", "forward", "loss"]


@dataclass(frozen=True)
class Fault:
    """One mistake: `new` stands where the right file has `old`; `mistake` is its name in the catalogue of faults."""

    name: str
    kind: Kind
    old: str
    new: str
    mistake: str = ""
    file: str = ""  # of a package: the module that has the fault


@dataclass(frozen=True)
class Observed:
    """One step as seen from outside: the loss is the oracle's own; `said` is what the file itself computed."""

    point: Arrays
    gradient: Arrays
    loss: Callable[[Arrays], float]
    said: float | None = None


@dataclass(frozen=True)
class Net:
    """A file of `nets/`, its style, its faults, and its oracle."""

    file: str
    style: str
    oracle: Callable[[Program], list[Observed]]
    faults: tuple[Fault, ...]
    loss: str = "written"  # written | none: whether the file computes the loss that it descends
    tolerance: float = 1e-6  # relative, between gradients that are the same

    @property
    def name(self) -> str:
        """The file without folder and ending."""
        return Path(self.file).stem if "/" not in self.file else self.file.partition("/")[0]

    def text(self, file: str = "") -> str:
        """The source of one module; of a notebook, its code cells one below the other."""
        return _source(NETS / (file or self.file))

    def write(self, folder: Path, fault: Fault | None = None) -> Path:
        """A copy of the network in a folder, with a fault or without: the file to be typed."""
        top = self.file.partition("/")[0]
        if "/" in self.file:
            shutil.copytree(NETS / top, folder / top, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(NETS / top, folder / top)
        if fault is not None:
            replace_in(folder / (fault.file or self.file), fault.old, fault.new)
        return folder / self.file


@dataclass(frozen=True)
class Program:
    """A file that can be run, some of its texts replaced first."""

    file: Path
    root: Path
    names: dict[str, Any] = field(default_factory=dict)

    def run(self, *changes: tuple[str, str], cut: str = "", name: str = "__main__") -> dict[str, Any]:
        """Its names after a run; `cut` is the text at which the source ends."""
        source = _source(self.file)
        for old, new in changes:
            assert source.count(old) == 1, (old, source.count(old))
            source = source.replace(old, new)
        if cut:
            assert source.count(cut) >= 1, cut
            source = source[: source.index(cut)]
        with quiet():
            if self.file.parent != self.root:
                return _run_module(self.root, f"{self.file.parent.name}.{self.file.stem}")
            module = types.ModuleType(name)
            module.__dict__.update(self.names)
            sys.modules.setdefault(name, module)  # dataclasses look their module up
            try:
                exec(compile(source, str(self.file), "exec"), module.__dict__)
            finally:
                if sys.modules[name] is module:
                    del sys.modules[name]
        return module.__dict__


def lines_of(net: Net, fault: Fault) -> tuple[int, ...]:
    """The lines of the faulty source that differ from the right one; where a line is gone, the ones around it."""
    right = net.text(fault.file)
    assert right.count(fault.old) == 1, (net.name, fault.name, right.count(fault.old))
    wrong = right.replace(fault.old, fault.new)
    found: set[int] = set()
    matcher = difflib.SequenceMatcher(a=right.splitlines(), b=wrong.splitlines(), autojunk=False)
    for tag, _, _, first, last in matcher.get_opcodes():
        if tag == "delete":
            found |= {first, first + 1}
        elif tag != "equal":
            found |= set(range(first + 1, last + 1))
    return tuple(sorted(found))


def replace_in(file: Path, old: str, new: str) -> None:
    """Write a file anew with one text replaced; of a notebook, in the cell that has it."""
    if file.suffix != ".ipynb":
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, (file.name, old)
        file.write_text(text.replace(old, new), encoding="utf-8")
        return
    book = json.loads(file.read_text(encoding="utf-8"))
    found = 0
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and old in text:
            found += text.count(old)
            cell["source"] = text.replace(old, new).splitlines(keepends=True)
    assert found == 1, (file.name, old, found)
    file.write_text(json.dumps(book, indent=1) + "\n", encoding="utf-8")


def code_cells(file: Path) -> list[str]:
    """The code cells of a notebook as they stand there."""
    book = json.loads(file.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def _source(file: Path) -> str:
    if file.suffix != ".ipynb":
        return file.read_text(encoding="utf-8")
    lines = "\n".join(code_cells(file)).splitlines()
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines) + "\n"


def _run_module(root: Path, name: str) -> dict[str, Any]:
    def drop() -> None:
        for known in [one for one in sys.modules if one.partition(".")[0] == name.partition(".")[0]]:
            del sys.modules[known]

    drop()
    sys.path.insert(0, str(root))
    try:
        return runpy.run_module(name, run_name="net")
    finally:
        sys.path.remove(str(root))
        drop()


class _Nothing(types.ModuleType):
    """Stands for a plotting package: any name of it can be called and does nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_named: None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No plotting, no printing, no warnings, and NumPy's own random state as it was before."""
    stands_for = ("matplotlib", "matplotlib.pyplot", "seaborn")
    before = {name: sys.modules.get(name) for name in stands_for}
    sys.modules.update({name: _Nothing(name) for name in stands_for})
    state = np.random.get_state()
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
