"""A softmax over one unit: known before the first step, and fixed by the smallest change of the head."""

from __future__ import annotations

from typing import Any

import pytest
from cases import case_of, findings_of, said_by, setup_of, the_one

from runner.diagnosis.diagnose import foresee

NAME = "softmax_on_one_unit"
XOR: dict[str, Any] = {
    "dataset": {"name": "xor"},
    "network": {"hidden": [8], "activation": "tanh", "output": "softmax"},
    "optimizer": {"name": "sgd", "lr": 1.0},
    "steps": 1000,
}


def test_one_output_of_softmax_is_fixed_by_the_output_alone() -> None:
    """With an automatic loss the output is all that has to change, and the run then converges on every seed."""
    case = case_of(XOR)
    assert (case.at_end["A2"] == 1.0).all()
    finding = findings_of(case)[0]
    assert finding.cause == NAME
    assert finding.where == {"layer": 2, "tensor": "A2"}
    assert finding.prescription == ("network.output=auto",)
    assert finding.verified is not None
    assert finding.verified.after == "converged"
    assert finding.verified.seeds == "3 of 3 seeds"


def test_under_a_categorical_loss_the_loss_changes_with_it() -> None:
    """A sigmoid under the categorical cross-entropy of one column would still learn nothing, and isn't proposed."""
    case = case_of(XOR, loss={"name": "categorical_cross_entropy"})
    assert [" ".join(map(str, fix)) for fix in the_one(NAME, case).fixes] == ["network.output=auto loss.name=auto"]
    finding = findings_of(case)[0]
    assert (finding.cause, finding.verified is not None) == (NAME, True)


def test_one_hidden_unit_of_softmax() -> None:
    """A hidden layer that says 1 for every sample is named by its number; the other layers stay as they are."""
    network = {"hidden": [4, 1], "activation": ["tanh", "softmax"]}
    case = case_of({"dataset": {"name": "circles", "samples": 60}, "network": network, "steps": 300})
    assert (case.at_end["A2"] == 1.0).all()
    suspicion = the_one(NAME, case)
    assert suspicion.where["layer"] == 2
    assert [list(map(str, fix)) for fix in suspicion.fixes] == [["network.activation=[tanh,tanh]"]]
    assert findings_of(case)[0].cause == NAME


@pytest.mark.parametrize(
    "network",
    [
        {"hidden": [8], "output": "sigmoid"},
        {"hidden": [1], "activation": "tanh"},
        {"hidden": [2], "activation": "softmax"},
    ],
)
def test_others_are_silent(network: dict[str, Any]) -> None:
    """One unit of another activation, or a softmax over two units, is no reason to speak."""
    assert NAME not in {suspicion.cause for suspicion in foresee(setup_of({**XOR, "network": network}))}


def test_softmax_over_the_classes_is_silent() -> None:
    """A softmax over several classes is what it is for."""
    assert not said_by(NAME, case_of({"dataset": {"name": "blobs", "samples": 30}, "steps": 10}))
