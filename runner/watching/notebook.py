"""`with watch():` in a notebook: the loop in the block runs as it would, watched, and why it broke is printed."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from runner.diagnosis.scripts.asking import Script
from runner.explaining.explanation import explanation, plain
from runner.recording.watching.cell import Body, Skipped, body_at, require_top, skip
from runner.recording.watching.instrument import Hooks
from runner.recording.watching.script import Ended
from runner.recording.watching.step import WatchedStep
from runner.report.trackers import trackers
from runner.settings import Settings
from runner.watching.result import WatchResult
from runner.watching.session import watch_run
from runner.watching.settings import watch_config


class Watching:
    """The context of the block; `result` is there when it has ended, None before.

    `folder` is that of the run, `recordable` what may be written down of the settings, `overrides` what was said.
    """

    def __init__(self, settings: Settings, recordable: Settings, folder: Path, overrides: Sequence[str]) -> None:
        self.result: WatchResult | None = None
        self._settings, self._run_folder, self._overrides = settings, folder.absolute(), overrides
        self._config = watch_config(recordable)
        self._body: Body | None = None

    def __enter__(self) -> Watching:
        """Take the block's place."""
        frame = sys._getframe(1)
        require_top(frame)
        self._folder = Path(tempfile.mkdtemp(prefix="whynan-"))
        try:
            self._body = body_at(frame, self._folder)
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        skip(frame)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Run the block and say what was seen; what it raises comes through."""
        if self._body is None or not isinstance(error, Skipped):
            return False
        body = self._body
        ended: list[Ended] = []

        def run(step: WatchedStep | None, hooks: Hooks) -> Ended:
            ended.append(body.run(step, hooks))
            return ended[0]

        try:
            with trackers() as tracker_of:
                self.result = watch_run(
                    Script(body.file, first=body.first, stands_at=body.stands_at),
                    run,
                    self._run_folder,
                    self._settings,
                    self._overrides,
                    self._config,
                    tracker_of(self._settings.tracking),
                )
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        sys.stdout.write(plain(explanation(self.result.ending)))
        if (raised := ended[0].error) is not None:
            raised.__context__ = None  # not the end of the block, which is of no interest
            raise raised
        return True
