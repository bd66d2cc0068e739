"""Samples made up for a program whose data are missing: a file, a download or a package that is not there.

What a variable holds shows in how it is read (`read_csv`, `loadtxt`, `open(...).read()`) or by its name (`X_train`,
`labels`). The gradients of a step are right or wrong on any samples; only their shapes have to fit the program.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TARGETS = frozenset(["y", "ys", "t", "target", "targets", "label", "labels", "yt", "onehot", "classes"])
_INPUTS = frozenset(["x", "xs", "input", "inputs", "image", "images", "img", "imgs", "feature", "features", "samples"])
_IMAGES = frozenset(["image", "images", "img", "imgs"])
_PAIRS = re.compile(r"^(train|training|valid|validation|val|test)_?(data|set|samples)$")
_TABLES, _FRAMES = ("genfromtxt", "loadtxt", "fromfile"), ("read_csv", "read_excel", "read_table")
_TABLE_FILE = re.compile(r"\.(csv|tsv|txt|data|dat)['\"]")
_TABLE_NAMES = frozenset(["data", "dataset", "table", "points", "rows", "samples", "raw"])
_READING = re.compile(r"\w*(load|read|import|get|parse)\w*\(")
_SENTENCE = "the quick brown fox jumps over the lazy dog and runs away from it\n"
# (n, k) against (2, m): the message of NumPy names both sides; of a product of other kinds only the two numbers.
_NOT_ALIGNED = re.compile(r"(\d+) \(dim \d\) != (\d+) \(dim \d\)|size (\d+) is different from (\d+)")
_NOT_BROADCAST = re.compile(r"could not be broadcast together with shapes \((\d*),?(\d*)\) \((\d*),?(\d*)\)")
_RESHAPED = re.compile(r"cannot reshape array of size (\d+) into shape \(([^)]*)\)")
_OUT_OF_BOUNDS = re.compile(r"index (\d+) is out of bounds for axis \d with size (\d+)")


@dataclass(frozen=True)
class Shapes:
    """How samples are laid out: `rows` for samples along the first axis, targets "numbers", "column" or "onehot".

    Images have `side` x `side` pixels; 0 where they are rows of features, too. `more` are columns of a table beside
    those that the program names.
    """

    samples: int = 60
    features: int = 4
    classes: int = 2
    rows: bool = True
    targets: str = "numbers"
    side: int = 28
    more: int = 0

    def said(self, roles: Collection[str]) -> str:
        """What was made up, for people."""
        if set(roles) == {"text"}:
            return "a made-up text"
        if "images" in roles and self.side:
            return f"{self.samples} made-up images of {self.side} x {self.side}"
        return f"{self.samples} made-up samples of {self.features} features"

    def fitted(self, message: str) -> Shapes | None:
        """Other numbers, such that an error of NumPy would not have come up; None where it says nothing of them."""
        for numbers in _pairs_in(message):
            for one, other in (numbers, numbers[::-1]):
                if self.side and one == self.side and other == self.side**2:
                    return dataclasses.replace(self, features=other, side=0)
                if one == self.features and other > 0 and other != self.features:
                    return dataclasses.replace(self, features=other)
                if one == self.classes and other > 1 and self.classes != other != self.samples:
                    return dataclasses.replace(self, classes=other)
        for size, shape in _RESHAPED.findall(message):
            sides = [int(one) for one in shape.split(",") if one.strip().isdigit() and int(one) > 1]
            if int(size) == self.samples * self.features and sides and math.prod(sides) != self.features:
                return dataclasses.replace(self, features=math.prod(sides))
        for one, other in _pairs_in(message):
            if 0 < one < other and not self.more:
                return dataclasses.replace(self, more=other - one)
        if any(0 in numbers for numbers in _pairs_in(message)) and self.samples < _MANY:
            return dataclasses.replace(self, samples=_MANY)
        return None


_MANY = 1500
LAYOUTS = (
    Shapes(),
    Shapes(targets="column"),
    Shapes(rows=False),
    Shapes(rows=False, targets="column"),
    Shapes(targets="onehot"),
    Shapes(rows=False, targets="onehot"),
)


def _pairs_in(message: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in _NOT_ALIGNED.finditer(message):
        one, other = [int(number) for number in match.groups() if number]
        found.append((one, other))
    for match in _NOT_BROADCAST.finditer(message):
        a, b, c, d = (int(number) if number else 0 for number in match.groups())
        found += [pair for pair in ((a, c), (b, d)) if pair[0] != pair[1]]
    for match in _OUT_OF_BOUNDS.finditer(message):
        found.append((int(match[2]), int(match[1]) + 1))
    return found


def role_of(name: str, text: str) -> str | None:
    """What a variable holds that is given by an expression: "table", "frame", "text", "pairs", "inputs", "targets"."""
    for functions, role in ((_TABLES, "table"), (_FRAMES, "frame")):
        if any(re.search(rf"\b{function}\s*\(", text) for function in functions):
            return role
    if re.search(r"\bopen\s*\(.*\)\s*\.\s*read\s*\(", text):
        return "text"
    if _PAIRS.match(name.lower()):
        return "pairs"
    words = [word.lower() for word in _WORDS.findall(name)]
    if words and words[0] == "n":
        return None
    if any(word in _TARGETS for word in words):
        return "targets"
    if any(word in _IMAGES for word in words):
        return "images"
    if any(word in _INPUTS for word in words):
        return "inputs"
    is_table = _TABLE_FILE.search(text) or (name.lower() in _TABLE_NAMES and _READING.search(text))
    return "table" if is_table and "open(" not in text else None


def made_up(
    role: str, shapes: Shapes, columns: Sequence[str] = (), texts: Mapping[str, Sequence[str]] | None = None
) -> Any:
    """A value for a role; the same each time. `texts` are what some columns of a table hold in the place of numbers."""
    rng = np.random.default_rng(3)
    n, k, c = shapes.samples, shapes.features, shapes.classes
    labels = rng.permutation(np.arange(n) % c)
    if role == "text":
        return _SENTENCE * 20
    if role == "table":
        return rng.integers(0, max(c, 2), size=(n, k + 1)).astype(float)
    if role == "frame":
        return _frame(rng, shapes, columns, texts or {})
    if role == "images" and shapes.side:
        side = math.isqrt(k) if k > _SMALLEST_IMAGE and math.isqrt(k) ** 2 == k else shapes.side
        return rng.integers(0, 256, size=(n, side, side)).astype(np.uint8)
    if role == "pairs":
        inputs, wanted = rng.normal(size=(n, k, 1)), np.eye(c)[labels][:, :, None]
        return list(zip(inputs, wanted, strict=True))
    if role in ("inputs", "images"):
        X = rng.normal(size=(n, k))
        return X if shapes.rows else X.T.copy()
    if shapes.targets == "onehot":
        Y = np.eye(c)[labels]
        return Y if shapes.rows else Y.T.copy()
    if shapes.targets == "column":
        return labels.reshape((n, 1) if shapes.rows else (1, n)).astype(float)
    return labels


def rows(shapes: Shapes, separator: str) -> str:
    """The text of a table, a line for each sample: whole numbers, so that any column may be the classes."""
    values = made_up("table", shapes).astype(int)
    return "".join(separator.join(map(str, row)) + "\n" for row in values)


_SMALLEST_IMAGE = 48


def _frame(rng: np.random.Generator, shapes: Shapes, columns: Sequence[str], texts: Mapping[str, Sequence[str]]) -> Any:
    """A table of pandas: small whole numbers in every column, so that any of them may be the classes."""
    import pandas as pd

    named = list(dict.fromkeys(columns))
    names = named + [f"column_{number}" for number in range(shapes.more if named else shapes.features + 1)]
    values = rng.integers(0, max(shapes.classes, 2), size=(shapes.samples, len(names)))
    values[: shapes.classes] = np.arange(min(shapes.classes, shapes.samples))[:, None]
    frame = pd.DataFrame(values, columns=names)
    for name, held in texts.items():
        frame[name] = [held[number % len(held)] for number in range(shapes.samples)]
    return frame
