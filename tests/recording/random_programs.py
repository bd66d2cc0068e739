"""Programs at random: arrays, rows, numbers and a list, made, looked at, shared, changed in place and looped over."""

from __future__ import annotations

import random
from collections.abc import Sequence

MATRICES = (
    "{m} + {n}", "{m} * {n} * 0.5", "np.tanh({m})", "{m} - {v}", "{s} * {m}", "np.where({m} > 0, {n}, {v})",
    "{m} / (2.0 + {n}**2)", "np.stack([{v}, {w}])", "np.maximum({m}, {n})", "np.outer({v}[:2], {w})", "{m}[::-1]",
    "{m}[[1, 0]]", "({m} @ {n}.T) @ {m} * 0.2", "{m}.copy()", "np.array({m}.tolist())", "-{m}", "{m}",
    "np.array([[{s}, 1.0, {t}], {v}])", "np.clip({m}, -0.6, 0.9)", "np.einsum('ij,kj->ki', {m}, {n})[:, :1] * {v}",
)  # fmt: skip
ROWS = (
    "{m}[{i}]", "{m}.sum(axis=0)", "{v} * {w}", "{v} + {s}", "np.sin({v})", "{m}.reshape(-1)[1:4]", "{m}.ravel()[::2]",
    "np.concatenate([{v}[:1], {w}[1:]])", "np.array([{s}, *{v}[1:]])", "{v}[::-1]", "np.array(L[:3])", "{v}",
    "np.cumsum({v}) * 0.3", "np.dot({v}, {m}.T) @ {m} * 0.1", "np.array([q * 0.5 for q in {v}])", "{v}.copy()",
)  # fmt: skip
NUMBERS = (
    "{m}[{i}, {j}]", "{v} @ {w} * 0.3", "{s} * {t}", "{s} + 0.5", "float({v}[{j}])", "{m}.mean()", "math.tanh({s})",
    "sum({v}) * 0.2", "L[{j}]", "max({s}, {t})", "{v}.max()", "abs({s})", "{m}.item({j})", "-{s}", "{s}", "f({s}, {v})",
    "sum(p * q for p, q in zip({v}, {w})) * 0.1",
)  # fmt: skip
CHANGES = (
    "{m} {op} 0.3 * ({matrix})", "{v} {op} 0.3 * ({row})", "{s} {op} 0.5 * ({number})", "{m}[{i}] {set} {row}",
    "{m}[{i}, {j}] {set} {number}", "{v}[{j}] {set} {number}", "{m}[:, {j}] {set} {v}[:2]", "{m}[{m} > 0.4] = 0.5",
    "L[{j}] {set} {number}", "{v}[[0, 2]] {set} {w}[1:]", "np.add({m}, {n}, out={m})", "np.copyto({m}, {v})",
    "np.add.at({v}, [0, 0, 1], {w})", "{m}[0], {m}[1] = {m}[1].copy(), {m}[0] * 1.0", "{m}.flat[{j}] = {number}",
)  # fmt: skip
HEAD = """import math
import numpy as np
def f(s, v):
    w = v * s
    return w[0] + s
def program(x):
    m0, v0, s0, L = x * 1.0, x[0] * 0.5 + x[1], x[0, 1] * 2.0, [x[0, 0], 0.5, x[1, 2] * 1.0]
"""


class Writer:
    """Writes one program."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = {"m": ["m0"], "v": ["v0"], "s": ["s0"]}

    def program(self) -> str:
        """The source of `program(x)`, a number made of an array of shape (2, 3)."""
        lines = []
        for _ in range(self._random.randrange(6, 20)):
            if self._random.random() < 0.12:
                lines.append(f"for i in range({self._random.randrange(1, 4)}):")
                lines += ["    " + self._change() for _ in range(2)]
            else:
                lines.append(self._made() if self._random.random() < 0.45 else self._change())
        arrays = " + ".join(f"np.tanh({name}).sum()" for name in (*self._names["m"], *self._names["v"]))
        numbers = " + ".join(f"math.tanh({name})" for name in self._names["s"])
        lines.append(f"return {arrays} + {numbers} + sum(math.tanh(q) for q in L)")
        return HEAD + "".join(f"    {line}\n" for line in lines)

    def _made(self) -> str:
        kind, texts = self._random.choice([("m", MATRICES), ("v", ROWS), ("s", NUMBERS)])
        value = self._filled(texts)
        self._names[kind].append(f"{kind}{len(self._names[kind])}")
        return f"{self._names[kind][-1]} = {value}"

    def _change(self) -> str:
        return self._filled(CHANGES)

    def _filled(self, texts: Sequence[str]) -> str:
        text, pick = self._random.choice(texts), self._random.choice
        holes = {name: pick(self._names[kind]) for name, kind in zip("mnvwst", "mmvvss", strict=True)}
        holes |= {"i": str(self._random.randrange(2)), "j": str(self._random.randrange(3))}
        holes |= {"op": pick(["+=", "-=", "*="]), "set": pick(["=", "+=", "*="])}
        for name, inner in (("matrix", MATRICES), ("row", ROWS), ("number", NUMBERS)):
            if f"{{{name}}}" in text:
                holes[name] = self._filled(inner)
        return text.format(**holes)
