"""What rewritten code does is what the original does, however odd the Python."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner.recording.loading.compiling import recordable
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.taping.record import record

PIECES: dict[str, str] = {
    "mangled names": """
class A:
    __t = 3.0
    def __init__(self):
        self.__w = np.ones(2)
        self.__w += 1.0
        self.__w[0] -= self.__t
    def __get(self): return self.__w * self.__t
    def get(self): return self.__get()
out = A().get()
""",
    "super and class cells": """
class A:
    def f(self, x): return x * 2.0
class B(A):
    def f(self, x): return super().f(x) + 1.0
    def g(self): return __class__.__name__
out = (B().f(np.arange(3.0)), B().g())
""",
    "locals and globals": """
def f(a, b=2.0):
    c = a + b
    return sorted(locals())
out = f(1.0), 'f' in globals(), sorted(vars().keys() & {'f', 'out'})
""",
    "generators": """
def g(n):
    total = 0.0
    for i in range(n):
        got = yield total + i
        total += got or 1.0
it = g(4)
out = [next(it), it.send(5.0), *it]
def outer():
    result = yield from g(2)
    return result
out.extend(outer())
""",
    "closures and nonlocal": """
def counter():
    n = 0.0
    def step(by=1.5):
        nonlocal n
        n += by
        return n
    return step
step = counter()
out = [step(), step(2.0), step(by=0.25)]
""",
    "star arguments": """
def f(a, b, *rest, k=0.0, **more): return a + b * 2 + sum(rest) + k, sorted(more)
xs = np.arange(3.0)
out = f(*xs, *[1.0, 2.0], k=3.0, **{'z': 1, 'y': 2})
def only(*, a): return a
def before(a, /, b): return a - b
out = out, only(a=2.0), before(1.0, b=2.0)
""",
    "walrus": """
total = 0.0
xs = iter([1.0, 2.0, 3.0])
while (x := next(xs, None)) is not None:
    total += x
out = total, [y for v in range(4) if (y := v * 1.5) > 1]
""",
    "try and finally": """
log = []
def f(x):
    try:
        log.append('try')
        return 1.0 / x
    except ZeroDivisionError as e:
        log.append(str(e))
        return float('inf')
    else:
        log.append('else')
    finally:
        log.append('finally')
out = f(2.0), f(0.0), log
""",
    "with": """
from contextlib import contextmanager
@contextmanager
def doubled(x):
    yield x * 2.0
with doubled(1.5) as a, doubled(a) as b:
    out = a + b
with np.errstate(divide='ignore'):
    out = out, np.float64(1.0) / 0.0
""",
    "match": """
def f(v):
    match v:
        case {'kind': 'a', 'x': x} if x > 1.0: return x * 2.0
        case [first, *rest]: return first + len(rest)
        case float() | int(): return -v
        case _: return None
out = [f({'kind': 'a', 'x': 2.0}), f([1.0, 2.0]), f(3.5), f('s')]
""",
    "targets": """
a = [0.0] * 3
b = np.zeros(4)
a[0], b[1] = 1.0, 2.0
(a[1], b[2]), *c = (3.0, 4.0), 5.0, 6.0
x = b[3] = 7.0
b[0], b[1] = b[1], b[0]
first, *others = np.arange(4.0)
d = {}
d['k'], d['l'] = x, c
[p, q] = b[:2]
out = a, b, c, x, first, others, d, p, q
""",
    "augmented targets": """
calls = []
def where(i):
    calls.append(i)
    return i
xs = [1.0, [2.0, 3.0], np.arange(3.0)]
xs[where(0)] += 1.0
xs[1] += [4.0]
xs[2] *= 2
xs[2][where(1)] **= 2
xs[2][[0, 0, 2]] += 1.0
class Box: pass
box = Box()
box.v = np.ones(2); same = box.v
box.v /= 4.0
s = 'a'; s += 'b'
t = (1,); t += (2,)
out = xs, calls, box.v is same, same, s, t
""",
    "order of evaluation": """
log = []
def say(x):
    log.append(x)
    return x
a = np.zeros(5)
a[say(1)] = say(2.0)
a[say(3)] += say(4.0)
d = {say('k'): say(1.0), **{say('m'): 2.0}}
r = say(1.0) + say(2.0) * say(3.0) < say(9.0)
f = (lambda x, y=say(5.0): x + y)(say(6.0))
out = log, a, d, r, f
""",
    "comprehensions": """
xs = np.arange(6.0).reshape(2, 3)
class K:
    n = 2
    rows = [v for v in range(n)]
    gen = list(v + 1 for v in range(n))
