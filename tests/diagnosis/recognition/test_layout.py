"""Which array is what, from shapes alone."""

from __future__ import annotations

import numpy as np
import pytest
from plain_networks import STYLES, Plain

from runner.diagnosis.recognition.layout import layouts


@pytest.mark.parametrize("order", ["layers", "kinds", "reversed"])
@pytest.mark.parametrize("style", list(STYLES))
def test_arrays_become_our_vector_and_back(style: str, order: str) -> None:
    """One of the layouts reads W and b of each layer as they were written, and writes the same arrays."""
    network = Plain((3, 4, 2), style=style, order=order)
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in network.shapes]
    Ws, bs = network.read(arrays)
    blocks = [np.hstack([W.T, b[:, None]]) if network.biased else W.T for W, b in zip(Ws, bs, strict=True)]
    wanted = np.concatenate([block.ravel() for block in blocks])
    found = [layout for layout in layouts(network.shapes, 3, (2,)) if np.array_equal(layout.theta(arrays), wanted)]
    assert found
    for array, again in zip(arrays, found[0].arrays(wanted), strict=True):
        np.testing.assert_array_equal(again, array)


def test_a_bias_that_is_subtracted_has_its_sign_in_our_vector() -> None:
    """b of a network with Z = W A - b is -b of ours, and so is its gradient."""
    (layout,) = layouts([(3, 1), (1,)], 3, (1,))[:1]
    signed = layout.subtracting([-1])
    np.testing.assert_array_equal(signed.theta([np.ones((3, 1)), np.array([2.0])]), [1, 1, 1, -2])
    np.testing.assert_array_equal(signed.arrays(np.array([1.0, 1.0, 1.0, -2.0]))[1], [2.0])


def test_layouts_in_one_style_come_first() -> None:
    """Square weights go both ways; layers written alike are tried before mixtures."""
    found = layouts([(3, 3), (3,), (3, 3), (3,)], 3, (3,))
    ways = [tuple(layer.out_in for layer in layout.layers) for layout in found]
    assert {(True, True), (False, False), (True, False), (False, True)} <= set(ways)
    assert [layout.uniform for layout in found] == sorted(layout.uniform for layout in found)


def test_shapes_that_make_no_network_have_no_layout() -> None:
    """Arrays that don't fit together give none."""
    assert layouts([(3, 4), (6, 2)], 3, (2,)) == []
