"""Files as people write them, checked by the plain command: ten kinds that were once beyond it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commands import Whynan

pytestmark = pytest.mark.usefixtures("warm_workers")

HERE = Path(__file__).parent / "people"
THEIRS = Path(__file__).resolve().parents[3] / "shared" / "cases" / "theirs"


@dataclass(frozen=True)
class Said:
    """What is to be said of a file: its exit code, words of its first line, and the lines that its edits correct."""

    code: int
    first: tuple[str, ...]
    lines: tuple[int, ...] = ()
    name: str | None = None
    anywhere: tuple[str, ...] = ()


OURS = {
    "two_factors": Said(1, ("dW2 (line 26)", "db1 (line 30)", "2 of 4 gradients are right"), (26, 30)),
    "spread_shape": Said(
        1,
        ("dW2 (line 29)", "3 of 4 gradients are right"),
        (29,),
        "weight_gradient_uses_own_output",
        ("the shape (1, 1)", "(1, 4)"),
    ),
    "slope_forgotten": Said(1, ("1 of 2 gradients is right",), (24,), "missing_activation_derivative"),
    "chained_functions": Said(1, ("2 of 4 gradients are right",), (31,), "missing_activation_derivative"),
    "guarded_logarithm": Said(0, ("The gradients are right",), anywhere=("p + 1e-6",)),
    "two_step_loss": Said(0, ("The gradients are right: ",)),
    "no_loss_anywhere": Said(0, ("right, if the loss is half the squared error, averaged over the samples",)),
    "new_lists": Said(0, ("The gradients are right: ",)),
    "plain_script": Said(0, ("right, if the loss is half the squared error, summed over the samples",)),
    "weight_for_input": Said(1, ("dw1 (line 28)", "dw2 (line 27)", "2 of 4 gradients are right"), (27, 28)),
    "weight_by_weight": Said(1, ("3 of 9 gradients are right",), (33, 34)),
}
SHARED = {
    "array_factors": Said(1, ("db1 (line 36)", "dW2 (line 32)", "2 of 4 gradients are right"), (32, 36)),
    "broadcast_gradient": Said(1, ("dW2 (line 31)",), (31,), "weight_gradient_uses_own_output", ("the shape (1, 1)",)),
    "error_without_slope": Said(1, ("1 of 2 gradients is right",), (24,), "missing_activation_derivative"),
    "functions_and_dict": Said(1, ("2 of 4 gradients are right",), (37,), "missing_activation_derivative"),
    "log_epsilon": Said(0, ("The gradients are right",)),
    "loss_guessed_from_targets": Said(0, ("The gradients are right",)),
    "misfit_told_for_missing_loss": Said(0, ("half the squared error, averaged",)),
    "rebinds_list": Said(0, ("The gradients are right",)),
    "script_loop": Said(0, ("half the squared error, summed",)),
    "single_numbers": Said(1, ("3 of 9 gradients are right",), (37, 38)),
}


@pytest.mark.parametrize("name", OURS)
def test_files_as_people_write_them(name: str, whynan: Whynan, tmp_path: Path) -> None:
    """The first line is the answer, the corrected lines are those of the mistake, and right files pass."""
    holds(whynan, HERE / f"{name}.py", OURS[name], tmp_path)


@pytest.mark.slow
def test_shared_cases(whynan: Whynan, tmp_path: Path) -> None:
    """The cases that lie beside some checkouts are what is written on top of each."""
    for name, said in SHARED.items():
        if (THEIRS / f"{name}.py").is_file():
            holds(whynan, THEIRS / f"{name}.py", said, tmp_path / name)


def holds(whynan: Whynan, file: Path, said: Said, folder: Path) -> None:
    """Check a file by the command as typed, and compare."""
    done = whynan(f"check subject={file} hydra.run.dir={folder / 'out'}")
    words = done.out
    first = words.splitlines()[0]
    assert done.code == said.code, words
    assert [text for text in said.first if text not in first] == []
    assert [text for text in said.anywhere if text not in words] == []
    found = json.loads((folder / "out" / "check.json").read_text())
    assert sorted(_lines(found["edits"])) == list(said.lines)
    if said.name is not None:
        assert found["edits"][0]["name"] == said.name


def _lines(edits: list[dict[str, Any]]) -> list[int]:
    return [part["line"] for edit in edits[:1] for part in [edit, *edit.get("and", [])]]
