"""Which array belongs to which layer."""

from __future__ import annotations

import pytest

from runner.subjects.layers import arrays_of, fit


@pytest.mark.parametrize(
    ("names", "shapes", "expected"),
    [
        ("abcd", [(2, 3), (3,), (3, 1), (1,)], ["1W", "1b", "2W", "2b"]),
        ("abcd", [(3, 2), (1, 3), (3, 1), (1, 1)], ["1W", "2W", "1b", "2b"]),
        ("abcd", [(3,), (2, 3), (1,), (3, 1)], ["1b", "1W", "2b", "2W"]),
        ("ab", [(3, 3), (1, 4)], ["1W", "2W"]),
        ("ab", [(2, 5), (5, 1)], ["1W", "2W"]),
        (["W2", "W1", "b1", "b2"], [(1, 3), (3, 2), (3, 1), (1, 1)], ["2W", "1W", "1b", "2b"]),
    ],
)
def test_shapes_and_names_tell(names: list[str], shapes: list[tuple[int, ...]], expected: list[str]) -> None:
    """W b W b, W W b b, b W b W, the bias inside, none, and by number; in (in, out) and in (out, in)."""
    found = arrays_of(list(names), shapes, 2, 1)
    assert [f"{part.layer}{'b' if part.is_bias else 'W'}" for part in found] == expected
    assert [part.entries.shape for part in found] == shapes
    assert found[1].entries.ravel()[0] == found[0].entries.size


def test_samples_that_do_not_fit() -> None:
    """Arrays for two features are none for three, and a bias apart is not inside as well."""
    shapes = [(2, 3), (3,), (3, 1), (1,)]
    assert fit(list("abcd"), shapes, 2, 1)
    assert not fit(list("abcd"), shapes, 3, 1)
    assert not fit(list("abcd"), shapes, 1, 1)
    assert not fit(list("abcd"), shapes, 2, 2)
