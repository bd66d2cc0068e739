"""How much of a failure is luck."""

import pytest

from runner.diagnosis.odds import Odds


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ((0, 4), (2, 3), True),
        ((0, 4), (1, 3), False),
        ((3, 8), (8, 8), True),
        ((5, 8), (8, 8), True),
        ((6, 8), (8, 8), False),
        ((4, 8), (6, 8), False),
        ((1, 8), (1, 1), False),
    ],
)
def test_a_change_is_no_fix_where_luck_does_as_much(before, after, better):
    """Most seeds have to learn with a change; more than by chance where some learn without it (hypergeometric)."""
    from scipy.stats import hypergeom

    assert Odds(*before).beaten_by(Odds(*after)) is better
    if before[0]:
        tried, learnt = before[1] + after[1], before[0] + after[0]
        by_chance = hypergeom(tried, learnt, after[1]).sf(after[0] - 1)
        assert bool(by_chance <= 0.1 + 1e-9 and 2 * after[0] > after[1]) is better
