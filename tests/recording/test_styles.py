"""Networks in every style are recorded without being changed, and differentiated rightly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from styles_listed import STYLES, leaf_adjoints, loaded

from runner.recording.differentiating.adjoints import adjoints
from runner.recording.differentiating.directional import directional_check
from runner.recording.taping.record import record


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    return type(left) is type(right) and np.array_equal(np.asarray(left), np.asarray(right))


@pytest.mark.parametrize("style", STYLES)
def test_recording_changes_nothing(style: str) -> None:
    """Loss and gradients of rewritten code are those of the code as it is, to the bit and in type, recorded or not."""
    plain, rewritten, recorded = loaded(style, False), loaded(style, True), loaded(style, True)
    recording = record(
        lambda: (recorded.loss(recorded.params), recorded.gradients and recorded.gradients(recorded.params))
    )
    assert recording.error is None
    loss, gradients = recording.result
    assert _same(plain.loss(plain.params), loss)
    assert _same(rewritten.loss(rewritten.params), loss)
    if plain.gradients is not None and rewritten.gradients is not None:
        expected = plain.gradients(plain.params)
        assert _same(expected, gradients)
        assert _same(expected, rewritten.gradients(rewritten.params))


@pytest.mark.parametrize("style", STYLES)
def test_adjoints_agree_with_differences(style: str) -> None:
    """The adjoints of the parameters are the derivatives of the loss along random directions."""
    network = loaded(style, True)
    recording = record(lambda: network.loss(network.params))
    loss = recording.tape.node_of(recording.result)
    assert loss is not None
    found = adjoints(recording.tape, loss)
    assert found.opaque == []
    slopes = [leaf_adjoints(found, recording.tape, value) for value in network.params.values()]
    check = directional_check(network.loss_at, network.values(), slopes)
    assert check.right, check
    assert check.error < 1e-7


@pytest.mark.parametrize("style", STYLES)
def test_adjoints_agree_with_right_gradients(style: str) -> None:
    """Where a style writes its own gradients, the adjoints are these."""
    network = loaded(style, True)
    if network.gradients is None:
        return
    recording = record(lambda: network.loss(network.params))
    loss = recording.tape.node_of(recording.result)
    assert loss is not None
    found = adjoints(recording.tape, loss)
    for name, gradient in network.gradients(network.params).items():
        adjoint = leaf_adjoints(found, recording.tape, network.params[name])
        np.testing.assert_allclose(adjoint.reshape(np.shape(gradient)), np.asarray(gradient), rtol=1e-9, atol=1e-12)
