"""Training from the command line: what is left, what isn't, and the exit codes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from commands import Whynan, write_yaml

import runner.experiment
from runner.errors import RunError
from runner.tracking.client import Delivered

SHORT = "tracking=none steps=20"


def run_folders(folder: Path) -> list[Path]:
    """The folders of the runs below a working folder."""
    return sorted(path.parent for path in folder.rglob("run.json"))


def test_a_run_leaves_its_folder_and_prints_its_outcome(whynan: Whynan, folder: Path) -> None:
    """Without a terminal the summary is plain lines, and nothing goes to stderr."""
    said = whynan(f"{SHORT} dataset=xor 'network.hidden=[3]'")
    assert (said.code, said.err) == (0, "")
    (run,) = run_folders(folder)
    lines = said.labelled
    assert lines["steps"].startswith("20 in ")
    assert lines["folder"] == str(run.relative_to(folder))
    assert lines["outcome"] == json.loads((run / "summary.json").read_text())["outcome"]
    assert said.out.endswith(f"python -m runner predict {lines['folder']} FILE.csv\n")
    assert (run / ".hydra/overrides.yaml").read_text() == (
        "- tracking=none\n- steps=20\n- dataset=xor\n- network.hidden=[3]\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["outputs"]


@pytest.mark.parametrize(
    "mistake",
    [
        "optimizer.lr=-1",
        "datasett=xor",
        "batch_size=10000",
        "tracking.uri=nowhere",
        "dataset=mnist dataset.root=nowhere",
    ],
)
def test_a_mistake_leaves_nothing_behind(mistake: str, whynan: Whynan, folder: Path) -> None:
    """Whatever is wrong is found before anything is written: exit code 2, no traceback, an empty folder."""
    said = whynan(mistake)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert list(folder.iterdir()) == []


def test_the_folder_of_a_run_is_never_used_again(whynan: Whynan, folder: Path) -> None:
    """A folder that holds a run is refused, and the run stays as it was."""
    assert whynan(f"{SHORT} hydra.run.dir=mine").code == 0
    before = (folder / "mine/run.json").read_bytes()
    said = whynan(f"{SHORT} hydra.run.dir=mine seed=2")
    assert said.code == 2
    assert said.err == (
        f"error: hydra.run.dir: this folder holds a run already; name another\n  given    '{folder / 'mine'}'\n"
    )
    assert (folder / "mine/run.json").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_a_mistake(whynan: Whynan, folder: Path) -> None:
    """Where a file stands in the way the folder is reported, exit code 2."""
    (folder / "file").touch()
    said = whynan(f"{SHORT} hydra.run.dir=file/run")
    assert said.code == 2
    assert said.err.startswith("error: hydra.run.dir: can't make this folder: Not a directory")


def test_a_run_that_cannot_go_on_is_reported_once(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that gives up is one line and exit code 1, without a word from Hydra."""

    def give_up(*arguments: Any, **keywords: Any) -> None:
        raise RunError("run: No space left on device; the run ended at step 7")

    monkeypatch.setattr("runner.cli.screen.progress.run", give_up)
    said = whynan(SHORT)
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: run: No space left on device; the run ended at step 7\n"


