"""The commands of docs/optimizers.md."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from runner.composition.configuration import configuration_of
from runner.settings.optimizer import OPTIMIZERS
from runner.settings.schedule import SCHEDULES
from runner.training.setup import prepare

PAGE = (Path(__file__).parents[1] / "docs" / "optimizers.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m runner (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_run(command: str) -> None:
    """Each composes to settings that can be trained."""
    words = [word for word in shlex.split(command) if word not in ("show", "program")]
    assert prepare(configuration_of(words).settings).steps > 0


def test_every_schedule_and_optimizer_is_on_the_page() -> None:
    """The tables name all of them, and what stands there as a schedule is one."""
    for name in OPTIMIZERS:
        assert f"| `{name}` |" in PAGE
    listed = re.findall(r"^\| `(\{name: .*?\}|constant)` \|", PAGE, re.MULTILINE)
    found = [configuration_of([f"optimizer.schedule={text}"]).settings.optimizer.schedule.name for text in listed]  # type: ignore[attr-defined]
    assert found == ["constant", *[name for name in SCHEDULES if name != "constant"]]
