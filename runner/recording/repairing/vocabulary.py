"""What could be written at a statement beside its variables, with values: slopes, squares, sums, products of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.edits.scope import SIGNALS, Kind, Scope
from runner.recording.locating.projections import Register, real, signature
from runner.recording.repairing.looking import evaluated
from runner.recording.scenarios.naming import is_rate

Array = NDArray[np.float64]

_SLOPES = ("(1 - {v} ** 2)", "{v} * (1 - {v})", "({v} > 0)", "1 / (1 + {np}.exp(-{v}))", "{np}.exp({v})")
_PLAIN = ("(1 - {v})", "({v} + 1)", "{v} ** 2", "{np}.sign({v})")
_FORWARD = SIGNALS | {Kind.PARAMETER, Kind.TARGET, Kind.DERIVATIVE, Kind.OTHER}
_BACKWARD = frozenset({Kind.DELTA, Kind.GRADIENT})
_ONE = np.ones(1)
_TOLERANCE = 1e-7
_MOST = 24  # variables that products are made of
_ELEMENTS = 200_000  # numbers that the products of one statement may have together


@dataclass(frozen=True)
class Term:
    """An expression that can be written there as a factor, its value, and how far it goes (0: one variable)."""

    text: str
    value: Array
    size: float

    def times(self, text: str) -> str:
        """A product with the text of another factor first."""
        if self.text.startswith("1 / "):
            return f"{text} / {self.text[4:]}"
        return f"{text} * {self.text}" if self.size == 0 or _is_tight(self.text) else f"{text} * ({self.text})"


class Vocabulary:
    """The expressions of one statement whose value has a shape or spreads to it."""

    def __init__(self, scope: Scope, names: Mapping[str, Any], shape: tuple[int, ...]) -> None:
        self._scope, self.names, self._shape = scope, names, shape
        self._left = _ELEMENTS
        self._terms: Register[Term] | None = None
        variables = [v for v in scope.variables if v.shape and v.kind is not Kind.COUNT]
        self._variables = [
            (variable.kind, Term(variable.text, value, 0.0))
            for variable in variables[:_MOST]
            if (value := real(evaluated(variable.text, names))) is not None
        ]
        self.factors = tuple(self._factors())
        self.numbers = tuple(_numbers(scope, names))

    def _factors(self) -> Iterator[Term]:
        """What a value of that shape may be multiplied by, element by element."""
        for kind, one in self._variables:
            if not self._fits(one.value):
                continue
            yield one
            forms = (*_PLAIN, *_SLOPES) if kind in SIGNALS else _PLAIN[:1]
            for form in forms if kind in _FORWARD else ():
                yield from self._made(form.format(v=one.text, np=self._scope.numpy), 0.4)
            if kind in SIGNALS:
                for function in self._scope.functions:
                    yield from self._made(function.call(one.text), 0.3)

    def terms_like(self, wanted: Array) -> Iterator[tuple[Term, float]]:
        """The terms that are a multiple of an array of the shape, with the factor by which it is theirs."""
        if self._terms is None:
            self._terms = Register(_TOLERANCE)
            for one in self._all_terms():
                self._terms.add(signature(np.ascontiguousarray(np.broadcast_to(one.value, self._shape))), one)
        for match in self._terms.find(signature(wanted), _ONE):
            yield match.reference, match.factor

    def _all_terms(self) -> Iterator[Term]:
        """What may be added to a value of that shape: variables, what spreads to it, and products of two or three."""
        alone = [one for one in self.factors if one.size == 0]
        yield from alone
        for text in self._reduced([(kind, one.text) for kind, one in self._variables if self._fits(one.value)]):
            yield from self._made(text, 0.5)
        back = [(kind, one) for kind, one in self._variables if kind in _BACKWARD]
        for _, delta in back:
            for factor in self.factors:
                if factor.text != delta.text:
                    yield from self._made(factor.times(delta.text), 0.6 + factor.size)
            for kind, other in self._variables:
                if kind in _FORWARD:
                    yield from self._matrix_products(delta, other)
        for one in alone:
            for factor in self.factors:
                if factor.text != one.text and factor.size:
                    yield from self._made(factor.times(one.text), 0.7 + factor.size)
        for _, delta in back:
            for kind, other in self._variables:
                if kind in _FORWARD and other.value.shape == delta.value.shape == self._shape:
                    for text in self._reduced([(Kind.DELTA, f"({delta.text} * {other.text})")]):
                        yield from self._made(f"{other.text} * {text}", 1.0)

    def _reduced(self, texts: Sequence[tuple[Kind, str]]) -> Iterator[str]:
        for kind, text in texts:
            for axis in range(len(self._shape)) if kind in _BACKWARD and len(self._shape) > 1 else ():
                written = "-1" if axis == len(self._shape) - 1 else str(axis)
                for name in ("mean", "sum"):
                    yield f"{text}.{name}(axis={written}, keepdims=True)"

    def _matrix_products(self, one: Term, other: Term) -> Iterator[Term]:
        if one.value.ndim != 2 or other.value.ndim != 2 or len(self._shape) != 2:
            return
        for first, second in ((one, other), (other, one)):
            for a, (rows, inner) in ((first.text, first.value.shape), (f"{first.text}.T", first.value.shape[::-1])):
                for b, (depth, last) in (
                    (second.text, second.value.shape),
                    (f"{second.text}.T", second.value.shape[::-1]),
                ):
                    if inner == depth and (rows, last) == self._shape:
                        yield from self._made(f"{a} @ {b}", 0.6)

    def _made(self, text: str, size: float) -> Iterator[Term]:
        if self._left <= 0:
            return
        value = real(evaluated(text, self.names) if "> 0" not in text else _as_numbers(text, self.names))
        if value is not None and value.ndim and self._fits(value):
            self._left -= max(int(value.size), 100)
            yield Term(text, value, size)

    def _fits(self, value: Array) -> bool:
        """Whether a value spreads to the shape without enlarging it."""
        try:
            return value.ndim > 0 and np.broadcast_shapes(value.shape, self._shape) == self._shape
        except ValueError:
            return False


def _is_tight(text: str) -> bool:
    """Whether a text can be a factor without parentheses."""
    node = ast.parse(text, mode="eval").body
    around = text.startswith("(") and text.endswith(")")
    return around or not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare) or _is_product(node)


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Pow)


def _as_numbers(text: str, names: Mapping[str, Any]) -> Any:
    value = evaluated(text, names)
    return value.astype(float) if isinstance(value, np.ndarray) else value


def _numbers(scope: Scope, names: Mapping[str, Any]) -> Iterator[tuple[float, str, str]]:
    """Numbers that a factor may be: the value, and the text before and behind what is multiplied."""
    yield 1.0, "", ""
    numbers = (v for v in scope.variables if v.shape == () and v.kind is not Kind.COUNT)
    # What a derivative lacks is no learning rate, even where that is the same number as another.
    for one in sorted(numbers, key=lambda v: is_rate(v.text)):
        value = evaluated(one.text, names)
        if isinstance(value, float | np.floating) and value not in (0.0, 1.0):
            yield float(value), f"{one.text} * ", ""
            yield 2 * float(value), f"2 * {one.text} * ", ""
            yield 1 / float(value), "", f" / {one.text}"
    yield from ((2.0, "2 * ", ""), (0.5, "0.5 * ", ""))
    for count in scope.counts:
        value = evaluated(count, names)
        if isinstance(value, int | np.integer) and value > 1:
            yield 1 / float(value), "", f" / {count}"
            yield float(value), "", f" * {count}"
            yield 2 / float(value), "2 * ", f" / {count}"
    for number in scope.numbers:
        yield float(number), f"{number:g} * ", ""
