"""The classes of the five posts, rewritten in their styles, are checked with YAML alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from subject_checks import NETS, alone, checked

from runner.diagnosis.gradients.mistake import SourceLine

pytestmark = pytest.mark.usefixtures("warm_workers")

PRIVATE = {"parameters": "__weights", "gradients": "Weight_Grad(X, Y, Feedforward(X, Train=True))"}
UPDATES = {"gradients": "train_once", "loss": "squared(forward_pass(X)[1][-1], Y)"}
BACKWARDS = {
    "parameters": "[w, b]",
    "loss": "self.a = [X.T]; self.z = []; forward(); loss(Y.T, a[-1])",
    "gradients": "self.a = [X.T]; self.z = []; forward(); backward(0); [dw[::-1], db[::-1]]",
    "predict": "self.a = [X.T]; self.z = []; forward(); a[-1]",
}


def line_of(text: str) -> SourceLine:
    lines = (NETS / "post_styles.py").read_text().splitlines()
    return SourceLine("post_styles.py", next(i for i, line in enumerate(lines, start=1) if text in line))


@pytest.mark.parametrize(
    ("where", "call", "names"),
    [
        ("ListOfMatrices", None, {}),
        ("ListOfMatrices", "ListOfMatrices(2, 5, 1, decay=0.5)", {}),
        ("PrivateWeights", "PrivateWeights(sizes, 'right')", PRIVATE),
        ("OnlyUpdates", None, UPDATES),
        ("DictsByLayer", "DictsByLayer(X.T, Y.T, [4], 10)", {}),
        ("GradientsBackwards", "GradientsBackwards(X.T, Y.T, [3])", BACKWARDS),
    ],
)
def test_right_ones_pass(where: str, call: str | None, names: dict[str, str]) -> None:
    """Private attributes, dicts by layer, attributes that methods fill, gradients backwards, updates: all are read."""
    result = checked(f"post_styles.py:{where}", names, call=call)
    assert result.passed, result
    assert max(array.relative_error for array in result.arrays) < 1e-8


def test_the_parameters_returned_as_the_gradient() -> None:
    """Weights in the place of gradients get exactly that sentence."""
    result = checked("post_styles.py:PrivateWeights", PRIVATE)
    assert result.sentence == "The gradients are wrong: the parameters were returned as the gradient."
    (cause,) = result.causes
    assert cause.name == "parameters_as_gradient"


def test_the_factor_four() -> None:
    """With that fixed, the gradient is averaged over the four samples and the loss is not."""
    result = checked("post_styles.py:PrivateWeights", PRIVATE, call="PrivateWeights(sizes, 'fixed')")
    assert {array.pattern for array in result.arrays} == {"0.25 times what it should be"}
    (cause,) = result.causes
    assert cause.name == "gradient_averaged_loss_summed"
    assert cause.source == line_of("grads.append(")


def test_a_column_of_zeros_for_ones(tmp_path: Path) -> None:
    """Only updates, and the bias of layer 1 is not among what it moves: layer 1 alone is wrong."""
    where = alone("post_styles.py:OnlyUpdates", tmp_path)
    result = checked(where, UPDATES, call="OnlyUpdates(sizes, np.zeros)")
    assert [array.passed for array in result.arrays] == [False, True]
    assert result.arrays[0].worst_index[0] == 0
