"""What a tape says of a recorded run: places, executions, loops, calls, snapshots, windows, the first bad number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.taping.node import Node
from runner.recording.taping.nonfinite import first_nonfinite
from runner.recording.taping.record import Calls, Marked, Recording, TooLong, Turns, record

FILE = Path("/nowhere/net.py")
LOOP = """import numpy as np
w = np.array([1.0, 2.0])
seen = []
for epoch in range(3):
    for x in [1.0, 3.0]:
        y = w * x
        w -= 0.1 * y
    seen.append(float(w[0]))
done = w.sum()
"""


def _recorded(source: str, **options: Any) -> tuple[Recording, dict[str, Any]]:
    module: dict[str, Any] = {"__name__": "net"}
    code = compile_recorded(source, FILE)
    recording = record(lambda: exec(code, module), **options)
    if recording.error is not None:
        raise recording.error
    return recording, module


def _at(recording: Recording, text: str) -> list[Node]:
    return [node for node in recording.tape.nodes if node.place is not None and node.place.text == text]


def test_places_are_pieces_of_the_source() -> None:
    """A place has the line, the columns and the text of the expression, counted in characters."""
    source = 'import numpy as np\nü = "é"; x = np.ones(2)\ny = (x +\n     x.T) * 2  # é\n'
    recording, _ = _recorded(source)
    lines = source.split("\n")
    for node in recording.tape.nodes:
        assert node.place is not None
        line, column, end_line, end_column = node.place.span
        if line == end_line:
            assert lines[line - 1][column:end_column] == node.place.text
    sums = _at(recording, "x +\n     x.T")
    assert [node.place.span for node in sums if node.place] == [(3, 5, 4, 8)]
    assert [part.text for part in sums[0].parts if part] == ["x", "x.T"]
    assert sums[0].statement is not None
    assert sums[0].statement.place.text == "y = (x +\n     x.T) * 2"


def test_executions_say_the_turns_of_the_loops() -> None:
    """A node knows its statement and the turns of the loops around it, outermost first."""
    recording, _ = _recorded(LOOP)
    products = [node for node in _at(recording, "w * x") if node.op == "mul"]
    assert [node.turns for node in products] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert len({node.execution for node in products}) == 6
    statement = products[0].statement
    assert statement is not None
    assert [loop.text for loop in statement.loops] == ["epoch in range(3)", "x in [1.0, 3.0]"]


def test_invocations_know_their_caller_and_the_call() -> None:
    """A node knows the run of the function it was made in, and from which call expression that was called."""
    source = "def f(a):\n    return a * 2.0\ndef g(a):\n    return f(a) + f(a + 1)\nout = g(1.5)\n"
    recording, _ = _recorded(source)
    first, second = _at(recording, "a * 2.0")
    assert first.invocation is not second.invocation
    assert first.invocation is not None
    assert second.invocation is not None
    assert (first.invocation.function, first.invocation.call and first.invocation.call.text) == ("f", "f(a)")
    assert second.invocation.call is not None
    assert second.invocation.call.text == "f(a + 1)"
    caller = first.invocation.caller
    assert caller is not None
    assert caller is second.invocation.caller
    assert (caller.function, caller.call and caller.call.text) == ("g", "g(1.5)")
    assert caller.caller is not None
    assert caller.caller.function == "<module>"


def test_passing_a_value_on_is_recorded() -> None:
    """`y = x`, `return x` and what a function returned are nodes of their own; `origin` is what made the value."""
    source = "import numpy as np\ndef f(a):\n    b = a\n    return b\nx = np.ones(2) * 3\ny = f(x)\nz = y + 1\n"
    recording, _ = _recorded(source)
    total = _at(recording, "y + 1")[0]
    chain = []
    node = total.operands[0]
    while node.kind == "same":
        chain.append(node.statement.place.text if node.statement else "")
        node = node.operands[0]
    assert chain == ["y = f(x)", "return b", "b = a"]
    assert total.operands[0].origin is node
    assert node.place is not None
    assert node.place.text == "np.ones(2) * 3"


def test_writes_are_the_operands_of_what_is_read() -> None:
    """An array that was built element by element was made of the writes, those that were replaced left out."""
    source = "import numpy as np\nd = np.zeros(3)\nfor i in range(3):\n    d[i] = i * 1.5\nd[1] = 7.0\nout = d * 2\n"
    recording, _ = _recorded(source)
    whole = _at(recording, "d * 2")[0].operands[0]
    assert whole.kind == "view"
    assert [node.statement.place.text for node in whole.operands if node.statement] == ["d[i] = i * 1.5"] * 2 + [
        "d[1] = 7.0"
    ]
    assert np.array_equal(whole.value, [0.0, 7.0, 3.0])


def test_values_are_those_of_the_moment() -> None:
    """What their code does to an array later does not change the values on the tape."""
    recording, module = _recorded(LOOP)
    weights = [node.operands[0].value for node in _at(recording, "w * x") if node.op == "mul"]
    assert np.array_equal(weights[0], [1.0, 2.0])
    assert not np.array_equal(weights[1], weights[0])
    last = recording.tape.node_of(module["w"])
    assert last is not None
    assert np.array_equal(last.value, module["w"])
    assert last.kind == "write"


def test_one_turn_of_a_loop() -> None:
    """The window of a turn holds that turn alone, and the run ends with it."""
    recording, module = _recorded(LOOP, window=Turns(FILE, 5, first=3))
    assert (recording.opened, recording.left) == (True, True)
    assert {node.statement.place.text for node in recording.tape.nodes if node.statement} == {
        "y = w * x",
        "w -= 0.1 * y",
    }
    assert len(module["seen"]) == 1
    assert recording.tape.leaf_of(module["w"]) is not None


def test_the_last_turn_ends_with_the_loop() -> None:
    """A window that nothing follows in the loop ends where the loop does, and the run goes on where that is asked."""
    recording, module = _recorded(LOOP, window=Turns(FILE, 4, first=2, leave=False))
    assert (recording.opened, recording.left) == (True, False)
    assert "done" in module
    assert not _at(recording, "w.sum()")


def test_a_turn_that_never_comes() -> None:
    """A window that is never reached says so."""
    recording, _ = _recorded(LOOP, window=Turns(FILE, 4, first=9))
    assert not recording.opened
    assert recording.tape.nodes == []


def test_one_call() -> None:
    """The window of a call holds that call of the function."""
    source = "def f(a):\n    b = a * 2.0\n    return b\nx = f(1.0) + 1.0\ny = f(3.0) + 1.0\nz = f(4.0)\n"
    recording, module = _recorded(source, window=Calls(FILE, 1, first=1))
    assert [node.value for node in recording.tape.nodes if node.op == "mul"] == [6.0]
    assert recording.left
    assert "z" not in module


def test_a_window_that_hooks_open() -> None:
    """A marked window holds what happens between `begin` and `end`."""
    window = Marked()
    module: dict[str, Any] = {"begin": window.begin, "end": window.end}
    code = compile_recorded("a = 1.5\nb = a * 2.0\nbegin()\nc = b * 3.0\nend()\nd = c * 4.0\n", FILE)
    recording = record(lambda: exec(code, module), window=window)
    assert [node.value for node in recording.tape.nodes if node.op == "mul"] == [9.0]
    assert window.tape is recording.tape
    assert module["d"] == 36.0


def test_snapshots_hold_the_variables_before_the_statement() -> None:
    """Running the statement on a snapshot gives what it gave, and changes nothing of theirs."""
    source = """import numpy as np
