"""The claim on a folder: who holds it is the one process that trains the run there, or drives the sweep.

It is a lock of the operating system, so it ends with its process, however that ends. `process.json` says whose it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from runner.errors import UserError
from runner.files.json_files import read_json, write_json
from runner.files.names import CLAIM, PROCESS, SWEEP
from runner.process import state_of, this_process

# Seconds for others that hold it for a moment: to look whether it is free, or to close a run whose process is gone.
_PATIENCE, _LOOK_AGAIN = 5.0, 0.02


class Claim:
    """A claim that is held until `release`; several of one process on the same folder are one."""

    def __init__(self, lock: FileLock) -> None:
        self._lock, self._held = lock, True

    @classmethod
    def take(cls, folder: Path) -> Claim:
        """Become the process that trains in `folder`, which exists; `UserError` where another one does."""
        (folder / CLAIM).parent.mkdir(exist_ok=True)
        # One object for each folder: what resumes a run claims it before it reads it, and its writer claims it again.
        lock = FileLock((folder / CLAIM).absolute(), is_singleton=True, thread_local=False)
        held, deadline = lock.is_locked, time.monotonic() + _PATIENCE
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                pass
            except OSError as error:
                raise UserError(f"{folder / CLAIM} can't be locked: {error.strerror}") from error
            other = read_json(folder / PROCESS) or {}
            if time.monotonic() > deadline or state_of(other, 0.0) == "alive":
                raise UserError(f"{described(folder)} is being trained: {whose(folder)}")
            time.sleep(_LOOK_AGAIN)
        if not held:
            write_json(folder / PROCESS, this_process())
        return cls(lock)

    def release(self) -> None:
        """Let others have it; does nothing the second time."""
        if self._held:
            self._held = False
            self._lock.release()


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold the claim on `folder` within the block; raises as `Claim.take`."""
    claim = Claim.take(folder)
    try:
        yield
    finally:
        claim.release()


@contextmanager
def claimed_if_free(folder: Path) -> Iterator[bool]:
    """Hold the claim within the block, without a word to others, and give True; False where another process has it."""
    lock = FileLock((folder / CLAIM).absolute(), thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_claimed(folder: Path) -> bool | None:
    """Whether a process, this one perhaps, holds the claim on `folder`.

    None where that can't be known: no process has made one, or this one may not write there.
    """
    if not (folder / CLAIM).exists():
        return None
    try:
        with claimed_if_free(folder) as free:
            return not free
    except OSError:
        return None


def described(folder: Path) -> str:
    """The run or the sweep in a folder, as messages name it."""
    return f"the {'sweep' if (folder / SWEEP).exists() else 'run'} in {folder}"


def whose(folder: Path) -> str:
    """The process that trains in a folder, or did, as messages name it."""
    process = read_json(folder / PROCESS) or {}
    return f"process {process.get('pid')} on {process.get('host', 'an unknown machine')}"
