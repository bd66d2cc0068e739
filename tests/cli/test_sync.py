"""`sync`: what ended runs still hold goes to the store."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Whynan
from mlflow_stores import client_of, opened
from run_folders import begin, finished, record

from runner.tracking.journal import open_journal, read
from runner.tracking.sending.delivery import Delivery
from runner.tracking.store import Store

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example


@pytest.fixture
def store(folder: Path) -> Store:
    """The store of the working folder."""
    return opened(folder)


def test_ended_runs_are_delivered_once(whynan: Whynan, folder: Path, store: Store) -> None:
    """What the store lacks is delivered and reported; a second time there is nothing to do."""
    for name in ("a", "b"):
        open_journal(finished(folder / "outputs" / name), store)
    said = whynan("sync")
    assert said.code == 0
    assert sorted(line.split("  ")[0] for line in said.out.splitlines()) == ["outputs/a", "outputs/b"]
    run_id = read(folder / "outputs" / "a").run_id
    assert run_id is not None
    assert run_id in said.out
    assert client_of(store).get_run(run_id).info.status == "FINISHED"
    said = whynan("sync")
    assert (said.code, said.out) == (0, f"nothing to deliver to {store.shown}: all ended runs are there\n")


def test_killed_run_is_closed_by_the_next_list(whynan: Whynan, folder: Path, store: Store) -> None:
    """`runs` shows no run as running whose process is gone, and says that it closed it."""
    program = "import json; from runner.process import this_process; print(json.dumps(this_process()))"
    orphan = begin(folder / "outputs" / "orphan", record())
    (orphan / "spool" / "process.json").write_bytes(subprocess.check_output([sys.executable, "-c", program]))
    open_journal(orphan, store)
    said = whynan("runs")
    assert "outputs/orphan: its process is gone; closed as KILLED" in said.err
    assert "interrupted" in said.out
    assert json.loads((orphan / "summary.json").read_text())["status"] == "KILLED"


def test_only_the_named_folder_is_delivered(whynan: Whynan, folder: Path, store: Store) -> None:
    """With a folder the others are left; one that tracking=none made has nothing to deliver."""
    for name in ("a", "b"):
        open_journal(finished(folder / "outputs" / name), store)
    finished(folder / "outputs" / "c")
    assert whynan("sync outputs/a").code == 0
    assert (read(folder / "outputs" / "a").delivered, read(folder / "outputs" / "b").delivered) == (True, False)
    assert "outputs/c  was run with tracking=none" in whynan("sync outputs/c").out
    said = whynan("sync outputs/d")
    assert said.code == 2
    assert "'outputs/d' is not the folder of a run or a sweep" in said.err


def test_runs_of_another_store_are_left_and_reported(whynan: Whynan, folder: Path, store: Store) -> None:
    """Nothing is delivered to a store that a run wasn't meant for; the command for its own is named."""
    elsewhere = Store("http://me:s3cret@tracking.example:5000", "x", store.artifacts)
    open_journal(finished(folder / "outputs" / "a"), elsewhere)
    said = whynan("sync")
    assert said.code == 0
    assert "1 more belong to another store: sync tracking.uri=http://***@tracking.example:5000" in said.out
    assert not read(folder / "outputs" / "a").delivered


def test_store_that_fails_is_exit_code_1(
    whynan: Whynan, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be delivered is reported with the reason, and stays for the next time."""
    open_journal(finished(folder / "outputs" / "a"), store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("runner.cli.commands.sync._PATIENCE", 0.5)
    with monkeypatch.context() as patched:
        patched.setattr(Delivery, "create", full)
        said = whynan("sync")
    assert said.code == 1
    assert said.err == "error: outputs/a: OSError: [Errno 28] No space left on device\n"
    assert "1 of 1 runs not delivered" in said.out
    assert whynan("sync").code == 0


def test_without_a_store_there_is_nothing_to_sync(whynan: Whynan) -> None:
    """With tracking=none the command says so."""
    said = whynan("sync tracking=none")
    assert said.code == 2
    assert "no store to deliver to" in said.err