def test_a_record_that_cannot_be_written_is_reported(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hydra writes its record before training begins; where the disk is full by then, that is reported."""

    def full(*arguments: Any, **keywords: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hydra.core.utils._save_config", full)
    said = whynan(SHORT)
    assert (said.code, said.out) == (1, "")
    assert said.err == "error: the record of the run: No space left on device\n"


def test_outcomes_fail_only_when_asked_to(whynan: Whynan) -> None:
    """A run that ends in NaN is an answer, exit code 0, unless `fail_on` names it."""
    nan = f"{SHORT} network.activation=relu optimizer.lr=1e9 loss.from_logits=false"
    assert whynan(nan).code == 0
    said = whynan(f"{nan} 'fail_on=[nan]'")
    assert said.code == 1
    assert "first NaN or inf  step" in said.out


def test_every_job_of_a_multirun_is_a_run(whynan: Whynan, folder: Path) -> None:
    """-m trains each combination in a numbered folder below one, and prints their outcomes."""
    said = whynan(f"-m {SHORT} seed=1,2")
    assert (said.code, said.err) == (0, "")
    assert [run.name for run in run_folders(folder)] == ["0", "1"]
    assert len({run.parent for run in run_folders(folder)}) == 1
    assert "2 of 2" in said.out
    assert "python -m runner compare" in said.out


def test_a_mistake_in_one_job_is_reported_before_any_starts(whynan: Whynan, folder: Path) -> None:
    """Nothing is written then."""
    said = whynan(f"-m {SHORT} optimizer.lr=0.1,-1,0.2")
    assert said.code == 2
    assert said.err.startswith("error: optimizer.lr: must be greater than 0 (in 1 job tracking=none steps=20")
    assert run_folders(folder) == []


def test_an_experiment_may_be_a_multirun(whynan: Whynan, folder: Path) -> None:
    """`hydra.mode: MULTIRUN` in a YAML makes it one without -m."""
    write_yaml(
        folder / "conf/experiment/seeds.yaml",
        "# @package _global_\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n      seed: 1,2\n",
    )
    assert whynan(f"experiment=seeds {SHORT}").code == 0
    assert [run.name for run in run_folders(folder)] == ["0", "1"]


def test_passwords_stay_out_of_the_folder(whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Hydra's record nor ours holds the password of the store, wherever it was written."""
    monkeypatch.setattr("runner.tracking.trackers.probe", lambda store: None)
    stores: list[str] = []

    class Tracker:
        """Takes the store and carries nothing."""

        def __init__(self, store: Any, *_: Any) -> None:
            stores.append(store.uri)

        def start(self, folder: Path) -> None:
            """Carry nothing."""

        def finish(self, folder: Path, timeout: float) -> Delivered:
            """Say that all is carried."""
            return Delivered(delivered=True)

        def close(self) -> None:
            """Nothing to close."""

    def run_untracked(*arguments: Any, tracker: Any, **keywords: Any) -> Any:
        return untracked(*arguments, **keywords)

    untracked = runner.experiment.run
    monkeypatch.setattr("runner.tracking.trackers.Tracker", Tracker)
    monkeypatch.setattr("runner.cli.screen.progress.run", run_untracked)
    uri = "http://me:hunter2@host:1"
    write_yaml(folder / "conf/tracking/team.yaml", f"uri: {uri}\n")
    assert whynan("steps=5 tracking=team").code == 0
    assert whynan(f"steps=5 'tracking.uri=\"{uri}\"'").code == 0
    assert whynan(f"-m steps=5 seed=1,2 'tracking.uri=\"{uri}\"'").code == 0
    assert stores == [uri, uri, uri]
    written = [path for path in (folder / "outputs").rglob("*") if path.is_file()]
    assert len(written) > 10
    assert [path for path in written if b"hunter2" in path.read_bytes()] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_code(number: signal.Signals, code: int, folder: Path) -> None:
    """Ctrl-C and SIGTERM end the training early; everything up to then is there."""
    root = Path(runner.experiment.__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "tracking=none", "steps=50000000", "hydra.run.dir=run"],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts its jobs in the background makes them deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    history = folder / "run/spool/history.f64"
    deadline = time.monotonic() + 30
    while not (history.exists() and history.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, "")
    assert out.startswith("outcome   interrupted\n")
    assert json.loads((folder / "run/summary.json").read_text())["status"] == "KILLED"
    assert (folder / "run/weights.npz").exists()


def test_a_reader_that_has_gone_is_no_crash(folder: Path) -> None:
    """With `| head` nothing is left to tell, least of all a traceback; the run is whole."""
    root = Path(runner.experiment.__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", "tracking=none", "steps=5", "hydra.run.dir=run"],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) == 1
    assert json.loads((folder / "run/summary.json").read_text())["status"] == "FINISHED"
