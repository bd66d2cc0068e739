"""A SQLite store read by SQL: MLflow's tables of experiments, runs, tags, metrics and parameters.

Their columns have been the same since MLflow 1.0; where a file has others, or can't be read now, MLflow's own client
is asked (`reader`). Nothing is written.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runner.tracking.stored.run import Query, StoredRun

_AT_ONCE = 500  # values in one statement: SQLite's own limit is 999 where it is old
_SECONDS = 2.0  # that another process may lock the file for
_TRIED = """SELECT r.run_uuid, r.name, r.experiment_id, r.status, r.start_time, r.lifecycle_stage, e.experiment_id,
    e.name, e.lifecycle_stage, t.key, t.value, m.key, m.value, m.is_nan, p.key, p.value
    FROM runs r, experiments e, tags t, latest_metrics m, params p LIMIT 0"""
_ACTIVE = """FROM runs r JOIN experiments e ON e.experiment_id = r.experiment_id
    WHERE r.lifecycle_stage = 'active' AND e.lifecycle_stage = 'active'"""


class SqliteReader:
    """Reads a file until it is closed; raises `sqlite3.Error` where it is not what MLflow makes."""

    def __init__(self, database: Path) -> None:
        self._base = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=_SECONDS)
        try:
            self._base.execute(_TRIED)
        except sqlite3.Error:
            self._base.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def experiments(self) -> Mapping[str, str]:
        """The names of the experiments by id."""
        found = self._base.execute("SELECT experiment_id, name FROM experiments WHERE lifecycle_stage = 'active'")
        return {str(number): str(name) for number, name in found}

    def runs(self, query: Query, limit: int) -> list[StoredRun]:
        """The newest runs that are asked for."""
        conditions: list[str] = []
        values: list[Any] = []
        for key, value in query.tags.items():
            conditions.append(f"EXISTS ({_tag('AND t.value = ?' if value is not None else '')})")
            values += [key] if value is None else [key, value]
        for key in query.without:
            conditions.append(f"NOT EXISTS ({_tag()})")
            values.append(key)
        if query.prefix:
            conditions.append("substr(r.run_uuid, 1, ?) = ?")
            values += [len(query.prefix), query.prefix]
        if query.experiments:
            conditions.append(f"r.experiment_id IN ({_marks(query.experiments)})")
            values += [int(number) for number in query.experiments]
        return self._found(conditions, values, limit)

    def _found(self, conditions: Sequence[str], values: Sequence[Any], limit: int) -> list[StoredRun]:
        which = "".join(f" AND {condition}" for condition in conditions)
        chosen = f"SELECT r.run_uuid, r.name, r.experiment_id, r.status, r.start_time {_ACTIVE}{which}"
        newest = f"{chosen} ORDER BY r.start_time DESC, r.run_uuid LIMIT ?"
        rows = self._base.execute(newest, [*values, limit]).fetchall()
        ids = [row[0] for row in rows]
        tags, params = self._held(ids, "tags", "value"), self._held(ids, "params", "value")
        metrics = self._held(ids, "latest_metrics", "CASE WHEN is_nan THEN NULL ELSE value END")
        return [
            StoredRun(
                run_id, name or "", str(experiment), status, started, tags[run_id], metrics[run_id], params[run_id]
            )
            for run_id, name, experiment, status, started in rows
        ]

    def _held(self, ids: Sequence[str], table: str, value: str) -> Mapping[str, dict[str, Any]]:
        """What a table has of runs, by run and key."""
        held: dict[str, dict[str, Any]] = defaultdict(dict)
        for some in _pieces(ids):
            found = self._base.execute(
                f"SELECT run_uuid, key, {value} FROM {table} WHERE run_uuid IN ({_marks(some)})", some
            )
            for run_id, key, one in found:
                held[run_id][key] = float("nan") if one is None else one
        return held


def _tag(condition: str = "") -> str:
    return f"SELECT 1 FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = ? {condition}"


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
