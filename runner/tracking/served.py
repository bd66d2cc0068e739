"""Where MLflow's pages of a run can be opened: at the server that keeps it, or while `ui` serves its store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.files.json_files import read_json
from runner.files.names import MLFLOW_RUN, UI
from runner.process import state_of, this_process
from runner.redaction import redact
from runner.tracking.content.experiment import run_page
from runner.tracking.store import Store, resolve_store
from runner.tracking.stored.reading import reader
from runner.tracking.stored.run import Query
from runner.tracking.trackers import OUTPUTS


@contextmanager
def served(store: Store, address: str) -> Iterator[None]:
    """Note, within the block, that this process serves a store at an address."""
    path = OUTPUTS / UI
    with suppress(OSError):  # a folder that can't be written to has no links, no more
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"uri": store.shown, "address": address, "process": this_process()}), "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def address_of(store: Store) -> str | None:
    """Where the pages of a store are served; None where that isn't known."""
    if store.is_server:
        return store.shown.rstrip("/") if store.scheme != "databricks" else None
    noted = read_json(OUTPUTS / UI) or {}
    if noted.get("uri") != store.shown or state_of(noted.get("process") or {}, 0.0) != "alive":
        return None
    return str(noted["address"])


def page_of_run(folder: Path) -> str | None:
    """The address of the MLflow page of the run in a folder; None where it has none, or none is known.

    Asks the store which experiment the run is in; `UserError` where it doesn't answer.
    """
    note = read_json(folder / MLFLOW_RUN) or {}
    if "uri" not in note:
        return None
    # The note has no password: one that the environment has is that of the same server.
    named = resolve_store(None, str(note.get("experiment")))
    store = named if named.shown == note["uri"] else resolve_store(str(note["uri"]), str(note.get("experiment")))
    address = address_of(store)
    if address is None:
        return None
    with reader(store) as runs:
        run = next(iter(runs.runs(Query(prefix=str(note["run_id"])), 1)), None)
    return None if run is None else redact(address) + run_page(run.experiment, run.run_id)
