"""Processes on this machine, with one BLAS thread each.

A pool that loses a process is replaced, and its unfinished packs are carried out again, one pack at a time, then job by
job. So a job that kills its process (out of memory, a crash in a library) is found and reported as failed, and no other
job fails with it.
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
from runner.training.stopping import terminating

_TICK = 0.2  # seconds
# How often a job may lose its process before it is reported as failed.
_PATIENCE = 3
# A process that imports everything once and forks: workers start at once, and inherit no thread of the driver.
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@contextmanager
def local(settings: SweepSettings) -> Iterator[LocalExecutor]:
    """Processes that end with the block, however it ends."""
    executor = LocalExecutor(settings.workers or usable_cores())
    try:
        yield executor
    finally:
        executor.close()


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class LocalExecutor:
    """`workers` processes, started at once, so that they import what they need while the sweep is composed."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._context = multiprocessing.get_context(_METHOD)
        if _METHOD == "forkserver":
            self._context.set_forkserver_preload(["runner.sweeps.work"])
        # Closing it means stop. (A multiprocessing.Event hangs once a process that waits for it is killed.)
        self._stop_watched, self._stop_signal = self._context.Pipe(duplex=False)
        self._pool, self._lifeline = self._new_pool()
        self._losses: Counter[int] = Counter()

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """As `Executor` says."""
        waiting, suspects, on_trial = deque(packs), deque[WorkPack](), False
        under_way: dict[Future[list[SweepLine]], WorkPack] = {}
        while True:
            # A suspect is carried out alone, so that it is known which pack killed the process.
            on_trial = bool(under_way and on_trial) or bool(suspects and not under_way)
            source, most = (suspects, 1) if on_trial else (waiting, 2 * self.workers)
            while source and len(under_way) < most and not self._stop_signal.closed:
                try:
                    future = self._pool.submit(_carry_out, source[0])
                except BrokenExecutor:  # a process has just been lost
                    if under_way:
                        break  # which of these are lost is found below
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
                lost += under_way.values()  # a pool that loses one process ends them all
                under_way.clear()
                self._replace_pool()
                if on_trial:
                    yield from self._blame(lost[0], suspects)
                else:
                    suspects.extend(lost)

    def stop(self) -> None:
        """As `Executor` says."""
        self._stop_signal.close()

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        self._stop_signal.close()
        self._end_pool()
        self._stop_watched.close()

    def _blame(self, pack: WorkPack, suspects: deque[WorkPack]) -> Iterator[Arrival]:
        """Find the job that killed its process while carried out alone, and report it as failed in the end."""
        if len(pack) > 1:
            suspects.extendleft((one,) for one in reversed(pack))
            return
        self._losses[pack[0].number] += 1
        if self._losses[pack[0].number] < _PATIENCE:
            suspects.appendleft(pack)
        else:
            yield [crashed(pack[0], f"its process was killed or crashed, {_PATIENCE} times")]

    def _replace_pool(self) -> None:
        """Replace a pool that lost a process."""
        self._end_pool()
        self._pool, self._lifeline = self._new_pool()

    def _end_pool(self) -> None:
        # The pool's own shutdown hangs where a process was lost: the others ignore SIGTERM and may wait for its lock.
        self._lifeline.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _new_pool(self) -> tuple[ProcessPoolExecutor, Connection]:
        """Processes and their lifeline: they end at once when it is closed, here or because this process ended."""
        watched, lifeline = self._context.Pipe(duplex=False)
        pool = ProcessPoolExecutor(self.workers, self._context, _begin, (self._stop_watched, watched))
        for _ in range(self.workers):
            pool.submit(_ready)
        return pool, lifeline


def _ready() -> None:
    """Do nothing: a task that makes the pool start a worker."""


def _carry_out(pack: WorkPack) -> list[SweepLine]:
    if _stopping.is_set():
        raise SweepEndsError
    try:
        return carry_out(pack)
    except KeyboardInterrupt:
        raise SweepEndsError from None


# Of a worker process.
_stopping = threading.Event()


def _begin(stop: Connection, lifeline: Connection) -> None:
    """Make a worker process end only when its driver stops it or ends."""
    os.setpgrp()  # Ctrl-C in the terminal must reach only the driver
    for number in (signal.SIGINT, *terminating()):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_listen, args=(stop, lifeline), daemon=True).start()


def _listen(stop: Connection, lifeline: Connection) -> None:
    """Wait until the driver says stop, or closes the lifeline: then nobody is left to receive results."""
    if lifeline not in multiprocessing.connection.wait([stop, lifeline]):
        _stopping.set()
        os.kill(os.getpid(), signal.SIGTERM)  # handled while something is trained, ignored otherwise
        lifeline.poll(None)
    os._exit(1)
