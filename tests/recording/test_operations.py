"""The adjoint of each kind of operation is the derivative; what can't be followed is reported, never passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import Adjoints, adjoints
from runner.recording.differentiating.directional import directional_check
from runner.recording.differentiating.lost import lost_at
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.taping.record import record

FOLLOWED = [
    "np.sum(x + 2.0 * x - x / 3.0)",
    "np.sum(1.0 / (2.5 + x)) - np.sum(-x) + np.sum(+x)",
    "np.sum((x ** 2) ** 1.5) + np.sum(2.0 ** x)",
    "np.sum(np.power(np.abs(x), 3))",
    "(x.sum(axis=0) * x.mean(0)).sum() + x.sum(axis=(0, 1))",
    "np.sum(x.sum(1, keepdims=True) * x)",
    "x.mean() * x.max() - x.min() * x.prod()",
    "np.sum(x.std(axis=0) + np.var(x, 1)[0])",
    "np.sum(np.exp(x) + np.log(x + 3.0) + np.sqrt(x + 3.0) + np.tanh(x) + np.sin(x) * np.cos(x))",
    "np.sum(np.log1p(np.exp(-x)) + np.expm1(x) + np.logaddexp(0.0, x) + np.square(x) + np.reciprocal(x + 4))",
    "np.sum(np.maximum(x, 0.1) * np.minimum(x, 0.4)) + np.sum(np.maximum(0, x))",
    "np.sum(np.where(x > 0, x ** 2, 0.5 * x))",
    "np.sum(np.where(x > 0, x, x[0])) + np.sum(np.where(x > 0, 2.0, x[:, :1]) ** 2) + np.sum(np.where(x, x[0, 0], x))",
    "np.sum(x * (x > 0)) + np.sum((x > 0).astype(float) * x)",
    "np.sum(np.clip(x, -0.5, 0.5) ** 2) + np.sum(x.clip(0, None))",
    "np.average(x ** 2, weights=[1.0, 2.0], axis=0).sum()",
    "np.average(x) + np.nansum(x ** 2) + np.nanmean(x) + np.median(x)",
    "np.sum(x.T @ x) + np.sum(np.dot(x, x.T)) + np.sum(x.dot(x[0])) + x[0] @ x[1]",
    "np.sum(np.matmul(np.stack([x, 2 * x]), x.T))",
    "np.vdot(x, x) + np.inner(x[0], x[1]) + np.outer(x[0], x[1]).sum() + np.tensordot(x, x)",
    "np.sum(np.einsum('ij,kj->ik', x, x) ** 2) + np.einsum('ij,ij', x, x)",
    "np.linalg.norm(x) + np.linalg.norm(x, axis=1).sum() + np.linalg.det(x @ x.T) + np.trace(np.linalg.inv(x @ x.T))",
    "np.sum(np.concatenate([x, x[:1] ** 2]) ** 2) + np.sum(np.vstack((x, x)) ** 2) + np.sum(np.hstack([x[0], x[1] ** 2]))",
    "np.sum(np.append(x, x ** 2)) + np.sum(np.column_stack((x, np.ones(2))) ** 3)",
    "np.sum(np.c_[np.ones(2), x] ** 2) + np.sum(np.r_[x[0], 1.0] ** 2)",
    "np.sum(np.pad(x, 1) ** 2) + np.sum(np.pad(x, ((1, 0), (0, 2)), mode='edge') ** 2)",
    "np.sum(np.roll(x, 1, axis=1) * x) + np.sum(np.flip(x, 0) * x) + np.sum(np.rot90(x) ** 2) + np.sum(x[::-1] * x)",
    "np.sum(np.repeat(x, 2, axis=0) ** 2) + np.sum(np.tile(x, (2, 2)) ** 2) + np.sum(x.repeat(3) ** 3)",
    "np.sum(x.reshape(3, 2) @ x) + np.sum(x.ravel() ** 2) + np.sum(x.flatten() ** 3) + x.reshape(-1)[4] ** 2",
    "np.sum(x[:, None] * x[None]) + np.sum(np.expand_dims(x, 1) ** 2) + np.squeeze(x[:1]).sum() + np.swapaxes(x, 0, 1)[2, 1]",
    "np.sum(x[[0, 1, 1], [2, 0, 0]] ** 2) + np.sum(x[x > 0] ** 2) + x[-1, 1] * x[1][0] + np.take(x, [0, 3, 3]).sum()",
    "np.sum(np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * [1.0, 2.0, 3.0]) + (np.sort(x, 0) * [[1], [2]]).sum()",
    "np.sum(np.cumsum(x, axis=1) ** 2) + np.sum(np.diff(x) ** 2) + np.cumprod(x[0]).sum()",
    "np.sum(np.triu(x @ x.T) ** 2) + np.sum(np.diag(x @ x.T)) + np.trace(x @ x.T) + np.sum(np.diag(x[0]) ** 2)",
    "np.convolve(x[0], x[1]).sum() + np.correlate(x[0], x[1], 'full')[1] + np.kron(x, x)[0, 1] + np.cross(x[0], x[1]).sum()",
    "np.sum(np.abs(x)) + np.sum(np.fabs(x)) + np.sum(np.sign(x) * x) + np.sum(np.floor(x)) + np.sum(abs(x))",
    "np.sum(np.array([[x[0, 0], 1.0], [x[1, 2] ** 2, 2.0]]) ** 2) + np.sum(np.asarray(x.tolist()) ** 2)",
    "float(x[0, 0]) ** 2 + x.item(2) * x[0].item(1) + x.tolist()[1][2] ** 3",
    "sum(v ** 2 for v in x[0]) + sum(x[1]) + sum([x[0, 0], x[0, 1]], 2.0) + sum(x).sum() + max(x[0]) * min(*x[1])",
    "sum(a * b for a, b in zip(x[0], x[1])) + sum(i * v ** 2 for i, v in enumerate(x[0])) + sum(map(math.exp, x[0]))",
    "math.exp(x[0, 0]) * math.tanh(x[0, 1]) + math.log(3.0 + x[0, 2]) + math.sqrt(9 + x[1, 0]) + math.pow(4 + x[1, 1], 2)",
    "math.fsum([v ** 2 for v in x.flat]) + math.sin(x[0, 0]) + math.hypot(x[0, 1], x[0, 2]) + math.erf(x[1, 1])",
    "functools.reduce(lambda a, b: a * b, x[0]) + functools.reduce(operator.mul, x[1])",
    "operator.add(x[0, 0], x[0, 1]) * np.add.reduce(x[1]) + np.multiply.reduce(x[0]) + np.maximum.reduce(x[1])",
    "np.sum(np.vectorize(lambda v: v / (1 + abs(v)))(x)) + np.sum(np.apply_along_axis(lambda r: r * r.sum(), 1, x))",
    "np.sum(scipy.special.expit(x) * scipy.special.logsumexp(x)) + scipy.special.softmax(x, axis=1)[0, 1]",
    "scipy.special.xlogy(x + 3, x + 4).sum() + scipy.signal.convolve2d(x, x, mode='same').sum()",
    "np.sum(np.broadcast_to(x[0], (4, 3)) ** 2) + np.sum(np.sum(np.broadcast_arrays(x, x[:1])[1] ** 2))",
    "np.lib.stride_tricks.sliding_window_view(x[0], 2).sum(0)[1] ** 2 + np.sum(np.ascontiguousarray(x.T) ** 2)",
    "np.sum(np.split(x, 3, axis=1)[1] ** 2) + np.sum(np.array_split(x, 2)[0]) + sum(p.sum() ** 2 for p in np.hsplit(x, 3))",
    "np.sum(np.multiply(x, x, out=np.empty((2, 3)))) + np.sum(np.add(x, 1.0, np.zeros((2, 3))) ** 2)",
    "np.mean(a=x ** 2) + np.sum(a=x, axis=0)[1] + np.dot(a=x[0], b=x[1])",
    "np.sum(copy.deepcopy({'w': [x]})['w'][0] ** 2) + np.sum(copy.copy(x) ** 3) + np.array(x, copy=True, ndmin=3).sum()",
    "np.sum(np.fromiter((v ** 2 for v in x[0]), float)) + statistics.fmean([v ** 2 for v in x[1]])",
    "np.fft.fft(x[0]).real.sum() if False else np.sum(np.ones_like(x) * x) + np.sum(np.full((2, 3), x[0, 0]))",
    "(lambda *rows: sum(r @ r for r in rows))(*x) + (lambda a, *, b: a * b)(x[0, 0], b=x[0, 1])",
    "np.sum(np.nan_to_num(x) ** 2) + np.real(x).sum() + np.interp(0.3, [0.0, 1.0], x[0, :2]) + np.ptp(x)",
    "np.float64(x[0, 0]) * x[0, 1].astype(np.float64) + x[1, 1].clip(0, 1) + np.positive(x).sum() + x[0].round(12).sum() * 0",
    "np.sum(np.select([x > 0.2, x > 0], [x ** 2, x], 0.0)) + np.piecewise(x[0], [x[0] > 0], [lambda v: v ** 2, 0.5]).sum()",
    "np.sum(np.matrix(x) * np.matrix(x).T) + (np.asmatrix(x).sum(axis=0) * np.asmatrix(x).T)[0, 0] + np.matrix(x).A1[2] ** 2",
    "np.sum(np.moveaxis(x[None], 0, 2) ** 2) + np.atleast_2d(x[0]).sum() ** 2 + np.insert(x[0], 1, x[1, 0] ** 2).sum() ** 2",
    "np.sum(np.delete(x, 1, axis=1) ** 2) + np.block([[x, x], [x, x ** 2]]).sum() + np.meshgrid(x[0], x[1])[0].sum() ** 2",
    "np.polyval([1.0, 2.0, 3.0], x).sum() + np.polyval(x[0], 2.0) + np.heaviside(x, 0.5).sum() + (x % 1.7).sum() + (x // 0.3).sum()",
    "np.linalg.solve(x @ x.T + np.eye(2), x[:, 0]).sum() + np.linalg.multi_dot([x, x.T, x]).sum() + np.linalg.pinv(x).sum()",
    "max(0.0, x[0, 0]) + max(0.0, x[1, 1]) * 2.0 + (x[0, 1] if x[0, 1] > 0 else 0.1 * x[0, 1]) + (x[0, 2] or 1.0)",
]
STATEMENTS = {
    "writes": "y = np.zeros(4); y[1] = x[0, 0]; y[2:] = x[1, :2] * y[1]; y[0] += y[2] ** 2; out = (y * y).sum()",
    "overwritten": "y = x * 2; y[0] = 1.0; y[0, 1] = x[0, 0]; z = y.T; y[1] = x[0] ** 2; out = (z ** 2).sum()",
    "in place": "y = x * 1.0; z = y; y *= y; y += x; y -= 0.5; y /= x + 4; y **= 2; out = np.sum(z)",
    "views": "y = np.empty((2, 3)); v = y.T; v[...] = x.T ** 2; w = y.reshape(-1); w[4] *= x[0, 0]; out = y.sum() + v[2, 1] * w[0]",
    "fancy": "y = x.copy(); y[[0, 1], [1, 1]] *= x[0, 2]; y[y > 0.5] = 0; y[:, [0, 2]] -= x[:, :2] ** 2; out = (y ** 2).sum()",
    "repeated index": "y = np.zeros(3); y[[0, 1, 1]] = x[0]; y[[2, 2]] += x[1, :2]; out = (y ** 2).sum()",
    "add at": "y = np.zeros((2, 3)); np.add.at(y, [0, 1, 1], np.stack([x[0], x[1], x[0]])); np.subtract.at(y, ([0], [1]), x[0, 0]); out = (y ** 2).sum()",
    "filling": "y = np.zeros((2, 3)); y.fill(x[0, 0]); np.copyto(y[1:], x[0] ** 2); y.flat[1] = x[1, 1]; np.put(y, [2], x[0, 1]); out = (y ** 3).sum()",
    "out": "y = np.empty_like(x); np.exp(x, out=y); np.add(y, x, out=y); np.dot(x, x.T, out=(z := np.empty((2, 2)))); out = y.sum() + z[0, 1]",
    "lists": "y = [0.0] * 3\nfor i, v in enumerate(x[0]): y[i] += v * v\ny[0] -= y[1]; y.append(x[1, 1]); y[1:2] = [v * 2 for v in y[1:3]]; out = sum(y) * y[0]",
    "nested lists": "y = [[v * 2 for v in r] for r in x.tolist()]\nfor r in y:\n    r[0], r[1] = r[1] ** 2, r[0]\nout = sum(a * b for a, b in zip(*y))",
    "attributes": "class B: pass\nb = B(); b.v = x; b.v = b.v + 1; b.s = 0.0\nfor v in b.v.ravel(): b.s += v * v\nout = b.s",
    "scalars": "a, b, c = x[0]; d, (e, f) = x[1, 0], x[1, 1:]; a += b * c; a *= d; out = a - e / (f + 5.0) + -a ** 2",
    "rows": "out = 0.0\nfor r in x:\n    for j, v in enumerate(r): out += v ** 2 * (j + 1)\nfor a, b in x.T: out += a * b",
    "while loop": "i = 0; h = x[0]\nwhile i < 3: h = np.tanh(x @ h) @ x; i += 1\nout = h.sum()",
    "object arrays": "y = np.array([x, x[0] ** 2], dtype=object); z = y * 2 - 0.1 * y; out = y[0].sum() + (z[1] * z[0]).sum()",
    "swapping": "y = x.copy(); y[0], y[1] = y[1].copy(), y[0].copy(); u, v = y; out = u @ (v ** 2)",
    "shared memory": "y = x * 1.0; u = y[0]; v = y[:, 1]; u *= 2; v += u[0]; y[0, 0] = v[1] * u[1]; out = (y ** 2).sum()",
    "unused branch": "y = x * 2; z = y.copy(); z[0] = 5.0; w = np.exp(z); out = (y ** 2).sum()",
    "single precision": "y = x.astype(np.float32); out = float(np.sum(np.tanh(y @ y.T)))",
    "nested functions": "def f(a):\n    def g(b): return b * a\n    return g\nout = f(x)(x ** 2).sum()",
    "identity of equal numbers": "a = 0.5; b = 0.5; c = [0.5] * 2; c[0] = x[0, 0]; out = a * c[0] + b * c[1] * x[0, 1] + c[0] ** 2",
}
LOST = {
    "text": ("out = float(str(x[0, 0])) ** 2 + x.sum()", "str"),
    "bytes": ("out = np.frombuffer(x.tobytes())[0] ** 2 + x.sum()", "tobytes"),
    "spectrum": ("out = np.abs(np.fft.fft(x[0]))[1] ** 2", "fft"),
    "another type": ("out = (x * 1.0).view(np.int64).view(np.float64).sum()", ""),
    "complex": ("out = (x[0, 0] * (1 + 2j)).imag ** 2", ""),
    "behind its back": (
        "import ctypes\ny = x * 1.0; ctypes.memset(y.ctypes.data, 0, 8); out = (y ** 2).sum() + x[0, 0]",
        "",
    ),
    "rounded": ("out = x.astype(int).astype(float).sum() + float(int(x[0, 1] * 100)) / 100", ""),
}
X = np.array([[0.31, -0.42, 0.77], [1.21, 0.53, -0.88]])
HEAD = "import copy, functools, math, operator, statistics, warnings\nimport numpy as np, scipy.special, scipy.signal\n"


def _function(body: str, recorded: bool) -> Any:
    indented = "\n".join("    " + line for line in body.split("\n"))
    source = f"{HEAD}def f(x):\n{indented}\n    return out\n"
    path = Path("/nowhere/operations.py")
    code = compile_recorded(source, path) if recorded else compile(source, "operations.py", "exec", dont_inherit=True)
    module: dict[str, Any] = {}
    exec(code, module)
    return module["f"]


def _differentiated(body: str) -> tuple[Adjoints, NDArray[np.float64]]:
    function = _function(body, True)
    at = X.copy()
    recording = record(lambda: function(at))
    if recording.error is not None:
        raise recording.error
    loss, leaf = recording.tape.node_of(recording.result), recording.tape.leaf_of(at)
    assert loss is not None
    assert leaf is not None
    found = adjoints(recording.tape, loss)
    adjoint = found.of(leaf)
    return found, np.zeros(X.shape) if adjoint is None else adjoint


def _check(body: str) -> None:
    found, adjoint = _differentiated(body)
    assert found.opaque == []
    function = _function(body, False)
    for index in np.ndindex(X.shape):
        step = np.zeros(X.shape)
        step[index] = 1e-5 if "float32" not in body else 1e-2
        expected = (function(X + step) - function(X - step)) / (2 * step[index])
        assert adjoint[index] == pytest.approx(expected, rel=1e-6 if "float32" not in body else 1e-2, abs=1e-7)


SILENT = {
    "iterators of NumPy": ("y = [v * 1.0 for v in np.nditer(x)]; out = sum(float(v) ** 2 for v in y)", None),
    "text": ("out = float(f'{x[0, 0]:.17g}') ** 2 + x.sum()", "float(f'{x[0, 0]:.17g}')"),
    "records": ("import json\ny = json.loads(json.dumps(x.tolist())); out = y[0][1] ** 2 + x.sum()", "y[0][1]"),
    "decimals": (
        "import decimal\nout = float(decimal.Decimal(x[0, 0]) * 2) + x.sum()",
        "float(decimal.Decimal(x[0, 0]) * 2)",
    ),
    "memory": ("y = np.array(memoryview(x * 2.0)); out = (y ** 2).sum() + x[0, 0]", "np.array(memoryview(x * 2.0))"),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_lost_in_silence_is_found(name: str) -> None:
    """Where no node is opaque and yet the adjoints are wrong, a second tape close by names the place."""
    body, text = SILENT[name]
    function = _function(body, True)
    _, adjoint = _differentiated(body)
    check = directional_check(lambda values: float(function(values[0])), [X], [adjoint])
    assert check.right == (text is None)
    if text is None:
        return
    step = np.random.default_rng(0).normal(size=X.shape)
    at, near = X.copy(), X + 1e-6 * step
    tapes = [record(lambda value=value: function(value)).tape for value in (at, near)]
    loss = next(node for node in reversed(tapes[0].nodes) if node.shape == ())
    leaf = tapes[0].leaf_of(at)
    assert leaf is not None
    lost = lost_at(adjoints(tapes[0], loss), tapes[1], [leaf.index])
    assert lost is not None
    assert lost.node.place is not None
    assert text in lost.node.place.text


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("expression", FOLLOWED)
def test_expressions(expression: str) -> None:
    """The adjoint of the argument is the derivative by central differences, number by number."""
    _check(f"out = {expression}")


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements(name: str) -> None:
    """The same for what is stored, changed in place, unpacked and looped over."""
    _check(STATEMENTS[name])


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost_is_noticed(name: str) -> None:
    """Where the way of the numbers is lost, an opaque node says so or the directional check does."""
    body, where = LOST[name]
    found, adjoint = _differentiated(body)
    function = _function(body, False)
    check = directional_check(lambda values: float(function(values[0])), [X], [adjoint])
    assert found.opaque or not check.right or where == ""
    if where:
        assert any(where in opaque.reason for opaque in found.opaque)
