"""Whatever a program does with its arrays, the adjoint of what goes in is the derivative of what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_programs import Writer

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.taping.record import record

X = np.array([[0.31, -0.42, 0.77], [1.21, 0.57, -0.88]])


def _slopes(program: Any, step: float) -> Any:
    slopes = np.zeros(X.shape)
    for index in np.ndindex(X.shape):
        shift = np.zeros(X.shape)
        shift[index] = step
        slopes[index] = (program(X + shift) - program(X - shift)) / (2 * step)
    return slopes


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("first", range(0, 120, 20))
def test_adjoints_of_random_programs(first: int) -> None:
    """The recorded program gives the same number, and the adjoints are its slopes where it has any."""
    checked = 0
    for seed in range(first, first + 20):
        source = Writer(seed).program()
        plain: dict[str, Any] = {}
        exec(compile(source, "program.py", "exec", dont_inherit=True), plain)
        rewritten: dict[str, Any] = {}
        exec(compile_recorded(source, Path("/nowhere/program.py")), rewritten)
        at = X.copy()
        recording = record(lambda rewritten=rewritten, at=at: rewritten["program"](at))
        assert recording.error is None, source
        assert recording.result == plain["program"](X.copy()), source
        expected = _slopes(plain["program"], 1e-6)
        if not np.allclose(expected, _slopes(plain["program"], 1.4e-7), rtol=1e-3, atol=1e-6):
            continue  # it stands on a kink
        loss, leaf = recording.tape.node_of(recording.result), recording.tape.leaf_of(at)
        assert loss is not None
        assert leaf is not None
        found = adjoints(recording.tape, loss)
        assert found.opaque == [], source
        np.testing.assert_allclose(found.of(leaf), expected, rtol=1e-4, atol=1e-6, err_msg=source)
        checked += 1
    assert checked >= 15
