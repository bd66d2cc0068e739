"""The corpus itself: right networks are right, every fault can be written, runs, and shows."""

from __future__ import annotations

import numpy as np
import pytest
from nets_all import BLIND, BLIND_FAULTS, FAULTS, FRESH, FRESH_FAULTS, NETS_OF_CORPUS, observed, same_gradients
from nets_types import Fault, Net, Observed, lines_of

each_net = pytest.mark.parametrize("net", [*NETS_OF_CORPUS, *FRESH, *BLIND], ids=lambda net: net.name)
each_fault = pytest.mark.parametrize(
    ("net", "fault"),
    [*FAULTS, *FRESH_FAULTS, *BLIND_FAULTS],
    ids=[f"{net.name}-{fault.name}" for net, fault in (*FAULTS, *FRESH_FAULTS, *BLIND_FAULTS)],
)


def differences(one: Observed, name: str, step: float = 1e-5) -> np.ndarray:
    """The derivative of the oracle's loss by one array: central differences, element by element."""
    found = np.zeros_like(one.point[name])
    for index in np.ndindex(found.shape):
        values = []
        for sign in (step, -step):
            moved = {key: value.copy() for key, value in one.point.items()}
            moved[name][index] += sign
            values.append(one.loss(moved))
        found[index] = (values[0] - values[1]) / (2 * step)
    return found


def test_the_corpus_is_large_and_mixed() -> None:
    """At least 22 networks in 14 styles, four faults each, 90 in all."""
    assert len(NETS_OF_CORPUS) >= 22
    assert len({net.style for net in NETS_OF_CORPUS}) >= 14
    assert all(len(net.faults) >= 4 for net in NETS_OF_CORPUS)
    assert len(FAULTS) >= 90
    assert len({(net.name, fault.name) for net, fault in FAULTS}) == len(FAULTS)


@each_net
def test_a_right_network_descends_the_gradient_of_its_loss(net: Net) -> None:
    """Each array moves along the finite differences of a loss that the oracle computes by itself."""
    for one in observed(net, None):
        assert set(one.gradient) == set(one.point)
        for name, gradient in one.gradient.items():
            expected = differences(one, name)
            assert gradient.shape == expected.shape, name
            assert np.abs(gradient - expected).max() <= net.tolerance * max(1.0, np.abs(expected).max()), name


@each_net
def test_a_written_loss_has_the_value_of_the_oracles(net: Net) -> None:
    """What the file computes as its loss is the loss; a file without one computes none."""
    said = [(one.said, one.loss(one.point)) for one in observed(net, None) if one.said is not None]
    assert bool(said) == (net.loss == "written")
    for given, expected in said:
        assert given == pytest.approx(expected, rel=net.tolerance)


@each_fault
def test_a_fault_shows(net: Net, fault: Fault) -> None:
    """Its text stands once in the source, the faulty file runs, and what it does is not what the right one does."""
    assert lines_of(net, fault)
    right, wrong = observed(net, None), observed(net, fault)
    changed = not same_gradients(right, wrong, net.tolerance)
    if fault.kind in ("backward", "update"):
        assert changed
    else:
        assert changed or [one.said for one in right] != pytest.approx([one.said for one in wrong], rel=1e-9)
