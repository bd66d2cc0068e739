"""The database of a store is there whole or not at all, whenever a process that makes it is killed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from mlflow_stores import client_of, opened
from run_folders import local_store

from runner.tracking.sending import making

ROUNDS = """
import logging, os, random, signal, sys, time
from pathlib import Path
from runner.tracking.sending.connection import connect, experiment_id
from runner.tracking.store import Store
import mlflow.store.tracking.sqlalchemy_store

logging.disable()
database, rounds, together = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
store = Store(f"sqlite:///{database}", "tests", str(database.parent / "artifacts"))


def started():
    child = os.fork()
    if child == 0:
        code = 1
        try:
            experiment_id(connect(store), store)
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child):
    return os.waitpid(child, 0)[1]


before = time.monotonic()
assert ended(started()) == 0
took = time.monotonic() - before
chance = random.Random(int(sys.argv[4]))
killed = 0
for number in range(rounds):
    if database.exists():  # else the next one finds what the killed one has left
        assert ended(started()) == 0, f"the store can't be used after kill {number}"
        database.unlink()
    first, *others = [started() for _ in range(together)]
    time.sleep(chance.uniform(0, 1.1 * took))
    os.kill(first, signal.SIGKILL)
    killed += ended(first) != 0
    assert all(ended(other) == 0 for other in others), f"another one failed at kill {number}"
assert ended(started()) == 0
print(killed)
"""


def killed_while_making(folder: Path, rounds: int, together: int) -> int:
    """Have a store made by some processes at once and the first of them killed at random; how often it was in time."""
    folder.mkdir()
    words = [sys.executable, "-c", ROUNDS, str(folder / "mlflow.db"), str(rounds), str(together), "7"]
    said = subprocess.run(words, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr[-2000:]
    left = {path.name.removeprefix("mlflow.db") for path in folder.iterdir() if path.is_file()}
    assert left == {"", ".lock"}
    return int(said.stdout)


@pytest.mark.slow
def test_killed_maker_leaves_a_store_that_can_be_used(tmp_path: Path) -> None:
    """Killed at any moment, alone or beside another one that makes it, none leaves a store that can't be opened."""
    assert killed_while_making(tmp_path / "alone", 15, 1) > 0
    killed_while_making(tmp_path / "together", 3, 3)


def test_half_made_store_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an empty file, of migrations that were cut off and of an older schema without content nothing is kept."""
    monkeypatch.setattr(making, "_STILL", 0.1)
    whole = opened(tmp_path / "whole").database
    assert whole is not None
    cut_off = (
        "CREATE TABLE _alembic_tmp_latest_metrics (key TEXT)",
        "DROP TABLE trace_info",
        "UPDATE alembic_version SET version_num = '451aebb31d03'",
    )
    for number, statement in enumerate((None, *cut_off)):
        store = local_store(tmp_path / str(number))
        assert store.database is not None
        store.database.parent.mkdir()
        store.database.write_bytes(b"" if statement is None else whole.read_bytes())
        if statement is not None:
            with closing(sqlite3.connect(store.database)) as base, base:
                base.execute(statement)
        assert making._is_half_made(store.database)
    making.make(store.database)  # the last one: from here on they are the same
    assert client_of(store).get_experiment_by_name("Default") is not None
    assert not making._is_half_made(store.database)


def test_store_that_mlflow_makes_itself_now_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-made file that still changes belongs to a process that goes on with it, into the same file."""
    whole = opened(tmp_path / "whole").database
    assert whole is not None
    database = tmp_path / "mlflow.db"
    database.touch()
    before = database.stat().st_ino

    steps = [f"CREATE TABLE _alembic_tmp_{number} (x)" for number in range(5)]

    def go_on(_: float) -> None:
        if not steps:
            database.write_bytes(whole.read_bytes())
            return
        with closing(sqlite3.connect(database)) as base, base:
            base.execute(steps.pop())

    monkeypatch.setattr(making.time, "sleep", go_on)  # while it waits, the other one works
    making.make(database)
    assert database.stat().st_ino == before
    assert database.read_bytes() == whole.read_bytes()


def test_what_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    """A store that somebody has used, of whatever schema, and a file with tables of others are never made anew."""
    whole = opened(tmp_path / "whole").database
    assert whole is not None
    assert not making._is_half_made(whole)
    for number, statement in enumerate(
        (
            "INSERT INTO experiments (experiment_id, name, lifecycle_stage) VALUES (1, 'mine', 'active')",
            "CREATE TABLE of_somebody (x)",
        )
    ):
        used = tmp_path / f"{number}.db"
        used.write_bytes(whole.read_bytes())
        with closing(sqlite3.connect(used)) as base, base:
            base.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
            base.execute(statement)
        before = used.read_bytes()
        making.make(used)
        assert used.read_bytes() == before
