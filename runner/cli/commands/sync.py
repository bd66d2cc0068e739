"""Send to MLflow what it hasn't received yet of runs that have ended.

  whynan sync [FOLDER ...] [tracking.uri=...]

Without folders, all of outputs/ and whatever else is under way; a sweep goes with all its jobs. A run whose process was
killed, or whose machine stopped, is closed as KILLED; a run that is still being trained is left alone. Runs that were
started with another store are left to a sync that names that store.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.markup import escape

from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.screen.terminal import messages, results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.errors import Problem, UserError, nearest
from runner.files.names import RECORD, SWEEP
from runner.files.paths import relative
from runner.tracking.folders import deliverable_folders
from runner.tracking.journal import read
from runner.tracking.messages import Answer
from runner.tracking.store import Store, probe
from runner.tracking.trackers import OUTPUTS
from runner.tracking.undelivered import Condition, Undelivered, candidates, condition, deliver
from runner.tracking.undelivered import store_of as store_in_journal

_PATIENCE = 60.0  # seconds for a store that fails, or for another process that delivers, for each run
_LOOK_AGAIN = 0.2  # seconds

_LEFT: dict[Condition, str] = {
    "running": "still running, or last seen on another machine",
    "busy": "being delivered by another process",
}
# Only of folders that are named.
_ASKED: dict[Condition, str] = {
    "untracked": "was run with tracking=none",
    "deleted": "was deleted in the store",
}


def main(arguments: list[str]) -> int:
    """Deliver; 1 where something could not be."""
    words, overrides = split_overrides(arguments)
    store = store_of(overrides)
    if store is None:
        raise UserError("with tracking=none there is no store to deliver to")
    probe(store)
    folders = [_folder(word) for word in words] if words else candidates(store, OUTPUTS)
    found = {folder: _settled(folder, store) for folder in folders}
    counts = Counter(found.values())
    failed = 0
    for folder, state in found.items():
        if state in ("ended", "vanished"):
            known = store_in_journal(read(folder), store)
            failed += not _delivered(Undelivered(folder, known, vanished=state == "vanished"))
        elif state in _LEFT or (words and state in _ASKED):
            results().print(f"{escape(relative(folder))}  {(_LEFT | _ASKED)[state]}")
    for line in _totals(counts, failed, store, found):
        results().print(escape(line))
    return EXIT_FAILED if failed else EXIT_DONE


def _settled(folder: Path, store: Store) -> Condition:
    """Where a run stands; one that another process is just delivering is waited for."""
    deadline = time.monotonic() + _PATIENCE
    while (state := condition(folder, store)) == "busy" and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN)
    return state


def _delivered(leftover: Undelivered) -> bool:
    answers: Answer = {}
    deliver(leftover, answers.update, _PATIENCE)
    where = escape(relative(leftover.folder))
    if not answers.get("delivered"):
        messages().print(f"[bold red]error:[/] {where}: {escape(str(answers.get('error')))}")
        return False
    closed = "; its process was gone: closed as KILLED" if leftover.vanished else ""
    results().print(f"{where}  delivered as {answers.get('run_id')}{closed}")
    return True


def _totals(counts: Counter[Condition], failed: int, store: Store, found: dict[Path, Condition]) -> Iterator[str]:
    due = counts["ended"] + counts["vanished"]
    if not due:
        yield f"nothing to deliver to {store.shown}: all ended runs are there"
    elif failed:
        yield f"{failed} of {due} runs not delivered; they stay in their folders for the next sync"
    others = sorted({str(read(folder).uri) for folder, state in found.items() if state == "elsewhere"})
    for uri in others:
        count = sum(state == "elsewhere" and read(folder).uri == uri for folder, state in found.items())
        yield f"{count} more belong to another store: sync tracking.uri={uri}"


def _folder(word: str) -> Path:
    if not any((Path(word) / name).is_file() for name in (RECORD, SWEEP)):
        near = nearest(word, map(str, deliverable_folders(OUTPUTS)))
        raise UserError(Problem("", f"{word!r} is not the folder of a run or a sweep", nearest=near))
    return Path(word)
