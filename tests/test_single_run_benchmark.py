"""benchmarks/single_run.py: what it measures of ours can be trained, by both runtimes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "benchmarks" / "single_run.py"


@pytest.mark.parametrize("runtime", ["auto", "python"])
@pytest.mark.parametrize("task", ["xor", "planar"])
def test_our_side_of_the_table_trains(task: str, runtime: str) -> None:
    """A few steps take some time: the benchmark follows the program that it measures."""
    spec = importlib.util.spec_from_file_location("single_run", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.ours(task, "float64", {}, runtime)(20) > 0
