"""What had been growing before a run broke, against series made by hand with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from runner.files.history import NULL
from runner.training.history import History
from runner.training.nonfinite.approach import approach


def history(**series: np.ndarray) -> History:
    """A history of these columns (`/` written as two underlines), one row a step from step 0 on."""
    columns = {name.replace("__", "/"): values for name, values in series.items()}
    rows = len(next(iter(columns.values())))
    made = History(["step", *columns])
    made.add(np.column_stack([np.arange(rows), *columns.values()]))
    return made


def flat_then_growing(rows: int, since: int, factor: float) -> np.ndarray:
    return 3.0 * factor ** np.maximum(np.arange(rows) - since, 0.0)


def noise(rows: int, deviation: float, seed: int) -> np.ndarray:
    return np.exp(deviation * np.random.default_rng(seed).normal(size=rows))


@pytest.mark.parametrize(("since", "factor"), [(0, 2.0), (200, 1.1), (290, 1.5), (150, 1.01)])
def test_growth_is_reported_with_its_start_and_its_pace(since: int, factor: float) -> None:
    """A loss that is level and then grows by a factor a step: the step, both values, the factor, the doubling time."""
    loss = flat_then_growing(300, since, factor)
    found = approach(history(loss=loss), 300)
    assert found is not None
    assert (found.quantity, found.since, found.until, found.others) == ("loss", since, 299, ())
    assert found.start == pytest.approx(3.0)
    assert found.end == pytest.approx(loss[-1])
    assert found.factor == pytest.approx(factor)
    assert found.doubling == pytest.approx(np.log(2) / np.log(factor))


@pytest.mark.parametrize("seed", range(5))
def test_noise_blurs_the_start_a_little(seed: int) -> None:
    """In mini-batch noise of 30 % the start is found within 8 steps, the pace within 3 % a step."""
    found = approach(history(loss=flat_then_growing(500, 400, 1.1) * noise(500, 0.3, seed)), 500)
    assert found is not None
    assert found.since == pytest.approx(400, abs=8)
    assert found.factor == pytest.approx(1.1, abs=0.03)


def test_what_fell_before_it_rose_is_reported_from_where_it_rose() -> None:
    """A loss that falls from 1e6 to 1 and rises to 100 has grown a hundredfold, though it ends far below its start."""
    loss = np.concatenate([np.geomspace(1e6, 1.0, 201), np.geomspace(1.0, 100.0, 101)[1:]])
    found = approach(history(loss=loss), 301)
    assert found is not None
    assert found.since == 200
    assert found.end / found.start == pytest.approx(100.0)


def test_what_grows_faster_and_faster_is_reported_from_its_first_rise() -> None:
    """A gradient whose exponent doubles at every step has grown from the start, not only where the line gets steep."""
    grad_norm = 10.0 ** (2.0 ** np.arange(9))
    found = approach(history(grad_norm=grad_norm), 9)
    assert found is not None
    assert (found.since, found.start, found.end) == (0, 10.0, grad_norm[-1])


def test_three_steps_after_a_thousand_level_ones_are_growth() -> None:
    """A level series that leaps up at its end by 1e10, again and again, has grown since the last level row."""
    grad_norm = np.concatenate([np.full(1000, 0.5), [5e9, 5e19, 5e29]]) * noise(1003, 0.1, 0)
    found = approach(history(grad_norm=grad_norm), 1003)
    assert found is not None
    assert found.since == pytest.approx(999, abs=3)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("deviation", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("shape", ["level", "falling", "wave", "spike"])
def test_what_does_not_grow_is_not_reported(shape: str, deviation: float, seed: int) -> None:
    """Level, falling and waving series, and one with a spike at its end, have not grown, in whatever noise."""
    t = np.arange(400)
    series = {
        "level": np.ones(400),
        "falling": np.exp(-t / 100),
        "wave": np.exp(0.5 * np.sin(t / 10)),
        "spike": np.where(t == 399, 50.0, 1.0),
    }[shape]
    assert approach(history(loss=series * noise(400, deviation, seed)), 400) is None


def test_the_largest_growth_comes_first() -> None:
    """Of several quantities that grew the one by the largest factor is the answer, the others follow it."""
    made = history(
        loss=flat_then_growing(100, 50, 1.1),
        grad_norm=np.ones(100),
        grad_norm__layer_1=flat_then_growing(100, 40, 1.5),
        update_ratio__layer_1=flat_then_growing(100, 60, 1.2),
    )
    found = approach(made, 100)
    assert found is not None
    assert (found.quantity, found.since) == ("grad_norm/layer_1", 40)
    grown = [(other.quantity, other.since) for other in found.others]
    assert grown == [("update_ratio/layer_1", 60), ("loss", 50)]


def test_only_what_was_before_the_event_counts() -> None:
    """Rows from the event's step on, which hold what it did, change nothing."""
    loss = flat_then_growing(300, 200, 1.1)
    after = np.concatenate([loss, [np.inf, np.nan, 1e-9]])
    assert approach(history(loss=after), 300) == approach(history(loss=loss), 300)


def test_unmeasured_rows_are_passed_over() -> None:
    """With norms at every third step only, the start is found as closely as that, and the pace is still a step's."""
    grad_norm = flat_then_growing(301, 201, 1.1)
    grad_norm[np.arange(301) % 3 != 0] = NULL
    found = approach(history(loss=np.ones(301), grad_norm=grad_norm), 301)
    assert found is not None
    assert (found.quantity, found.since, found.until) == ("grad_norm", 201, 300)
    assert found.factor == pytest.approx(1.1)


def test_growth_counts_from_the_last_value_without_a_logarithm() -> None:
    """A gradient that was exactly 0, or infinite for a step, can only have grown since."""
    grad_norm = flat_then_growing(100, 20, 1.2)
    grad_norm[40], grad_norm[60] = np.inf, 0.0
    found = approach(history(grad_norm=grad_norm), 100)
    assert found is not None
    assert (found.since, found.factor) == (61, pytest.approx(1.2))
    assert approach(history(grad_norm=np.zeros(100)), 100) is None


def test_two_rows_are_too_few() -> None:
    """From a run that breaks at once nothing can be said."""
    for rows in range(3):
        assert approach(history(loss=10.0 ** np.arange(rows)), rows) is None


def test_other_columns_are_not_looked_at() -> None:
    """Validation losses and shares of dead units say nothing of how a run broke."""
    made = history(
        loss=np.ones(100), valid_loss=flat_then_growing(100, 50, 1.1), dead__layer_1=np.linspace(0.01, 1, 100)
    )
    assert approach(made, 100) is None