out = ([[v * 2 for v in row] for row in xs], {k: v.sum() for k, v in enumerate(xs)}, {float(v) for v in xs.flat},
       list(v for row in xs for v in row if v % 2 == 0), K.rows, K.gen, [a + b for a, b in xs.T], max(v for v in xs[0]))
""",
    "decorators": """
import functools
def jit(f=None, **k): raise RuntimeError('compiled')
def twice(f):
    @functools.wraps(f)
    def inner(*a, **k): return 2.0 * f(*a, **k)
    return inner
@twice
def g(x): return x + 1.0
@jit
def h(x): return x * 3.0
@jit(nopython=True)
def h2(x): return x * 4.0
class P:
    @property
    def v(self): return 2.5
    @staticmethod
    def s(x): return x - 1.0
    @classmethod
    def c(cls, x): return cls.s(x) * 2.0
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
out = g(1.0), h(1.0) if RECORDED else 3.0, h2(1.0) if RECORDED else 4.0, P().v, P.s(1.0), P.c(3.0), g.__name__, fib(20)
""",
    "operators of their own": """
class V:
    def __init__(self, x): self.x = x
    def __add__(self, o): return V(self.x + (o.x if isinstance(o, V) else o))
    __radd__ = __add__
    def __mul__(self, o): return V(self.x * (o.x if isinstance(o, V) else o))
    def __getitem__(self, i): return self.x * i
    def __setitem__(self, i, v): self.x = (i, v)
    def __neg__(self): return V(-self.x)
    def __lt__(self, o): return self.x < o.x
    def __iadd__(self, o): self.x += 10.0; return self
    def __matmul__(self, o): return 'at'
    def __call__(self, y): return y + self.x
    T = 7.0
v = V(2.0)
w = sum([v, v * 3.0], 1.0)
v += 1
u = V(1.0); u['k'] = 2
out = w.x, v.x, (-v).x, v < w, v @ w, v[2], v(1.0), u.x, v.T
""",
    "strings and sets": """
