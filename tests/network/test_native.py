"""The compiled executor: each kind of call has NumPy's bits, and what it can't do is refused."""

from __future__ import annotations

import itertools
import shlex
import shutil
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner.network import ops
from runner.network.native import library as finding
from runner.network.native.calls import nests_of
from runner.network.native.library import library
from runner.network.native.loops import NoLoopError
from runner.network.native.table import NativeSteps, translated
from runner.network.ops import Array, Bound, Op

COMPILER = shutil.which(shlex.split(sysconfig.get_config_var("CC") or "cc")[0])
LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "rows": lambda a: a,
    "columns": lambda a: np.asfortranarray(a),
    "rows with gaps": lambda a: np.pad(a, ((0, 0), (0, 1)))[:, :-1],
    "columns with gaps": lambda a: np.pad(a.T, ((0, 0), (0, 1)))[:, :-1].T,
}
ELEMENTWISE = (ops.add, ops.subtract, ops.multiply, ops.divide, ops.copysign, ops.less, ops.maximum, ops.minimum)
UNARY = (ops.exp, ops.expm1, ops.tanh, ops.log, ops.log1p, ops.sqrt, ops.sign, ops.absolute, ops.negative, ops.copy)
SUMS = (ops.sum_over_units, ops.sum_over_samples, ops.max_over_units, ops.max_over_samples)


def same_bits(call: Bound, out: Array) -> bool:
    """Whether the executor leaves the bits that NumPy leaves, beginning from zeros."""
    results = []
    found = library()
    scalars = np.zeros(1, out.dtype)
    native: Bound = call
    if found is not None:
        steps = NativeSteps(found, translated(found, [call]), translated(found, []), scalars, 1)
        native = partial(steps, np.zeros((1, 1)), 0, 1)
    for carry_out in (call, native):
        out[...] = 0.0
        with np.errstate(all="ignore"):
            carry_out()
        results.append(out.tobytes())
    return results[0] == results[1]


def numbers(shape: tuple[int, ...], dtype: str, layout: str = "rows") -> Array:
    made = np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)
    return LAYOUTS[layout](made) if len(shape) == 2 else made


def test_it_is_there_where_a_compiler_is() -> None:
    """Installing the package compiles the executor wherever the machine has a C compiler, and its bits are NumPy's."""
    assert (library() is not None) == (COMPILER is not None)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_calls_entry_by_entry_have_the_same_bits(layout: str, dtype: str) -> None:
    """Functions and operations, with operands that are broadcast, for every layout in memory."""
    for n in (1, 2, 7, 33, 300):
        a, b = numbers((5, n), dtype, layout), numbers((5, n), dtype)
        others = (b, numbers((5, 1), dtype), numbers((1, n), dtype), np.array(0.5, dtype))
        for op, other in itertools.product(ELEMENTWISE, others):
            out = np.empty((5, n), dtype)
            assert same_bits(op.bind((a, other), out), out), (op, other.shape)
        for op in UNARY:
            out = np.empty((5, n), dtype)
            assert same_bits(op.bind((a,), out), out), op


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_sums_have_the_same_bits(layout: str, dtype: str) -> None:
    """Sums and maxima, pairwise as NumPy adds, over one entry and over more than fit into NumPy's buffer."""
    for units, n in itertools.product((1, 2, 5, 130), (1, 2, 9, 131, 9000)):
        a = numbers((units, n), dtype, layout)
        for op, shape in zip(SUMS, ((1, n), (units, 1), (1, n), (units, 1)), strict=True):
            out = np.empty(shape, dtype)
            assert same_bits(op.bind((a,), out), out), (op, a.shape)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_products_have_the_same_bits(dtype: str) -> None:
    """Matrix products of all shapes and layouts, vectors included: the same routine of BLAS is called."""
    for layout, other in itertools.product(LAYOUTS, LAYOUTS):
        for m, k, n in itertools.product((1, 2, 5, 33), (1, 2, 17, 40), (1, 3, 8, 65)):
            out = np.empty((m, n), dtype)
            call = ops.matmul.bind((numbers((m, k), dtype, layout), numbers((k, n), dtype, other)), out)
            assert same_bits(call, out), (layout, other, m, k, n)


def test_a_product_with_its_own_transpose_has_the_same_bits() -> None:
    """BLAS has a routine of its own for A Aᵀ."""
    a, out = numbers((9, 21), "float64"), np.empty((9, 9))
    assert same_bits(ops.matmul.bind((a, a.T), out), out)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_of_products_have_the_same_bits(dtype: str) -> None:
    """The sum over all products of two arrays, of one entry and of many."""
    for n in (1, 2, 31, 4000):
        a, b, out = numbers((3, n), dtype), numbers((3, n), dtype), np.empty((), dtype)
        assert same_bits(ops.inner.bind((a, b), out), out)


def test_a_pack_has_the_bits_of_each_alone_where_a_matrix_has_gaps() -> None:
    """A row times a matrix that is part of a larger one: `dot` would copy it first, and add in another order."""
    wide = numbers((3, 41, 9), "float64").swapaxes(1, 2)[:, :8]
    rows, pack = numbers((3, 1, 8), "float64"), np.empty((3, 1, 41))
    ops.matmul.bind((rows, wide), pack)()
    for row, matrix, together in zip(rows, wide, pack, strict=True):
        alone = np.empty((1, 41))
        ops.matmul.bind((row, matrix), alone)()
        assert alone.tobytes() == together.tobytes()


A = numbers((4, 6), "float64")
REFUSED: dict[str, tuple[Op, tuple[Array, ...], Array]] = {
    "a result that overlaps an operand": (ops.add, (A[:, :-1], A[:, :-1]), A[:, 1:]),
    "other types": (ops.add, (A, A), np.empty((4, 6), np.float32)),
    "a sum into its own operand": (ops.sum_over_samples, (A,), A[:, :1]),
    "a product into its own operand": (ops.matmul, (A[:, :4], A[:, :4]), A[:, :4]),
    "a function of Python's": (ops.first_sample, (A, np.zeros(())), np.empty((4, 1))),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_numpy_would_carry_out_otherwise_is_refused(what: str) -> None:
    """Where NumPy would copy, convert or run Python, there is no loop: Python takes the step."""
    op, operands, out = REFUSED[what]
    with pytest.raises(NoLoopError):
        nests_of(op.bind(operands, out))


def test_code_of_another_source_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was compiled from another executor.c than the one beside it is left alone, and so is what isn't there."""
    other = tmp_path / "executor.c"
    other.write_text("another")
    monkeypatch.setattr(finding, "_SOURCE", other)
    assert library.__wrapped__() is None
    monkeypatch.setattr(finding, "_COMPILED", tmp_path / "executor.so")
    assert library.__wrapped__() is None


def test_a_numpy_that_keeps_its_loops_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NumPy no longer gives its loops out, nothing is carried out by them."""

    def gone(*given: Any) -> Any:
        raise AttributeError("_resolve_dtypes_and_context")

    monkeypatch.setattr(finding, "translated", gone)
    assert library.__wrapped__() is None
