"""From settings to parts: the split, the statistics of the training part, the conversion, the digest."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from shipped import composed, loaded, refused

from runner.datasets import FAMILIES, Dataset, DatasetSettings, RawData
from runner.rng import Draws, Kind

ROWS = [[float(i), 2.0 * i] for i in range(100)]


def numbered(**changes: Any) -> Dataset:
    """A hundred samples whose input tells their number."""
    return loaded("inline", X=ROWS, Y=[row[0] for row in ROWS], **changes)


def test_without_fractions_the_samples_keep_their_order():
    """Nothing is held out and nothing is shuffled unless asked for."""
    data = numbered()
    assert data.train.X.tolist() == ROWS
    assert data.valid is None
    assert data.test is None


@pytest.mark.parametrize("rng", ["pcg64", "legacy"])
def test_split_shares_out_every_sample_once(rng: Kind):
    """The parts have the sizes asked for, are disjoint, are not in order, and inputs keep their targets."""
    data = numbered(rng=rng, valid_fraction=0.2, test_fraction=0.1)
    assert data.valid is not None
    assert data.test is not None
    parts = (data.train, data.valid, data.test)
    assert [len(part) for part in parts] == [70, 20, 10]
    samples = np.concatenate([part.X[:, 0] for part in parts])
    assert sorted(samples) == [row[0] for row in ROWS]
    assert sorted(data.valid.X[:, 0]) != list(data.valid.X[:, 0])
    for part in parts:
        assert (part.X[:, :1] == part.Y).all()


def test_split_depends_on_the_dataset_seed_alone():
    """dataset.seed chooses the parts, and so does the run's seed in its absence."""
    first, again, other = (numbered(seed=seed, valid_fraction=0.2) for seed in (1, 1, 2))
    assert first.digest == again.digest != other.digest


def test_each_sample_is_validated_on_in_one_fold():
    """The folds share out all samples, as many in each give or take one; what a fold lacks is trained on."""
    parts = [numbered(folds=7, fold=fold) for fold in range(7)]
    held_out = [part.valid.X[:, 0].tolist() for part in parts if part.valid is not None]
    assert sorted(itertools.chain(*held_out)) == [row[0] for row in ROWS]
    assert {len(samples) for samples in held_out} == {14, 15}
    for part, samples in zip(parts, held_out, strict=True):
        assert sorted([*part.train.X[:, 0], *samples]) == [row[0] for row in ROWS]
    assert held_out[3] == numbered(folds=7, fold=3).valid.X[:, 0].tolist()
    assert held_out[3] != numbered(folds=7, fold=3, seed=2).valid.X[:, 0].tolist()


