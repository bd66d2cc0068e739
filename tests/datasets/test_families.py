"""What holds for every data set: its YAML, its shapes, its randomness."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from shipped import CONF, composed, loaded

from runner.datasets import FAMILIES, load
from runner.rng import Kind, Streams

# Families that need something from the user, and what makes them whole without a file.
GIVEN: dict[str, dict[str, Any]] = {"inline": {"X": [[0, 1], [2, 3], [4, 5]], "Y": [1, 2, 3]}}
SELF_SUFFICIENT = sorted(set(FAMILIES) - {"mnist", "table"})
RANDOM = ["x_plus_one", "sign", "sine", "formula", "planar", "circles", "blobs", "random_integers"]

# Name: (task, samples, features, outputs) of the YAML as shipped.
SHAPES = {
    "x_plus_one": ("regression", 1000, 1, 1),
    "and": ("binary", 4, 2, 1),
    "or": ("binary", 4, 2, 1),
    "nand": ("binary", 4, 2, 1),
    "xor": ("binary", 4, 2, 1),
    "parity": ("binary", 16, 4, 1),
    "sign": ("binary", 200, 1, 1),
    "sine": ("regression", 200, 1, 1),
    "formula": ("regression", 200, 1, 1),
    "planar": ("binary", 400, 2, 1),
    "circles": ("binary", 400, 2, 1),
    "blobs": ("classes", 300, 2, 3),
    "random_integers": ("multilabel", 100, 3, 2),
    "digits": ("classes", 1797, 64, 10),
    "inline": ("regression", 3, 2, 1),
}


def test_every_family_has_its_yaml():
    """conf/dataset has one file for each name in the registry, and no other."""
    assert {path.stem for path in CONF.iterdir()} == set(FAMILIES)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_yaml_holds_the_defaults(name: str):
    """The YAML of a data set has exactly its keys, each with the default of the model (null where there is none)."""
    fields = FAMILIES[name].model_fields
    defaults = {key: None if field.is_required() else field.default for key, field in fields.items()}
    shipped = {key: tuple(value) if isinstance(value, list) else value for key, value in composed(name).items()}
    assert shipped == defaults | {"name": name}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_key_has_a_comment(name: str):
    """Every key in the YAML of a data set is explained on its own line."""
    lines = (CONF / f"{name}.yaml").read_text().splitlines()
    assert lines[0].startswith("# ")
    assert [line for line in lines[1:] if not re.search(r"\S  # \S", line)] == []


@pytest.mark.parametrize("name", SELF_SUFFICIENT)
@pytest.mark.parametrize("rng", ["pcg64", "legacy"])
def test_shapes_and_task(name: str, rng: Kind):
    """The shipped YAML gives finite arrays of the documented shape, named columns and the documented task."""
    data = loaded(name, rng=rng, **GIVEN.get(name, {}))
    X, Y = data.train.X, data.train.Y
    assert (data.task, len(X), X.shape[1], Y.shape[1]) == SHAPES[name]
    assert len(Y) == len(X) == len(data.train)
    assert (len(data.features), len(data.targets)) == (X.shape[1], Y.shape[1])
    assert data.valid is None
    assert data.test is None
    assert np.isfinite(X).all()
    assert np.isfinite(Y).all()


@pytest.mark.parametrize("name", SELF_SUFFICIENT)
def test_targets_fit_the_task(name: str):
    """Labels are zeros and ones, classes are one-hot, and every label occurs."""
    data = loaded(name, standardize="none", **GIVEN.get(name, {}))
    Y = data.train.Y
    if data.task != "regression":
        assert set(np.unique(Y)) == {0.0, 1.0}
        assert (Y.max(axis=0) == 1.0).all()
    if data.task == "classes":
        assert (Y.sum(axis=1) == 1.0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_and_layout(dtype: str):
    """All parts come C-contiguous in the dtype of the run."""
    data = loaded("blobs", dtype=dtype, valid_fraction=0.2, test_fraction=0.2)
    assert data.valid is not None
    assert data.test is not None
    for part in (data.train, data.valid, data.test):
        for values in (part.X, part.Y):
            assert values.dtype == dtype
            assert values.flags.c_contiguous


@pytest.mark.parametrize("rng", ["pcg64", "legacy"])
@pytest.mark.parametrize("name", RANDOM)
def test_seed_decides(name: str, rng: Kind):
    """The same seed gives the same digest, another seed another one."""
    digests = [loaded(name, rng=rng, seed=seed).digest for seed in (3, 3, 4)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("name", RANDOM)
def test_own_seed_overrules(name: str):
    """dataset.seed takes the place of the run's seed."""
    settings = FAMILIES[name].model_validate(composed(name, seed=5))
    digests = {load(settings, Streams("pcg64", run_seed, settings.seed), "float64").digest for run_seed in (1, 2)}
    assert digests == {loaded(name, seed=5).digest}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_unknown_key_is_refused(name: str):
    """A key that the data set does not have is an error."""
    with pytest.raises(ValidationError, match="sampels"):
        FAMILIES[name].model_validate(composed(name, sampels=3))


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("planar", "samples", 0),
        ("planar", "samples", 10**9),
        ("planar", "samples", "100"),
        ("planar", "petals", 0),
        ("planar", "noise", -0.1),
        ("planar", "noise", float("nan")),
        ("planar", "valid_fraction", 1.0),
        ("planar", "valid_fraction", -0.1),
        ("planar", "seed", -1),
        ("planar", "seed", 2**32),
        ("planar", "standardize", "yes"),
        ("circles", "factor", 1.0),
        ("blobs", "classes", 1),
        ("parity", "bits", 17),
        ("x_plus_one", "high", 0),
        ("x_plus_one", "low", float("-inf")),
        ("random_integers", "high", -3),
        ("sine", "low", 4.0),
        ("mnist", "parts", []),
        ("mnist", "parts", ["test", "test"]),
        ("mnist", "parts", ["valid"]),
        ("mnist", "samples", 0),
        ("table", "separator", "ab"),
        ("inline", "task", "guess"),
    ],
)
def test_impossible_values_are_refused(name: str, key: str, value: object):
    """A value outside the range of its key is an error of validation, before anything is computed."""
    with pytest.raises(ValidationError):
        FAMILIES[name].model_validate(composed(name, **{key: value}))


def test_default_bound_is_checked_too():
    """A low above the default of high is an error, though high was not given."""
    with pytest.raises(ValidationError, match="the range is empty: high is 1000, which is not above low, 2000"):
        FAMILIES["x_plus_one"].model_validate({"name": "x_plus_one", "low": 2000.0})


def test_settings_are_frozen():
    """Settings of a data set can't be changed once made."""
    settings = FAMILIES["planar"].model_validate(composed("planar"))
    with pytest.raises(ValidationError, match="frozen"):
        settings.seed = 3


def test_importing_the_data_sets_is_light():
    """The package imports neither pandas, pyarrow, scikit-learn nor pooch: start-up would pay for them."""
    sources = Path(__file__).parents[2].joinpath("runner", "datasets").glob("*.py")
    heavy = re.compile(r"^(?:import|from) (pandas|pyarrow|sklearn|scipy|pooch|requests|rich)\b", re.MULTILINE)
    assert {path.name: heavy.findall(path.read_text()) for path in sources if heavy.search(path.read_text())} == {}
