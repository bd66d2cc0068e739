"""Right networks in many styles pass with nothing but their name."""

from __future__ import annotations

import numpy as np
import pytest
from subject_checks import NETS, checked

from runner.datasets.base import one_hot
from runner.subjects.samples import Samples

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.mark.parametrize(
    ("where", "arrays"),
    [
        ("plain_net.py:Net", ["parameters[0]", "parameters[1]", "parameters[2]", "parameters[3]"]),
        ("many_styles.py:LossAndGrads", ["W1", "b1", "W2", "b2"]),
        ("many_styles.py:ForwardThenBackward", ["Ws[0]", "Ws[1]", "bs[0]", "bs[1]"]),
        ("many_styles.py:LayerObjects", ["layers[0].W", "layers[0].b", "layers[1].W", "layers[1].b"]),
        ("many_styles.py:FlatVector", ["theta"]),
        ("many_styles.py:PairsOfArrays", [f"parameters[{i}][{j}]" for i in (0, 1) for j in (0, 1)]),
        ("many_styles.py:SingleNeuron", ["w1", "w2", "b"]),
        ("odd_forms.py:Behind", [f"parameters[{i}]" for i in range(4)]),
        ("odd_forms.py:ready", [f"parameters[{i}]" for i in range(4)]),
        ("odd_forms.py:make", [f"parameters[{i}]" for i in range(4)]),
        ("odd_forms.py:Slots", ["parameters[0]", "parameters[1]"]),
        ("odd_forms.py:Matrices", ["W1", "b1", "W2", "b2"]),
        ("odd_forms.py:WeightsStep", ["weights1", "weights2"]),
        ("leaking.py:Healthy", ["W1", "b1", "W2", "b2"]),
        ("leaking.py:Momentum", ["W1", "b1", "W2", "b2"]),
    ],
)
def test_right_networks_pass(where: str, arrays: list[str]) -> None:
    """What a subject has is found by its usual names, and its gradients are right to what differences are good for."""
    result = checked(where)
    assert result.passed, result
    assert result.causes == ()
    assert [array.name for array in result.arrays] == arrays
    assert max(array.relative_error for array in result.arrays) < 1e-8


def test_a_form_that_broadcasts_is_a_mistake() -> None:
    """Targets in the form that the file has are not turned until they fit."""
    result = checked("odd_forms.py:AllPairs")
    assert [cause.name for cause in result.causes] == ["target_broadcast"]
    lines = (NETS / "odd_forms.py").read_text().splitlines()
    assert "np.mean((self.outputs(X) - Y) ** 2)" in lines[result.causes[0].source.line - 1]


def test_single_precision_passes() -> None:
    """What computes in float32 is right to what the formulas are good for."""
    result = checked("many_styles.py:SinglePrecision")
    assert result.passed
    assert max(array.relative_error for array in result.arrays) < 1e-12


@pytest.mark.parametrize("where", ["many_styles.py:Tiny", "many_styles.py:Huge"])
def test_the_size_of_the_loss_does_not_matter(where: str) -> None:
    """A loss of 1e-12 is checked as closely as one of 1e+12."""
    result = checked(where)
    assert result.passed
    assert max(array.relative_error for array in result.arrays) < 1e-9


def test_a_unit_at_its_kink_is_set_apart() -> None:
    """A ReLU at 0 or 1e-8 from it, with whatever slope its writer gave it there, is no mistake."""
    assert checked("many_styles.py:AtTheKink").passed


@pytest.mark.slow
def test_all_of_a_large_network_is_looked_at() -> None:
    """Of a hundred thousand parameters every one is compared."""
    result = checked("many_styles.py:Wide")
    assert result.passed
    assert sum(array.checked for array in result.arrays) == sum(array.size for array in result.arrays) > 100_000


def form(where: str, samples: Samples, call: str | None = None) -> str | None:
    """The form in which a network gets its samples."""
    subject = checked(where, samples=samples, call=call).subject
    return None if subject is None else subject.form


def test_samples_may_be_given() -> None:
    """A data set takes the place of X and Y of the file, in the form that the subject wants."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    labels = Samples(X, one_hot(rng.integers(0, 3, 40), 3))
    assert form("many_styles.py:ForwardThenBackward", labels) == "X in rows, Y in labels"
    binary = Samples(X, (X[:, :1] > 0).astype(float))
    call = "DictsByLayer(X, Y, [3], 10)"
    assert form("post_styles.py:DictsByLayer", binary, call) == "samples in columns"
    assert form("many_styles.py:Tiny", binary) == "X in rows, Y in flat"
