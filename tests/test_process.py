"""Telling whether the process that trains a run still lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from runner.process import SILENCE, _started, state_of, this_process


def test_this_process_lives() -> None:
    """A process that can be looked at is alive however long it has been silent."""
    assert state_of(this_process(), 1e9) == "alive"


def test_process_that_was_killed_is_gone() -> None:
    """A child that ended is gone at once, also before its parent has taken note of its end."""
    program = "import json; from runner.process import this_process; print(json.dumps(this_process()))"
    with subprocess.Popen([sys.executable, "-c", program + "; input()"], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        described: dict[str, Any] = json.loads(child.stdout.readline())
        assert described["pid"] == child.pid
        assert state_of(described, 0.0) == "alive"
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert state_of(described, 0.0) == "gone"


def test_number_that_was_used_again_is_another_process() -> None:
    """The same process number with another start time isn't the process that was meant."""
    assert state_of({**this_process(), "started": "12345"}, 0.0) == "gone"


@pytest.mark.parametrize("changed", [{"boot": "another"}, {"namespace": "pid:[1]"}])
def test_process_out_of_sight_is_gone_after_long_silence(changed: dict[str, str]) -> None:
    """From before a reboot or in another container, only a long silence shows that it is gone."""
    process = {**this_process(), **changed}
    assert state_of(process, SILENCE / 2) == "unknown"
    assert state_of(process, SILENCE * 2) == "gone"


def test_process_of_another_machine_is_never_gone() -> None:
    """What runs on another host may be asleep; it is never called gone."""
    assert state_of({**this_process(), "host": "elsewhere"}, 1e9) == "unknown"
    assert state_of({}, 1e9) == "unknown"


def test_no_process_has_no_start_time() -> None:
    """A number that no process has is described by nothing."""
    assert _started(2**22 + 7) == ""
