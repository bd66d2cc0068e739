"""A Dask cluster: its scheduler hands packs to workers anywhere, and to another worker where one is lost.

The workers need no shared disk: the files of a job come back with its result, and only the driver writes them. They
must have the same version of this program installed, since results must not depend on the worker.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from runner.errors import Problem, UserError
from runner.files.names import SPOOL, SUMMARY
from runner.files.sweep_lines import SweepLine
from runner.settings.sweep import SweepSettings
from runner.sweeps.executors.executor import Arrival, WorkPack
from runner.sweeps.fingerprint import code
from runner.sweeps.work import carry_out, crashed

_TICK = 0.2  # seconds
_PATIENCE = 10  # seconds for the scheduler to answer

# The files of each job, by its number: their bytes by name.
Files = Mapping[int, Mapping[str, bytes]]


@contextmanager
def dask(settings: SweepSettings) -> Iterator[DaskExecutor]:
    """The cluster at `settings.address`; `UserError` where it doesn't answer, or has another version of the program."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        message = "needs the package of Dask's clusters: pip install distributed"
        raise UserError(Problem("sweep.executor", message, given="dask")) from error
    try:
        connect: Any = distributed.Client
        client = connect(settings.address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        message = f"no scheduler answers there ({error}); `dask scheduler` starts one"
        raise UserError(Problem("sweep.address", message, given=settings.address)) from None
    with client:
        yield DaskExecutor(client)


class DaskExecutor:
    """Packs on the workers of a cluster; `workers` is how many there are now."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._futures: dict[Any, WorkPack] = {}
        self._stopped = False
        self._refuse_other_versions()
        self.workers = max(1, sum(client.nthreads().values()))

    def carry_out(self, packs: Sequence[WorkPack]) -> Iterator[Arrival]:
        """As `Executor` says."""
        import distributed

        wait: Any = distributed.wait
        self._futures = {self._client.submit(_remote, pack, pure=False): pack for pack in packs}
        while self._futures and not self._stopped:
            try:
                done = wait(list(self._futures), timeout=_TICK, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                yield None
                continue
            for future in done:
                yield self._arrived(future, self._futures.pop(future))

    def stop(self) -> None:
        """As `Executor` says; Dask lets running tasks finish, and their results are dropped."""
        self._stopped = True
        self._client.cancel(list(self._futures), force=True)

    def _arrived(self, future: Any, pack: WorkPack) -> list[SweepLine]:
        try:
            lines, files = future.result()
        except Exception as error:  # mostly KilledWorker: the workers that tried it are gone
            reason = f"the cluster gave it up: {type(error).__name__}: {error}"
            return [crashed(one, reason) for one in pack]
        for one in pack:
            _unpack(files.get(one.number, {}), one.folder)
        return list(lines)

    def _refuse_other_versions(self) -> None:
        versions = self._client.run(code)
        strange = sorted(worker for worker, version in versions.items() if version != code())
        if strange:
            message = f"these workers have another version of this program or of NumPy: {', '.join(strange)}"
            raise UserError(Problem("sweep.address", message))


def _remote(pack: WorkPack) -> tuple[list[SweepLine], Files]:
    """Carry out a pack on a worker, which may share no disk with the driver."""
    # Not as a context: a worker may have several threads, and one must not lift the limit for another.
    threadpool_limits(limits=1, user_api="blas")
    with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
        moved = [replace(one, folder=Path(scratch, str(one.number))) for one in pack]
        lines = carry_out(moved)
        return lines, {one.number: _packed(one.folder) for one in moved}


def _packed(folder: Path) -> dict[str, bytes]:
    """All files below a folder, except those that only a running run needs."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = {str(path.relative_to(folder)): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if not name.startswith(SPOOL)}


def _unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a job; the summary comes last, as a sign that all are there."""
    for name in sorted(files, key=lambda name: name == SUMMARY):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
