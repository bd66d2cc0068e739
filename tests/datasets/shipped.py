"""What the tests of the data sets share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.datasets import FAMILIES, Dataset, load
from runner.errors import Problem, UserError
from runner.rng import Kind, Streams

CONF = Path(__file__).parents[2] / "conf" / "dataset"


def composed(name: str, **changes: Any) -> dict[str, Any]:
    """The keys of conf/dataset/NAME.yaml, some of them changed."""
    return yaml.safe_load((CONF / f"{name}.yaml").read_text()) | changes


def loaded(name: str, *, rng: Kind = "pcg64", seed: int = 1, dtype: str = "float64", **changes: Any) -> Dataset:
    """The data set of the YAML with these changes."""
    settings = FAMILIES[name].model_validate(composed(name, **changes))
    return load(settings, Streams(rng, seed, settings.seed), dtype)


def refused(name: str, **changes: Any) -> list[Problem]:
    """The problems of a data set that can't be loaded."""
    with pytest.raises(UserError) as error:
        loaded(name, **changes)
    return list(error.value.problems)
