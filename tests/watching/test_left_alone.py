"""A watched script behaves as without the watch: output, exit code, exceptions, arguments, warnings."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.watching.watched import SCRIPTS, run, script, watch

TRAINS = """
import sys
import numpy as np
X = np.array([[0.0], [1.0], [2.0]])
Y = 2 * X
w = np.array([[0.5]])
for step in range(20):
    d = X @ w - Y
    loss = np.mean(d**2)
    w -= 0.1 * 2 * X.T @ d / len(X)
"""


@pytest.mark.parametrize(
    "ending",
    [
        "print('é', sys.argv, __name__, __file__)",
        "sys.exit(7)",
        "sys.exit('no more')",
        "raise ValueError('theirs')",
        "1 / 0",
        "import atexit\natexit.register(print, 'at exit')",
        "print(np.log(np.zeros(2)))",
        "print(np.geterr()['under'], sorted(name for name in globals() if 'whynan' in name))",
    ],
)
def test_output_exit_code_and_exceptions_are_the_scripts(ending: str, tmp_path: Path) -> None:
    """stdout is the same to the letter, stderr begins with what the script writes there, the exit code is its own."""
    file = script(tmp_path, TRAINS + ending)
    bare = run(str(file), "--epochs", "5", folder=tmp_path)
    watched = watch(str(file), "--epochs", "5", folder=tmp_path)
    assert (watched.code, watched.out) == (bare.code, bare.out)
    assert watched.err.startswith(bare.err)
    assert "watched" in watched.err.removeprefix(bare.err)


def test_warnings_of_numpy_are_printed_as_ever(tmp_path: Path) -> None:
    """The NaN ends the watch and not the script, which prints its warnings and its last lines."""
    file = str(SCRIPTS / "planar_flower.py")
    bare, watched = run(file, folder=tmp_path), watch(file, folder=tmp_path)
    assert watched.out == bare.out
    assert watched.err.startswith(bare.err)
    assert "RuntimeWarning: divide by zero encountered in log" in bare.err


def test_ctrl_c_reaches_the_script(tmp_path: Path) -> None:
    """An interrupted script shows its own traceback, exits with 130, and leaves a whole run folder."""
    file = script(tmp_path, TRAINS.replace("range(20)", "range(10**9)"))
    command = [sys.executable, "-m", "runner", "watch", "tracking=none", "hydra.run.dir=R", "diagnosis=none", str(file)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    spool = tmp_path / "R" / "spool" / "history.f64"
    while not (spool.exists() and spool.stat().st_size) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "KeyboardInterrupt" in err
    assert "runner/" not in err.partition("watched")[0]
    assert json.loads((tmp_path / "R" / "summary.json").read_text())["outcome"] == "interrupted"


def test_a_script_without_training_runs_all_the_same(tmp_path: Path) -> None:
    """Where no training is found, the script runs, and the watch says that it saw nothing."""
    watched = watch(str(script(tmp_path, "print('hello')\n")), folder=tmp_path)
    assert (watched.code, watched.out) == (0, "hello\n")
    assert "its training was not found" in watched.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which script?"),
        (["trian.py"], "did you mean 'train.py'?"),
        (["--epochs", "train.py"], "stand behind the script"),
        (["optimizer.lr=1", "train.py"], "has no effect on a script"),
        (["watch.on_nonfinite=rollback", "train.py"], "the update is the script's own"),
        (["watch.evaluate=10", "train.py"], "the accuracy of a script"),
        (["-m", "train.py"], "stand behind the script"),
    ],
)
def test_a_wrong_command_is_said_before_the_script_runs(words: list[str], said: str, tmp_path: Path) -> None:
    """Exit code 2, one sentence, and nothing of the script is carried out."""
    script(tmp_path, "print('ran')\n")
    watched = run("-m", "runner", "watch", *words, folder=tmp_path)
    assert (watched.code, watched.out) == (2, "")
    assert said in watched.err
