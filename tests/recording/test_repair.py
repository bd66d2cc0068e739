"""Tests for corrections: small, proved, and none where there is nothing to prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from faulty_steps import COLUMNS, NETS, ROWS, Mistake
from test_locating import LOCATED
from written_steps import FILE, POINTS, WrittenStep, locate

from runner.recording.repairing.patch import patched
from runner.recording.repairing.proof import Proof
from runner.recording.repairing.repair import Correction, Limits, repair
from runner.recording.scenario import Outcome, Point


def corrected(text: str, points: tuple[Point, ...] = POINTS, limits: Limits | None = None) -> Correction | None:
    """The correction of a source, checked at some points."""
    scenario = WrittenStep(text, points)
    return repair(scenario, locate(scenario, points[0]), points[0], limits)


def right_everywhere(text: str, net: str) -> bool:
    """Whether a source has the gradients of the right network at points that no correction has seen."""
    mine, theirs = WrittenStep(text), WrittenStep(net)
    for point in (Point("", 21, 9), Point("", 22, 4, (3, 7))):
        for one, other in zip(mine.run(point).gradients, theirs.run(point).gradients, strict=True):
            if one is None or other is None or not np.allclose(one.ravel(), other.ravel(), rtol=1e-6, atol=1e-9):
                return False
    return True


# Each takes about half a second: every third in every run, the others in the slow one.
SOME = [
    pytest.param(m, id=f"{m.net}-{m.wrong}", marks=() if place % 3 == 0 else pytest.mark.slow)
    for place, m in enumerate(LOCATED)
]


@pytest.mark.parametrize("mistake", SOME)
def test_a_mistake_is_corrected(mistake: Mistake) -> None:
    """One edit of the wrong line makes all gradients right, elsewhere too, and has the catalogue's name."""
    found = corrected(mistake.text)
    assert found is not None
    assert [edit.line for edit in found.edits] == [mistake.line]
    after = patched({FILE: mistake.text}, found.edits)[FILE]
    assert right_everywhere(after, NETS[mistake.net]), after
    assert found.names == (mistake.name,)
    assert found.checked.points == 4
    assert found.checked.error < 1e-6


def test_two_mistakes_are_corrected_together() -> None:
    """Where one edit is not enough, two are found, each of its own line."""
    text = ROWS.replace("(1 - A1**2)", "(1 - Z1**2)").replace("A2.T @ dZ3 / m", "A2.T @ dZ3")
    found = corrected(text)
    assert found is not None
    assert sorted(edit.line for edit in found.edits) == [49, 55]
    assert right_everywhere(patched({FILE: text}, found.edits)[FILE], ROWS)


def test_nothing_is_corrected_where_no_edit_is_right() -> None:
    """A backward pass that has another structure altogether gets no correction."""
    text = ROWS.replace("dZ3 = A3 - Y", "dZ3 = np.cos(A3 + Y) ** 3")
    text = text.replace("dZ2 = dA2 * relu_prime(Z2)", "dZ2 = np.sin(dA2) * Z2 ** 3")
    assert corrected(text, limits=Limits(runs=60, edits=2)) is None


def test_a_gradient_that_is_zero_is_not_corrected() -> None:
    """Where the true gradient is zero, anything times zero would be right: no line of the backward pass is proposed.

    That of the forward pass which makes it zero is shown apart.
    """
    text = ROWS.replace('A1 @ p["W2"] + p["b2"]', 'A1 @ p["W2"] + 0 * p["b2"]')
    found = corrected(text, limits=Limits(runs=60, edits=1))
    assert found is not None
    assert found.changes_loss
    assert [edit.line for edit in found.edits] == [34]


def test_layer_sizes_are_varied() -> None:
    """With layers as wide as the batch, `X.shape[0]` and the width agree; another width tells them apart."""
    text = COLUMNS.replace("return 0.5 * np.sum(", "return 0.5 / len(X) * np.sum(")
    slope = "(acts[-1] - Y.T) * sigmoid_prime(sums[-1])"
    right, text = text.replace(slope, f"{slope} / len(X)"), text.replace(slope, f"{slope} / 4")
    found = corrected(text, (Point("", 1, 7), Point("", 2, 4), Point("", 3, 4, (5, 6)), Point("", 4, 7)))
    assert found is not None
    assert right_everywhere(patched({FILE: text}, found.edits)[FILE], right)


@pytest.mark.parametrize("samples", [4, 7])
def test_a_number_that_agrees_with_the_batch_is_no_correction(samples: int) -> None:
    """Where the number of samples can't be varied, `/ 4` is not put in: the count that the loss divides by is."""
    slope = "(acts[-1] - Y.T) * sigmoid_prime(sums[-1])"
    text = COLUMNS.replace("return 0.5 * np.sum(", "return 0.5 / len(X) * np.sum(")
    right, text = text.replace(slope, f"{slope} / len(X)"), text.replace(slope, f"{slope} / 3")
    found = corrected(text, (Point("", 1, samples), Point("", 2, samples)))
    assert found is not None
    assert [edit.after for edit in found.edits] == ["len(X)"]
    assert right_everywhere(patched({FILE: text}, found.edits)[FILE], right)


class Trained(WrittenStep):
    """A step that updates: by its gradients, or in the same way whatever they are."""

    def __init__(self, text: str, *, uses_gradients: bool) -> None:
        super().__init__(text, POINTS)
        self.uses_gradients = uses_gradients

    def run(self, point: Point) -> Outcome:
        outcome = super().run(point)
        gradients = [np.ones(1) if one is None or not self.uses_gradients else one for one in outcome.gradients]
        return replace(outcome, after=tuple(1 - 0.1 * one for one in gradients))

    def patched(self, texts: Mapping[Path, str]) -> WrittenStep:
        return Trained(texts[FILE], uses_gradients=self.uses_gradients)


@pytest.mark.parametrize("uses_gradients", [True, False])
def test_a_change_that_moves_no_parameter_is_not_proved(uses_gradients: bool) -> None:
    """Where the parameters after the step are what they were without the change, it corrects nothing."""
    scenario = Trained(ROWS.replace("A2.T @ dZ3 / m", "A2.T @ dZ3"), uses_gradients=uses_gradients)
    checked = Proof(scenario, 1e-6).prove({FILE: ROWS})
    assert (checked is not None) is uses_gradients
