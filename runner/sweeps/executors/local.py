"""Processes of this machine, one BLAS thread each.

A pool that loses a process is made anew, and what was under way is carried out again, one pack at a time, then job by
job: so one that takes its process with it (memory, a crash of a library) is found, told as failed, and takes no other
job with it.
"""

from __future__ import annotations

import multiprocessing.connection
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.connection import Connection

from runner.files.sweep_lines import SweepLine
from runner.settings.sweep import SweepSettings
from runner.sweeps.executors.executor import Arrival, WorkPack
from runner.sweeps.work import SweepEndsError, carry_out, crashed

_TICK = 0.2  # seconds
# How often the process of a job may vanish before the job is to blame.
_PATIENCE = 3
# A process that imports everything once and forks: workers are ready at once, and inherit no thread of the driver's.
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@contextmanager
def local(settings: SweepSettings) -> Iterator[LocalExecutor]:
    """Processes that end with the block, whatever ends it."""
    executor = LocalExecutor(settings.workers or usable_cores())
    try:
        yield executor
    finally:
        executor.close()


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class LocalExecutor:
    """`workers` processes, which are started at once: they import what they need while the sweep is composed."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._context = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            self._context.set_forkserver_preload(["runner.sweeps.work"])
        # Its end is the word to stop. (An Event of multiprocessing hangs once a process that waits for it is killed.)
        self._heard, self._word = self._context.Pipe(duplex=False)
        self._pool, self._lifeline = self._new_pool()
        self._losses: Counter[int] = Counter()

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """As `Executor` says."""
        waiting, suspects, on_trial = deque(packs), deque[WorkPack](), False
        under_way: dict[Future[list[SweepLine]], WorkPack] = {}
        while True:
            # A suspect is carried out with nothing else under way: then it is known who took the process along.
            on_trial = bool(under_way and on_trial) or bool(suspects and not under_way)
            source, most = (suspects, 1) if on_trial else (waiting, 2 * self.workers)
            while source and len(under_way) < most and not self._word.closed:
                try:
                    future = self._pool.submit(_carry_out, source[0])
                except BrokenExecutor:  # a process was lost a moment ago
                    if under_way:
                        break  # which of these are lost is heard below
                    self._replace_pool()
                    continue
                under_way[future] = source.popleft()
            if not under_way:
                return
            done, _ = wait(under_way, _TICK, FIRST_COMPLETED)
            if not done:
                yield None
            lost = []
            for future in [future for future in under_way if future in done]:
                pack = under_way.pop(future)
                try:
                    yield future.result()
                except SweepEndsError:
                    continue
                except BrokenExecutor:
                    lost.append(pack)
            if lost:
                lost += under_way.values()  # a pool that lost one process has ended them all
                under_way.clear()
                self._replace_pool()
                if on_trial:
                    yield from self._blame(lost[0], suspects)
                else:
                    suspects.extend(lost)

    def stop(self) -> None:
        """As `Executor` says."""
        self._word.close()

    def close(self) -> None:
        """End the processes, whatever they do: nobody takes it any more."""
        self._word.close()
        self._end_pool()
        self._heard.close()

    def _blame(self, pack: WorkPack, suspects: deque[WorkPack]) -> Iterator[Arrival]:
        """Find the job of a pack that lost its process with nothing else under way, and tell at last that it failed."""
        if len(pack) > 1:
            suspects.extendleft((one,) for one in reversed(pack))
            return
        self._losses[pack[0].number] += 1
        if self._losses[pack[0].number] < _PATIENCE:
            suspects.appendleft(pack)
        else:
            yield [crashed(pack[0], f"its process was killed or crashed, {_PATIENCE} times")]

    def _replace_pool(self) -> None:
        """End what is left of a pool that lost a process, and start another."""
        self._end_pool()
        self._pool, self._lifeline = self._new_pool()

    def _end_pool(self) -> None:
        # The pool's own way to end them hangs where one was lost: they ignore SIGTERM, and may wait for its lock.
        self._lifeline.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> tuple[ProcessPoolExecutor, Connection]:
        """Processes, and what they live by: they end at once when it is closed, here or because this process ended."""
        heard, lifeline = self._context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(self.workers, self._context, _begin, (self._heard, heard))
        for _ in range(self.workers):
            pool.submit(_ready)
        return pool, lifeline


def _ready() -> None:
    """Nothing: what a worker is started for."""


def _carry_out(pack: WorkPack) -> list[SweepLine]:
    if _told_to_stop.is_set():
        raise SweepEndsError
    try:
        return carry_out(pack)
    except KeyboardInterrupt:
        raise SweepEndsError from None


# Of a worker process.
_told_to_stop = threading.Event()


def _begin(word: Connection, lifeline: Connection) -> None:
    """Make a worker process end with its driver, and only when that says so."""
    os.setpgrp()  # Ctrl-C in the terminal is for the driver
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_listen, args=(word, lifeline), daemon=True).start()


def _listen(word: Connection, lifeline: Connection) -> None:
    """Wait for the word to stop, and for the end of the lifeline: then nobody is left to take what is under way."""
    if lifeline not in multiprocessing.connection.wait([word, lifeline]):
        _told_to_stop.set()
        os.kill(os.getpid(), signal.SIGTERM)  # heard while something is trained, ignored otherwise
        lifeline.poll(None)
    os._exit(1)