k = 2.0
class Net:
    def __init__(self):
        self.W = np.ones((2, 2))
    def step(self, g):
        self.W -= k * g
net = Net()
net.step(np.eye(2))
net.step(np.ones((2, 2)))
"""
    recording, module = _recorded(source, snapshot=lambda statement: statement.kind == "AugAssign")
    first, second = recording.tape.snapshots
    assert np.array_equal(first.variables["self"].W, np.ones((2, 2)))
    exec("self.W -= k * g", first.globals_, first.variables)
    assert np.array_equal(first.variables["self"].W, second.variables["self"].W)
    assert first.variables["self"] is not module["net"]
    assert second.execution.statement is first.execution.statement


def test_a_change_that_nobody_reported_is_noticed() -> None:
    """An array that plain code has changed is read as changed unseen."""
    module: dict[str, Any] = {"change": lambda array: array.__setitem__(0, 5.0)}
    code = compile_recorded("import numpy as np\nx = np.ones(3)\nchange(x)\ny = (x * x).sum()\n", FILE)
    recording = record(lambda: exec(code, module))
    assert recording.error is None
    assert [node.kind for node in recording.tape.nodes if node.kind == "unseen"] == ["unseen"]
    loss = recording.tape.node_of(module["y"])
    assert loss is not None
    assert [opaque.reason for opaque in adjoints(recording.tape, loss).opaque] == [
        "was changed by something that is not recorded"
    ]


def test_contributions_add_up() -> None:
    """The uses of a shared array each contribute, under whatever name, and together are its adjoint."""
    source = """import numpy as np
