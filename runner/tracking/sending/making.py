"""Making the database of a SQLite store whole or not at all.

MLflow makes one by some fifty migrations in place: a process that is killed on the way leaves a file that no later one
can use. Here they are carried out in a file beside it, which gets its name when it is complete. What is found
half-made, by whomever, holds nothing and is made anew.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from runner.errors import UserError

_MAKING = ".making"
_BESIDE = ("", "-journal", "-wal", "-shm")  # what SQLite writes with a file
_VERSION = "alembic_version"
_UNFINISHED = "_alembic_tmp_"  # a table that a migration was copying
# Seconds without a change after which nobody goes on with a half-made file: MLflow's own commands make one in place.
_STILL, _LOOK_AGAIN = 3.0, 0.1


def make(database: Path) -> None:
    """Make the database where there is none, or only the beginnings of one; one process at a time may call it."""
    database = database.resolve()
    if database.exists() and not _is_left_half_made(database):
        return
    making = database.with_name(database.name + _MAKING)
    _remove(making)
    _migrate(making)
    for name in _BESIDE[1:]:  # of the half-made one: SQLite would play its journal back into the new file
        Path(f"{database}{name}").unlink(missing_ok=True)
    making.replace(database)
    _settle(database.parent)


def address_of(database: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{quote(str(database), safe='/~:')}"


def _migrate(database: Path) -> None:
    import sqlalchemy
    from mlflow.store.db import utils

    engine = sqlalchemy.create_engine(address_of(database), poolclass=sqlalchemy.NullPool)
    # Nobody else looks at the file yet, and it is on the disk before it gets its name.
    sqlalchemy.event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    utils._initialize_tables(engine)  # type: ignore[no-untyped-call]
    engine.dispose()
    _settle(database)


def _is_left_half_made(database: Path) -> bool:
    """Whether the database is half-made and stays so; waits for a process that makes it now."""
    changed, since = 0, time.monotonic()
    while _is_half_made(database):
        last, changed = changed, database.stat().st_mtime_ns
        if changed != last:
            since = time.monotonic()
        elif time.monotonic() - since > _STILL:
            return True
        time.sleep(_LOOK_AGAIN)
    return False


def _is_half_made(database: Path) -> bool:
    """Whether a process that made the database was ended on the way: then nothing can be in it."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(database))}?mode=rw", uri=True)) as base:
            tables = {str(name) for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return True
            known = _tables_of_mlflow()
            strange = {name for name in tables - known if not name.startswith((_UNFINISHED, "sqlite_"))}
            if strange or any(_holds_something(base, name) for name in tables):
                return False
            if not known <= tables or any(name.startswith(_UNFINISHED) for name in tables):
                return True
            return {version for (version,) in base.execute(f"SELECT version_num FROM {_VERSION}")} != {_newest()}
    except sqlite3.OperationalError:  # locked: somebody uses it
        return False
    except sqlite3.DatabaseError as error:
        raise UserError(f"the store {database} can't be read: {error}") from error


def _holds_something(base: sqlite3.Connection, table: str) -> bool:
    """Whether a table has more than what a new store has in it."""
    if table == _VERSION:
        return False
    if table == "workspaces":
        return bool(base.execute("SELECT 1 FROM workspaces WHERE name != 'default'").fetchone())
    if table == "experiments":  # the one that MLflow makes first, and only that as its 0
        return bool(base.execute("SELECT 1 FROM experiments WHERE experiment_id != 0").fetchone())
    return bool(base.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone())


def _tables_of_mlflow() -> frozenset[str]:
    from mlflow.store.db import utils  # noqa: F401 - registers the tables of all of MLflow
    from mlflow.store.db.base_sql_model import Base
    from mlflow.store.tracking.dbmodels.initial_models import Base as Initial

    return frozenset(Base.metadata.tables) | frozenset(Initial.metadata.tables) | {_VERSION}


def _newest() -> str:
    from mlflow.store.db import utils

    return str(utils._get_latest_schema_revision())  # type: ignore[no-untyped-call]


def _remove(database: Path) -> None:
    for name in _BESIDE:
        Path(f"{database}{name}").unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
