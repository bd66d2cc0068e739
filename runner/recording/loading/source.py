"""The text of somebody's file: a module as it stands, or the code cells of a notebook, one after the other."""

from __future__ import annotations

import bisect
import json
from dataclasses import dataclass
from pathlib import Path

from runner.subjects.complaint import Complaint

# What begins a line of a notebook that is no Python.
_MAGIC = ("%", "!", "?")


@dataclass(frozen=True)
class Source:
    """A file and its text; of a notebook `cells` are the number and the first line (from 1) of each code cell."""

    file: Path
    text: str
    cells: tuple[tuple[int, int], ...] = ()

    def place(self, line: int) -> str:
        """Where a line of the text is, as its author would look for it: "line 27", "cell 3, line 4"."""
        if not self.cells:
            return f"line {line}"
        number, first = self.cells[max(bisect.bisect_right([start for _, start in self.cells], line) - 1, 0)]
        return f"cell {number}, line {line - first + 1}"


def read_source(file: Path) -> Source:
    """The source of a file; a `Complaint` where it can't be read as text, or is no notebook."""
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise Complaint(f"can't read {file.name}: {error.strerror}", "subject.path") from None
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if file.suffix != ".ipynb":
        return Source(file, text.replace("\r\n", "\n"))
    try:
        cells = json.loads(text)["cells"]
        codes = [(n, _joined(cell["source"])) for n, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):
        raise Complaint(f"{file.name} is no notebook", "subject.path") from None
    parts: list[str] = []
    starts: list[tuple[int, int]] = []
    line = 1
    for number, code in codes:
        part = _without_magic(code)
        starts.append((number, line))
        parts.append(part)
        line += part.count("\n") + 1
    return Source(file, "\n".join(parts) + "\n", tuple(starts))


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _without_magic(code: str) -> str:
    """The cell with lines of IPython's own as comments, so that every line keeps its number."""
    lines = code.rstrip("\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(("%%time", "%%capture", "%%prun")):
        return "\n".join(f"# {line}" for line in lines)
    return "\n".join(_as_comment(line) for line in lines)


def _as_comment(line: str) -> str:
    bare = line.lstrip()
    is_magic = bare.startswith(_MAGIC) or (bare.rstrip().endswith("?") and "#" not in bare)
    indent = line[: len(line) - len(bare)]
    return f"{indent}pass  # {bare}" if is_magic else line