W = np.arange(4.0).reshape(2, 2) / 3
h = np.array([0.3, -0.2])
cache = [W]
for t in range(3):
    h = np.tanh(cache[0] @ h)
V = W
out = (V.T @ h) @ h
"""
    recording, module = _recorded(source)
    loss, leaf = recording.tape.node_of(module["out"]), recording.tape.nodes[0]
    assert loss is not None
    found = adjoints(recording.tape, loss)
    W = next(node for node in recording.tape.nodes if node.op == "truediv")
    parts = found.contributions(W)
    assert sorted(part.consumer.op for part in parts) == ["T", "matmul", "matmul", "matmul"]
    total = found.of(W)
    assert total is not None
    np.testing.assert_allclose(sum(part.value for part in parts), total, rtol=1e-12)
    assert found.forward(W)
    assert leaf.kind == "source"


def test_a_parameter_that_is_a_part_of_a_vector() -> None:
    """The leaf of a view into one flat vector is that part of it, with its own adjoint."""
    source = "def loss():\n    W, b = theta[:4].reshape(2, 2), theta[4:]\n    return (W @ b).sum() * theta[5]\n"
    theta = np.arange(6.0)
    module: dict[str, Any] = {"theta": theta}
    exec(compile_recorded(source, FILE), module)
    recording = record(module["loss"])
    loss = recording.tape.node_of(recording.result)
    weights, bias = recording.tape.leaf_of(theta[:4].reshape(2, 2)), recording.tape.leaf_of(theta[4:])
    assert loss is not None
    assert weights is not None
    assert bias is not None
    theta[:] = 0.0
    found = adjoints(recording.tape, loss)
    assert np.array_equal(weights.value, [[0.0, 1.0], [2.0, 3.0]])
    of_weights, of_bias = found.of(weights), found.of(bias)
    assert of_weights is not None
    assert of_bias is not None
    np.testing.assert_allclose(of_weights, [[20.0, 25.0], [20.0, 25.0]])
    np.testing.assert_allclose(of_bias, [10.0, 20.0 + 28.0])


def test_recorded_code_recurses_as_deeply() -> None:
    """A recursion that Python allows can be recorded."""
    code = compile_recorded("def f(n):\n    return 0.5 if n == 0 else f(n - 1) + 1.0\nout = f(700)\n", FILE)
    module: dict[str, Any] = {}
    recording = record(lambda: exec(code, module))
    assert recording.error is None
    assert module["out"] == 700.5


def test_the_first_bad_number_has_place_sample_and_operands() -> None:
    """The first non-finite result comes with its line, the sample and what it was computed from."""
    source = "import numpy as np\np = np.array([[0.5], [1.0], [0.25]])\ny = p - 1\nloss = -np.mean(np.log(1 - p) * y)\n"
    with np.errstate(all="ignore"):
        recording, _ = _recorded(source)
    found = first_nonfinite(recording.tape, samples=3)
    assert found is not None
    assert (found.kind, found.count, found.position, found.sample) == ("inf", 1, (1, 0), 1)
    assert found.node.place is not None
    assert (found.node.place.line, found.node.place.text) == (4, "np.log(1 - p)")
    assert found.operands == (("1 - p", 0.0),)


def test_a_recording_has_limits() -> None:
    """A run with more operations than allowed is ended, and the recording says why."""
    code = compile_recorded("x = 1.5\nwhile True:\n    x = x * 1.0\n", FILE)
    recording = record(lambda: exec(code, {}), operations=1000)
    assert isinstance(recording.error, TooLong)
    assert len(recording.tape.nodes) == 1001


def test_only_one_recording_at_a_time() -> None:
    """A recording within a recording is refused."""
    recording = record(lambda: record(lambda: None))
    assert isinstance(recording.error, RuntimeError)


def test_a_loss_is_one_number() -> None:
    """Adjoints of an array are refused."""
    recording, module = _recorded("import numpy as np\nx = np.ones(3) * 2\n")
    node = recording.tape.node_of(module["x"])
    assert node is not None
    with pytest.raises(ValueError, match="one real number"):
        adjoints(recording.tape, node)