out = ('%s %d' % ('a', 3), 'a' * 3, 'abc'[1], {1, 2} | {3}, {1, 2} & {2}, 'x' + 'y', not 1.0, -True, ~5, [1] + [2],
       (1,) + (2,), 7 // 2, 7 % 3, 2 ** 3, 1 < 2 < 3, 'a' in 'abc', None is None, f'{1.0 + 2:.2f}', b'a' + b'b')
""",
    "while else and loops": """
n = 3.0
while n > 0:
    n -= 1
    if n == 1: continue
else:
    n = -5.0
for i in range(3):
    for j in range(3):
        if j == 1: break
    else:
        i = 99
for k, (a, b) in enumerate(np.arange(4.0).reshape(2, 2)): pass
out = n, i, j, k, a, b
""",
    "containers of arrays": """
ws = [np.ones((2, 2)), np.zeros(2)]
ws[0][0, 1] = 5.0
ws[1][:] = ws[0][0]
copies = [w.copy() for w in ws]
for w in ws: w -= 0.5
stack = np.array(copies[0].tolist() + [list(copies[1])])
objects = np.array([ws[0], ws[1], None], dtype=object)
out = ws, copies, stack, objects[1], np.concatenate([w.ravel() for w in ws])
""",
    "odd arrays": """
x = np.arange(12.0).reshape(3, 4)
x[1:, ::2] = 0.0
x[x > 8] += 1.0
x[..., None][0] = 2.0
x.T[0] = 9.0
x.flat[5] = -1.0
y = x[::-1, ::-1]
y[0, 0] = 100.0
np.add.at(x, ([0, 0], [1, 1]), 1.0)
x[np.array([0, 2])] *= 2.0
np.fill_diagonal(x, 0.5)
x.sort(axis=0)
z = np.zeros((2, 2), dtype=np.float32)
z[0] = x[0, :2]
e = np.zeros((0, 3)); e += 1.0
zero = np.array(2.0); zero += 1.0; zero[...] = 4.0; zero[()] = zero * 2
r = x.view().reshape(4, 3)
out = x, y, z, e, zero, r, x.item(3), x.real, x.max(), float(x[0, 0]), int(x[0, 1])
""",
    "iterators of arrays": """
x = np.arange(6.0).reshape(2, 3)
out = (list(zip(x[0], x[1])), list(enumerate(x[0])), list(map(float, x[0])), list(reversed(x[1])), tuple(x[0]), sum(x[0]),
       [v for v in np.nditer(x)], list(np.ndenumerate(x)), sorted(x[0], reverse=True), min(x[0]), max(*x[0]), dict(enumerate(x[1])),
       [i for i in x.flat], any(x[0] > 1), list(filter(lambda v: v > 1, x.ravel())), sum(x), sum(v for v in x[0]), next(iter(x[0])))
""",
    "exec and eval": """
scope = {}
exec('y = 2.0 + 3', scope)
out = scope['y'], eval('1 + 2'), (lambda: 3.0)(), [*map(lambda v: v * 2, [1.0])], getattr('abc', 'upper')()
""",
    "numbers": """
a = b = 1.5
c = a
c += 1.0
d = -0.0
i = 3
i += 1
i /= 2
h = 1j * 2
out = a, b, c, d, -d, i, h, abs(-2.5), round(2.567, 1), divmod(7.5, 2), pow(2.0, 3), 7.0 .is_integer(), (1.5).hex(), True + 1.5
""",
    "classes of all kinds": """
import enum, dataclasses, typing, collections
class Colour(enum.Enum):
    RED = 1.5
    BLUE = RED * 2
@dataclasses.dataclass
class D:
    x: float = 0.5
    y: list = dataclasses.field(default_factory=lambda: [0.0] * 2)
class N(typing.NamedTuple):
    a: float
    b: float = 2.0
class S:
    __slots__ = ('v',)
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __hash__(self): return 1
Point = collections.namedtuple('Point', 'x y')
d = D(); d.y[0] += 1.0
p = Point(1.0, 2.0)
x, y = p
out = Colour.BLUE.value, d, N(1.0), S(1.0) == S(1.0), p.x + p.y, x - y, D() == D(), typing.List[int], dict[str, float]
""",
    "async": """
import asyncio
async def f(x):
    await asyncio.sleep(0)
    return x * 2.0
async def agen():
    for i in range(3):
        yield i + 0.5
async def main():
    total = await f(2.0)
    async for v in agen():
        total += v
    return total, [v async for v in agen()]
out = asyncio.run(main())
""",
    "annotations": """
x: float = 1.0
y: 'undefined name'
xs: list = [0.0]
xs[0]: float = 4.0
def f(a: undefined_as_well = 1.0) -> 'nothing': return a
out = x, xs, f()
""".replace("undefined_as_well", "float"),
    "deletion": """
d = {'a': 1.0, 'b': 2.0}
xs = [1.0, 2.0, 3.0]
v = 1.0
del d['a'], xs[0], v
out = d, xs, 'v' in globals()
""",
}


def _run(text: str, recorded: bool, name: str) -> tuple[dict[str, Any], Any]:
    source = "import numpy as np\n" + text
    path = Path(f"/nowhere/{name.replace(' ', '_')}.py")
    code = compile_recorded(source, path) if recorded else compile(source, str(path), "exec", dont_inherit=True)
    return {"RECORDED": recorded, "__name__": "piece"}, code


def _shown(value: Any) -> str:
    with np.printoptions(precision=17, floatmode="unique"):
        return repr(value)


@pytest.mark.parametrize("name", PIECES)
def test_odd_python_gives_the_same(name: str) -> None:
    """A piece of Python leaves the same in `out` as it is, rewritten, and recorded."""
    plain, code = _run(PIECES[name], False, name)
    if name != "decorators":
        exec(code, plain)
    light, code = _run(PIECES[name], True, name)
    exec(code, light)
    noted, code = _run(PIECES[name], True, name)
    recording = record(lambda: exec(code, noted))
    if recording.error is not None:
        raise recording.error
    assert _shown(noted["out"]) == _shown(light["out"])
    if name != "decorators":
        assert _shown(light["out"]) == _shown(plain["out"])


def test_errors_stand_where_they_did() -> None:
    """An exception has the same text and the same line of their file, recorded or not."""
    text = "import numpy as np\ndef f(x):\n    y = x + 1.0\n    return (y @\n            np.ones(3))\nf(np.ones(2))\n"
    seen = []
    for recorded in (False, True):
        path = Path("/nowhere/raises.py")
        code = compile_recorded(text, path) if recorded else compile(text, str(path), "exec", dont_inherit=True)
        with pytest.raises(ValueError, match="matmul") as caught:
            exec(code, {})
        frames = [
            frame.lineno for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == str(path)
        ]
        seen.append((str(caught.value), frames))
    assert seen[0] == seen[1]


def test_a_loop_without_numbers_runs_once(tmp_path: Path) -> None:
    """In a file whose loops say when a turn begins, a loop inside of a function runs as often as it is written."""
    source = "def run(layers, x):\n    for layer in layers:\n        x = layer(x)\n    return x\n"
    namespace: dict[str, Any] = {}
    file = tmp_path / "net.py"
    exec(recordable(ast.parse(source), source, file), namespace)
    assert namespace["run"]([lambda x: x + "a", lambda x: x + "b"], "") == "ab"
