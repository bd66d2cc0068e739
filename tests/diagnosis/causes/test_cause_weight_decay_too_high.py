"""Penalties for large weights that leave nothing of what was to be learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "weight_decay_too_high"
CIRCLES: dict[str, Any] = {
    "dataset": {"name": "circles", "samples": 120},
    "network": {"hidden": [8]},
    "steps": 800,
}
SINE: dict[str, Any] = {
    "dataset": {"name": "sine", "samples": 80, "standardize": "both"},
    "network": {"hidden": [8]},
    "steps": 800,
}


def with_decay(decay: float, **optimizer: Any) -> dict[str, Any]:
    return {"optimizer": {"name": "sgd", "lr": 0.3, "weight_decay": decay, **optimizer}}


@pytest.mark.parametrize(
    ("base", "optimizer"),
    [
        (CIRCLES, with_decay(1.0)),
        (SINE, with_decay(3.0, lr=0.1)),
        (CIRCLES, with_decay(3.0, name="adam", lr=0.01)),
        (CIRCLES, {"optimizer": {"name": "sgd", "lr": 0.3, "l1": 0.3}}),
    ],
)
def test_weights_that_shrink(base: dict[str, Any], optimizer: dict[str, Any]) -> None:
    """The norm of the weights beside that at the start says so; it comes first, and less of the penalty fixes it."""
    case = case_of(base, **optimizer)
    evidence = the_one(NAME, case).evidence
    for theta, key in ((case.setup.initial, "norm_at_start"), (case.theta, "norm_at_end")):
        workspace = case.setup.workspace()
        np.copyto(workspace.theta, theta)
        weights = [array.ravel() for name, array in workspace.weights().items() if name.endswith("/W")]
        assert evidence[key] == pytest.approx(np.linalg.norm(np.concatenate(weights)))
    assert evidence["norm_at_end"] < evidence["norm_at_start"]
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.prescription[0].startswith(f"{evidence['penalty']}=")
    assert float(finding.prescription[0].partition("=")[2]) < evidence["decay"]
    assert finding.verified is not None


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_decay_that_throws_the_weights_about(momentum: float) -> None:
    """Beyond 2 (1 + momentum) / decay a rate is unstable whatever the data are; the decay comes before the rate."""
    case = case_of(SINE, **with_decay(30.0 * (1 + momentum), lr=0.1, momentum=momentum))
    assert case.outcome in ("nan", "diverged")
    evidence = the_one(NAME, case).evidence
    assert evidence["limit"] == pytest.approx(2.0 / 30.0)
    assert evidence["ratio"] == pytest.approx(0.1 / evidence["limit"])
    assert findings_of(case)[0].cause == NAME


def test_no_decay_or_a_healthy_one() -> None:
    """Without decay there is nothing to say, and a decay with which the network learns is no finding."""
    assert not said_by(NAME, case_of(CIRCLES, **with_decay(0.0)))
    healthy = case_of(CIRCLES, **with_decay(1e-4))
    assert healthy.healthy
    assert not findings_of(healthy)


@pytest.mark.slow
def test_a_shrinking_that_is_not_to_blame() -> None:
    """Weights that started far too large shrink, too: that no smaller decay helps speaks against it."""
    case = case_of(CIRCLES, init={"weights": {"name": "normal", "std": 100.0}}, **with_decay(1e-2, lr=0.01))
    assert said_by(NAME, case)
    assert NAME not in [finding.cause for finding in findings_of(case)]
