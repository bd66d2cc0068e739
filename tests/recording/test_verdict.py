"""A recording from which something is missing is no basis for a verdict, and the place is named."""

from __future__ import annotations

import pytest
from written_steps import WrittenStep

from runner.diagnosis.subjects.verdict import NotFinite, NotFollowed, all_seen, require_slopes, seen_at

STEP = """import json
import numpy as np

def parameters(g, sizes):
    return {"W": g.normal(size=(3, 2)), "b": g.normal(size=2)}

def data(g, n):
    return g.normal(size=(n, 3)), g.normal(size=(n, 2))

def forward(p, X):
    Z = X @ p["W"] + p["b"]
    return HIDDEN

def loss(p, X, Y):
    return 0.5 * np.sum((forward(p, X) - Y) ** 2)

def gradients(p, X, Y):
    A = forward(p, X)
    d = (A - Y) * (1 - A ** 2)
    return {"W": X.T @ d, "b": d.sum(0)}
"""


def _required(hidden: str) -> None:
    step = WrittenStep(STEP.replace("HIDDEN", hidden))
    require_slopes(step, seen_at(step, step.points[0]))


def test_a_whole_tape_is_a_basis() -> None:
    """Where everything is recorded, the adjoints are the slopes of the loss."""
    _required("np.tanh(Z)")


@pytest.mark.parametrize(
    ("hidden", "reason"),
    [
        ("np.tanh(np.array(json.loads(json.dumps(Z.tolist()))))", r"^line 12 goes through np.array\(json.loads"),
        ("np.tanh(np.frombuffer(Z.tobytes()).reshape(Z.shape))", "^line 12 goes through ndarray.tobytes"),
        ("np.tanh(np.fft.ifft(np.fft.fft(Z)).real)", "^line 12 goes through complex numbers"),
    ],
)
def test_a_way_that_is_lost_is_said(hidden: str, reason: str) -> None:
    """Where numbers go a way that is not recorded there is no verdict, and the reason names the line."""
    with pytest.raises(NotFollowed, match=reason):
        _required(hidden)


def test_a_loss_that_is_not_finite_is_traced() -> None:
    """Points at which the loss is not finite are left out, with the operation that makes it so."""
    step = WrittenStep(STEP.replace("HIDDEN", "np.log(Z - Z)"), WrittenStep(STEP.replace("HIDDEN", "Z")).points[:1])
    reason = r"^the loss is not finite: line 12: np.log\(Z - Z\) gives -inf at \[0, 0\], where Z - Z is 0$"
    with pytest.raises(NotFinite, match=reason):
        seen_at(step, step.points[0])
    with pytest.raises(NotFollowed, match="not finite"):
        all_seen(step)
