"""The register of folders that a store hasn't received completely: where they are, wherever that is.

A run may be written anywhere, so looking into outputs/ doesn't find all. Each folder under way has a small file in
the register: beside the file of a SQLite store, so that both move together, for other stores in the state folder of the
user. It is made before the first word is sent and removed when everything has arrived, so the register stays as small
as what is under way, however many runs there are.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from runner.files.json_files import read_json, write_json
from runner.tracking.store import Store

_FOLDER = "folder"


def register(folder: Path, store: Store) -> None:
    """Note, on the disk, that the folder is on its way to the store."""
    noted = _noted(folder, store)
    with suppress(OSError):  # where it can't be written, runs are found below outputs/ only
        for _ in range(3):  # another process may just have removed the empty register
            with suppress(FileNotFoundError):
                _place(store).mkdir(parents=True, exist_ok=True)
                write_json(_place(store) / _hash(noted), {_FOLDER: noted})
                return


def strike(folder: Path, store: Store) -> None:
    """Remove the folder from the register: all of it has arrived."""
    with suppress(OSError):
        (_place(store) / _hash(_noted(folder, store))).unlink()
    with suppress(OSError):  # others are under way
        _place(store).rmdir()


def registered(store: Store) -> list[Path]:
    """The folders under way to the store, as absolute paths; those that are gone are removed from the register."""
    entries, base, found = [], _base(store), []
    with suppress(OSError):  # there is none, or another process has just removed it
        entries = sorted(_place(store).iterdir())
    for entry in entries:
        held = read_json(entry)
        if entry.suffix or not isinstance(held, dict) or not isinstance(held.get(_FOLDER), str):
            continue
        noted = Path(held[_FOLDER])
        folder = base / noted
        if folder.is_dir():
            found.append(folder)
        elif not noted.is_absolute() or folder.parent.is_dir():  # else its disk may only not be there now
            strike(folder, store)
    return found


def _place(store: Store) -> Path:
    if store.database is not None:
        return store.database.with_name(f"{store.database.name}.underway")
    try:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
    except RuntimeError:  # a user without a home
        state = Path(store.artifacts).parent
    return state.absolute() / "whynan" / _hash(store.shown)


def _base(store: Store) -> Path:
    """The folder that the paths of a register are relative to, where they lie in it."""
    return _place(store).parent


def _noted(folder: Path, store: Store) -> str:
    folder, base = folder.absolute(), _base(store)
    return str(folder.relative_to(base) if folder.is_relative_to(base) else folder)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
