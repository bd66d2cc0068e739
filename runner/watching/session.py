"""A watched run from its first step to its explanation: the folder, MLflow, what was seen, why it broke."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runner.diagnosis.scripts.asking import Script, Unknown, Workshop
from runner.diagnosis.scripts.changes.edit import Edit, Source
from runner.diagnosis.scripts.diagnose import diagnose_script
from runner.diagnosis.scripts.facts import Facts
from runner.diagnosis.scripts.looked_at import LookedAt
from runner.files.events import DEAD, Event, NonfiniteEvent, UnitsEvent
from runner.files.finding import Finding
from runner.files.names import FIX
from runner.files.paths import patch_command
from runner.files.run_folder import RunFolder
from runner.files.summary import Summary
from runner.recording.loading.source import read_source
from runner.recording.watching.flatness import FLAT_KINDS
from runner.recording.watching.floating import listening
from runner.recording.watching.instrument import Hooks
from runner.recording.watching.observer import Break, Observer
from runner.recording.watching.rows import columns_of
from runner.recording.watching.script import Ended, run_script
from runner.recording.watching.step import Activated, WatchedStep
from runner.settings import Settings
from runner.training.history import History
from runner.training.nonfinite.approach import approach
from runner.watching.breaking import event_of_break
from runner.watching.ending import summary_of_watch
from runner.watching.lines import event_in_cell, finding_in_cell
from runner.watching.record import record_of_watch
from runner.watching.result import WatchResult

if TYPE_CHECKING:
    from runner.tracking.client import Tracker

# Seconds that the end waits for MLflow: for the run's id, and for the rest to arrive.
_ID_PATIENCE, _DELIVERY_PATIENCE = 30.0, 120.0


# What runs the script, with the hooks in its step.
Running = Callable[[WatchedStep | None, Hooks], Ended]


def watch_script(
    script: Script,
    folder: Path,
    settings: Settings,
    overrides: Sequence[str],
    config: Mapping[str, Any],
    tracker: Tracker | None,
) -> WatchResult:
    """Run a script in this process and watch it; everything is written to `folder` and, with a `tracker`, to MLflow."""

    def run(step: WatchedStep | None, hooks: Hooks) -> Ended:
        return run_script(script.file, script.arguments, step, hooks)

    return watch_run(script, run, folder, settings, overrides, config, tracker)


def watch_run(
    script: Script,
    run: Running,
    folder: Path,
    settings: Settings,
    overrides: Sequence[str],
    config: Mapping[str, Any],
    tracker: Tracker | None,
) -> WatchResult:
    """Watch what `run` does, which is what the script does."""
    workshop = Workshop(script)
    try:
        step, unseen = _step_of(workshop)
        session = _Session(workshop, step, folder, settings, overrides, config, tracker)
        ended = session.run(run)
        return session.end(ended, unseen)
    finally:
        workshop.close()


def _step_of(workshop: Workshop) -> tuple[WatchedStep | None, str | None]:
    try:
        return WatchedStep.from_dict(workshop.ask("step")["step"]), None
    except Unknown as reason:
        return None, str(reason)


class _Session:
    """One watched run."""

    def __init__(
        self,
        workshop: Workshop,
        step: WatchedStep | None,
        folder: Path,
        settings: Settings,
        overrides: Sequence[str],
        config: Mapping[str, Any],
        tracker: Tracker | None,
    ) -> None:
        self._workshop, script = workshop, workshop.script
        self._script, self._step, self._settings, self._tracker = script, step, settings, tracker
        self._columns = columns_of(step, settings.watch.layers)
        record = record_of_watch(script, step, self._columns, overrides, config)
        self._files = RunFolder(folder, record)
        if tracker is not None:
            tracker.start(folder)
        self._history = History(self._columns, self._files.append)
        self._events: list[Event] = []
        self._broken_at: NonfiniteEvent | None = None
        self._lost: set[str] = set()
        self._begun = time.monotonic()

    def run(self, run: Running) -> Ended:
        """Run the script."""
        watch = self._settings.watch
        step = self._step or _NOTHING
        self._observer = Observer(
            step,
            self._history.add,
            self._broke,
            self._is_theirs,
            every=watch.every,
            layers=watch.layers,
            goes_on=watch.on_nonfinite == "continue",
            lost=self._units_lost,
        )
        with listening(self._observer.listener):
            ended = run(self._step, self._observer.hooks)
        with np.errstate(all="ignore"):
            self._observer.end()
        return ended

    def end(self, ended: Ended, unseen: str | None) -> WatchResult:
        """Say how it ended, and why."""
        seconds = time.monotonic() - self._begun
        summary = summary_of_watch(self._observer, self._history, ended, seconds, self._settings.outcome)
        weights = {}
        if self._step is not None and self._observer.last is not None:
            names = [one.name for one in self._step.parameters]
            weights = dict(zip(names, self._observer.last[1], strict=True))
        self._files.keep(self._columns, self._history.rows, weights)
        findings = self._diagnosed(summary)
        self._files.explain([finding.to_dict() for finding in findings])
        run_id = None if self._tracker is None else self._tracker.run_id(_ID_PATIENCE)
        summary = Summary.from_dict({**summary.to_dict(), "mlflow_run_id": run_id})
        self._files.end(summary)
        delivered = None if self._tracker is None else self._tracker.finish(self._files.path, _DELIVERY_PATIENCE)
        return WatchResult(
            ended.code,
            summary,
            self._files.path,
            self._history,
            self._events,
            findings,
            unseen,
            delivered,
            self._settings.diagnosis.enabled,
        )

    def _diagnosed(self, summary: Summary) -> list[Finding]:
        if self._step is None or not self._settings.diagnosis.enabled or summary.outcome in ("interrupted", "failed"):
            return []
        broken = self._observer.breaks
        case = LookedAt(
            self._workshop,
            Source(read_source(self._script.file).text),
            self._step,
            self._history,
            summary,
            self._broken_at,
            broken[0].troubles if broken else (),
            self._facts(),
        )
        return [self._with_patch(case, number, *one) for number, one in enumerate(diagnose_script(case), 1)]

    def _facts(self) -> Facts | None:
        """The facts at the first step, one in the middle and the last finite one."""
        observer, step = self._observer, self._step
        held = {**observer.snapshots, **(dict([observer.last]) if observer.last is not None else {})}
        if not held or step is None:
            return None
        steps = sorted(held)
        chosen = sorted({steps[0], steps[len(steps) // 2], steps[-1]})
        arrays = [array for at in chosen for array in held[at]]
        names = [one.name for one in step.parameters]
        try:
            return Facts.from_dict(self._workshop.ask("facts", arrays, steps=chosen, names=names)["facts"])
        except Unknown:
            return None

    def _with_patch(self, case: LookedAt, number: int, finding: Finding, edit: Edit | None) -> Finding:
        """The finding with the command that applies its fix, which is left as a patch."""
        if self._script.first > 1:
            return finding_in_cell(finding, self._script)
        if edit is None or finding.verified is None:
            return finding
        name = FIX.format(number)
        self._files.write(name, case.source.patch(edit, self._script.file))
        command = patch_command(self._script.file, self._files.path / name)
        return replace(finding, verified=replace(finding.verified, command=command))

    def _broke(self, broken: Break) -> None:
        """The first step that was not finite: an event."""
        step = self._step or _NOTHING
        growth = approach(self._history, broken.step)
        event = event_of_break(broken, step, self._script.file, growth)
        self._broken_at = event
        if self._script.first > 1:
            event = event_in_cell(event, self._script)
        self._events.append(event)
        self._files.note(event)

    def _units_lost(self, step: int, one: Activated, count: int) -> None:
        """Most units of an activation were found dead or saturated: an event, the first time."""
        kind, thresholds = FLAT_KINDS[one.kind][0], self._settings.diagnosis.thresholds
        most = thresholds.dead_units if kind == DEAD else thresholds.saturated_units
        if count <= most * one.units or one.name in self._lost:
            return
        self._lost.add(one.name)
        layer = (self._step or _NOTHING).activations.index(one) + 1
        line = self._script.line(one.spot.span[0]) if one.spot.file == str(self._script.file) else None
        event = UnitsEvent(kind, step, "forward", layer, one.name, count, one.units, line)
        self._events.append(event)
        self._files.note(event)

    def _is_theirs(self, file: str) -> bool:
        """Whether a file is the script's, or beside it."""
        return file == str(self._script.file) or (
            file.startswith(str(self._script.file.parent)) and "site-packages" not in file and file not in _OURS
        )


class _Ours:
    """The files of this program, which may lie beside the script where both are in a checkout."""

    def __contains__(self, file: str) -> bool:
        module = Path(__file__).resolve().parents[1]
        return Path(file).is_relative_to(module)


_OURS = _Ours()
_NOTHING = WatchedStep("", 0, (), None, None, None, 0.0, None)
