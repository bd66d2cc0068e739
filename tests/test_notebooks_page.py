"""docs/notebooks.md: its examples."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from sweeping import InThisProcess, executor

__all__ = ["executor"]

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def untracked(*_: str) -> Iterator[object]:
    yield lambda settings: None


@pytest.fixture(autouse=True)
def without_mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder of its own, in which nothing is sent anywhere."""
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for module in ("training", "sweeping"):
        monkeypatch.setattr(f"runner.api.{module}.trackers", untracked)


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_examples_are_what_happens(executor: InThisProcess) -> None:
    """Every block of the page, one after the other, prints what stands there."""
    code = blocks((ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8"))
    assert len(code) == 6
    examples = doctest.DocTestParser().get_doctest("\n".join(code), {}, "notebooks.md", "notebooks.md", 0)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples).failed == 0


def test_the_code_of_the_readme_runs(executor: InThisProcess) -> None:
    """What the README shows of Python can be typed as it stands there."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## From Python and notebooks")[2]
    names: dict[str, Any] = {}
    exec(blocks(section)[0], names)
    assert names["found"].best.outcome == "converged"
    assert names["run"].folder.is_dir()
