"""Files of a data set from the first public mirror that gives them whole, kept in the user's cache.

pooch checks the sha256 before a file takes its name, so that a broken download never lies in the cache, and
fetches a cached file again when it no longer matches. What is added here: several mirrors, a second try, a
progress bar, and the reasons of every failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

ROUNDS = 2
# Seconds to connect, and between two pieces of the answer.
TIMEOUT = (5.0, 30.0)


class DownloadError(Exception):
    """No mirror gave the file; the message has the reason of each."""


def cache_folder(name: str) -> Path:
    """Where the operating system wants files that can be fetched again."""
    import pooch

    return Path(pooch.os_cache("whynan")) / name


def fetch(name: str, sha256: str, folder: Path, mirrors: Sequence[str]) -> Path:
    """The path of `name` in `folder`, downloaded from one of `mirrors` (URLs that end in /) unless it is there.

    Raises `DownloadError` where no mirror gives a file with this checksum or the folder can't be written.
    """
    import pooch
    from requests.exceptions import RequestException

    pooch.get_logger().setLevel("WARNING")
    reasons: dict[str, str] = {}
    for mirror in [*mirrors] * ROUNDS:
        try:
            with _Bar(name) as bar:
                downloader = pooch.HTTPDownloader(timeout=TIMEOUT, progressbar=bar)
                found = pooch.retrieve(mirror + name, f"sha256:{sha256}", name, folder, downloader=downloader)
            return Path(found)
        except (RequestException, ValueError) as error:
            reasons[mirror] = _reason(error)
        except OSError as error:
            raise DownloadError(f"can't write to {folder}: {error.strerror or error}") from error
    raise DownloadError("; ".join(f"{mirror}: {reason}" for mirror, reason in reasons.items()))


def _reason(error: Exception) -> str:
    """A few words for what requests and pooch report in many lines."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, exceptions.ConnectionError):
        return "no connection"
    if isinstance(error, exceptions.RequestException):
        return "the transfer broke off"
    return "wrong checksum"


class _Bar:
    """rich's progress bar with the four names by which pooch calls one of tqdm's; silent without a terminal."""

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(name, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def total(self) -> float | None:
        return self._progress.tasks[0].total

    @total.setter
    def total(self, total: float) -> None:
        self._progress.update(self._task, total=total or None)

    def update(self, amount: float) -> None:
        self._progress.advance(self._task, amount)

    def reset(self) -> None:
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        self._progress.stop()