def test_folds_have_the_classes_in_equal_shares():
    """As in scikit-learn's StratifiedKFold a fold has as many samples of each class as any other, give or take one."""
    labels = np.array(["abc"[i % 10 // 4] for i in range(103)])
    for fold in range(5):
        data = loaded("inline", X=np.arange(103.0).tolist(), Y=labels.tolist(), folds=5, fold=fold)
        for counts, count in zip(data.valid.Y.sum(axis=0), (42, 41, 20), strict=True):
            assert count // 5 <= counts <= -(-count // 5)


def test_a_test_set_is_held_out_before_the_folds():
    """The samples to test on are the same in all folds, and none of them is validated on."""
    parts = [numbered(folds=4, fold=fold, test_fraction=0.2) for fold in range(4)]
    assert len({part.test.X.tobytes() for part in parts}) == 1
    assert [len(part.valid) for part in parts] == [20] * 4
    assert not set(parts[0].test.X[:, 0]) & {x for part in parts for x in part.valid.X[:, 0]}


def test_folds_need_a_sample_each():
    """More folds than samples are refused."""
    [problem] = refused("xor", folds=5)
    assert (problem.path, problem.given) == ("dataset.folds", 5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fold": 5, "folds": 5}, "must be one of 0..4"),
        ({"fold": 1}, "needs dataset.folds"),
        ({"folds": 2, "valid_fraction": 0.1}, "dataset.valid_fraction=0"),
        ({"folds": 1}, "greater than or equal to 2"),
        ({"scaling": "minmax"}, "dataset.standardize=inputs"),
    ],
)
def test_settings_that_contradict_each_other(given: dict[str, Any], message: str):
    """A fold beyond the folds, two ways to validate, a way to scale nothing."""
    with pytest.raises(ValidationError, match=message):
        FAMILIES["xor"](name="xor", **given)


def test_split_does_not_change_the_samples():
    """Holding samples out leaves the generated ones as they were."""
    whole = loaded("planar").train.X
    data = loaded("planar", valid_fraction=0.25)
    assert data.valid is not None
    together = np.concatenate([data.train.X, data.valid.X])
    assert sorted(map(tuple, together)) == sorted(map(tuple, whole))


def test_statistics_come_from_the_training_part():
    """The training part has mean 0 and deviation 1; the others are scaled by its numbers, not their own."""
    data = numbered(valid_fraction=0.3, standardize="both")
    assert data.valid is not None
    np.testing.assert_allclose(data.train.X.mean(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(data.train.Y.std(), 1.0)
    assert abs(data.valid.X.mean()) > 1e-3
    raw = data.valid.X * data.scaling.input_scale + data.scaling.input_mean
    np.testing.assert_allclose(raw[:, 1], 2 * raw[:, 0], atol=1e-12)
    np.testing.assert_allclose(data.scaling.outputs(data.valid.Y)[:, 0], raw[:, 0], atol=1e-12)


@pytest.mark.parametrize("part", ["valid", "test"])
def test_fraction_of_nothing(part: str):
    """A fraction that rounds to no sample is an error that names the least that would do."""
    [problem] = refused("xor", **{f"{part}_fraction": 0.1})
    assert problem.path == f"dataset.{part}_fraction"
    assert problem.message == "0.1 of 4 samples is less than one sample: set at least 0.12, or 0 for no such split"


def test_nothing_left_to_train_on():
    """Fractions below 1 that round to all samples are an error."""
    [problem] = refused("xor", valid_fraction=0.49, test_fraction=0.5)
    assert problem.message == "4 of 4 samples are held out, which leaves none to train on"


def test_fractions_must_sum_to_less_than_one():
    """Fractions that leave nothing are refused before anything is loaded."""
    with pytest.raises(ValidationError, match=r"valid_fraction 0.5 and test_fraction 0.5 must sum to less than 1"):
        FAMILIES["planar"].model_validate(composed("planar", valid_fraction=0.5, test_fraction=0.5))


@pytest.mark.parametrize("name", ["xor", "blobs", "random_integers"])
def test_labels_are_not_standardised(name: str):
    """standardize=both is for regression; labels would lose their meaning."""
    [problem] = refused(name, standardize="both")
    assert problem.path == "dataset.standardize"
    assert problem.allowed == ("none", "inputs")


def test_float32_overflow():
    """A number that float32 can't hold is an error that names the column; standardising it first fixes it."""
    [problem] = refused("inline", X=[1.0, 1e39], Y=[1, 2], dtype="float32")
    assert (problem.path, problem.given, problem.allowed) == ("dtype", "float32", ("float64",))
    assert problem.message == "the column 'x' holds 1e+39, too large for it"
    data = loaded("inline", X=[1.0, 1e39], Y=[1, 2], dtype="float32", standardize="inputs")
    assert data.train.X.ravel().tolist() == [-1.0, 1.0]


def test_numbers_that_are_not_finite_are_refused(monkeypatch: pytest.MonkeyPatch):
    """NaN and infinity that a family gives are reported by column and sample, all of them at once."""
    broken = RawData(
        np.array([[1.0, 2.0], [np.nan, 3.0], [np.nan, 4.0]]),
        np.array([[1.0], [2.0], [-np.inf]]),
        "regression",
        ("width", "height"),
        ("price",),
    )
    monkeypatch.setattr(FAMILIES["planar"], "generate", lambda self, draws: broken)
    assert [problem.message for problem in refused("planar")] == [
        "input 'width' of sample 1 is nan (2 values of that column are not finite)",
        "target 'price' of sample 2 is -inf",
    ]


def test_digest_knows_values_shapes_dtypes_and_parts():
    """The digest differs whenever a value, the shape, the dtype or the split does, and only then."""
    digests = {
        numbered().digest,
        loaded("inline", X=ROWS[:-1], Y=list(range(99))).digest,
        loaded("inline", X=[*ROWS[:-1], [99.0, 198.5]], Y=list(range(100))).digest,
        loaded("inline", X=ROWS, Y=[*range(99), 0]).digest,
        numbered(dtype="float32").digest,
        numbered(valid_fraction=0.1).digest,
        numbered(test_fraction=0.1).digest,
    }
    assert len(digests) == 7
    assert numbered().digest in digests
    assert all(len(digest) == 64 for digest in digests)


def test_too_large_for_memory(monkeypatch: pytest.MonkeyPatch):
    """A data set that can't be allocated is an error of the user's, not a traceback."""

    def allocate(self: DatasetSettings, draws: Draws) -> RawData:
        raise MemoryError

    monkeypatch.setattr(FAMILIES["planar"], "generate", allocate)
    [problem] = refused("planar")
    assert problem.message == "'planar' of this size doesn't fit into memory"
