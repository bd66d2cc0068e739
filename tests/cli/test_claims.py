"""One process at a time trains a run: whoever comes second is refused at once, and nothing is written twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Whynan
from mlflow_stores import client_of, opened
from processes import children_of, wait_until

from runner.errors import UserError
from runner.files.claim import Claim, is_claimed
from runner.files.json_files import write_json
from runner.process import this_process
from runner.tracking.journal import open_journal, read
from runner.tracking.register import registered
from runner.tracking.run_track import RunTrack
from runner.tracking.vanished import process_state

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

RACE = """
import os, shutil, sys
from pathlib import Path
from runner.cli.commands import resume
from runner.cli.exit_codes import protected

whole, rounds = Path(sys.argv[1]), int(sys.argv[2])
sys.stdout = sys.stderr = open(os.devnull, "w")
wrong = []
for number in range(rounds):
    folder = whole.with_name(f"round{number}")
    shutil.copytree(whole, folder)
    for name in ("summary.json", "history.parquet", "report.html"):
        (folder / name).unlink(missing_ok=True)
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os._exit(protected(lambda: resume.main([str(folder), "tracking=none"])))
        children.append(child)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    same = all((folder / n).read_bytes() == (whole / n).read_bytes() for n in ("spool/history.f64", "history.parquet"))
    if codes != [0, 2] or not same:
        wrong.append((number, codes, same))
    shutil.rmtree(folder)
print(wrong, file=sys.__stdout__)
"""


def raced(whynan: Whynan, rounds: int) -> str:
    """Resume a run twice at once, so many times; the rounds in which both went on, or the numbers are not the same."""
    line = "dataset=xor steps=300 tracking=none diagnosis=none hydra.run.dir=whole"
    assert whynan(line).code == 0
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    words = [sys.executable, "-c", RACE, "whole", str(rounds)]
    said = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


def test_two_that_resume_at_once(whynan: Whynan) -> None:
    """One goes on to the undisturbed bits, the other is refused with exit code 2."""
    assert raced(whynan, 2) == "[]"


@pytest.mark.slow
def test_two_that_resume_at_once_many_times(whynan: Whynan) -> None:
    """The same often enough that a race would have shown: of ten rounds it did in four."""
    assert raced(whynan, 20) == "[]"


@pytest.mark.slow
def test_live_run_is_left_alone(whynan: Whynan, folder: Path) -> None:
    """`resume`, `rerun` and `runs --delete` of a run that is trained are refused at once, and `sync` goes on."""
    store = opened(folder)
    words = [sys.executable, "-m", "runner", "dataset=xor", "steps=100000000", "hydra.run.dir=R", "watch.every=1000"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as live:
        try:
            wait_until(lambda: read(folder / "R").described)
            run_id = read(folder / "R").run_id
            for line in ("resume R", "rerun R", f"runs --delete {run_id} --yes"):
                said = whynan(line)
                assert (said.code, f"is being trained: process {live.pid}" in said.err) == (2, True), line
            said = whynan("sync R")
            assert (said.code, said.out.splitlines()[0]) == (
                0,
                "R  still running, or last seen on another machine",
            )
            live.send_signal(signal.SIGHUP)
            assert live.wait() == 143
        finally:
            live.kill()
    assert json.loads((folder / "R" / "summary.json").read_text())["outcome"] == "interrupted"
    assert list((folder / "R" / "checkpoints").glob("step_*.npz"))
    assert whynan("sync").code == 0
    assert client_of(store).get_run(str(run_id)).info.status == "KILLED"


@pytest.mark.slow
def test_killed_run_is_found_wherever_it_is(whynan: Whynan, folder: Path) -> None:
    """A run outside of outputs/ that was killed is closed by the next command; then the register is empty."""
    store = opened(folder)
    words = [sys.executable, "-m", "runner", "dataset=xor", "steps=100000000", "hydra.run.dir=R", "watch.every=1000"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as live:
        wait_until(lambda: read(folder / "R").described)
        assert [path.name for path in registered(store)] == ["R"]
        for writer in children_of(live.pid):
            os.kill(writer, signal.SIGKILL)
        live.kill()
    said = whynan("sync")
    assert "R  delivered as" in said.out
    assert "closed as KILLED" in said.out
    assert registered(store) == []
    assert not (folder / "mlflow.db.underway").exists()
    assert client_of(store).get_run(str(read(folder / "R").run_id)).info.status == "KILLED"


def test_run_that_was_deleted_in_the_store_is_not_sent_again(whynan: Whynan, folder: Path) -> None:
    """What somebody has deleted in MLflow meanwhile is given up at once, and the next `sync` has nothing to do."""
    from run_folders import append, begin, end, record, rows

    store = opened(folder)
    run = begin(folder / "outputs" / "a", record())
    open_journal(run, store)
    append(run, rows(100)[:20])
    track = RunTrack(run, store, lambda _: None)
    track.pump()
    track._journal.release()
    client_of(store).delete_run(str(read(run).run_id))
    end(run)
    said = whynan("sync")
    assert "the run was deleted in the store" in said.err
    assert whynan("sync").code == 0
    assert registered(store) == []


def test_claim_ends_with_its_process(tmp_path: Path) -> None:
    """A claim is the process's own, may be taken twice by it, and is free when it was given up, or the process died."""
    first, again = Claim.take(tmp_path), Claim.take(tmp_path)
    again.release()
    again.release()
    assert is_claimed(tmp_path)
    first.release()
    assert not is_claimed(tmp_path)
    shutil.rmtree(tmp_path / "spool")
    program = "import os,sys; from pathlib import Path; from runner.files.claim import Claim; "
    program += "Claim.take(Path(sys.argv[1])); os._exit(0)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert not is_claimed(tmp_path)


def test_claim_that_cannot_be_looked_at(tmp_path: Path) -> None:
    """Where the lock can't be opened, what `process.json` says counts, and to claim the folder is refused."""
    (tmp_path / "spool" / "claim.lock").mkdir(parents=True)
    write_json(tmp_path / "spool" / "process.json", this_process())
    assert is_claimed(tmp_path) is None
    assert process_state(tmp_path) == "alive"
    with pytest.raises(UserError, match=r"claim\.lock can't be locked"):
        Claim.take(tmp_path)
