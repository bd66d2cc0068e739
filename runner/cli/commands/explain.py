"""Explain why a run broke, as it did at its end: what was seen, the causes, and what fixes them.

  whynan explain last              the newest run of the store
  whynan explain 3f2a91c0          an MLflow run id, or the beginning of one
  whynan explain outputs/posted    a run folder

tracking.uri=... names the store. If the folder of a run is gone, its files are fetched from the store.
"""

from __future__ import annotations

import json
from pathlib import Path

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.errors import UserError
from runner.explaining.explanation import Ending, explanation, nothing_wrong
from runner.files.events import event_of
from runner.files.finding import read_findings
from runner.files.names import EVENTS, SUMMARY
from runner.files.summary import Summary
from runner.tracking.runs import FoundRun, find_run
from runner.tracking.trackers import OUTPUTS


def main(arguments: list[str]) -> int:
    """Explain a run."""
    words, overrides = split_overrides(arguments)
    if not words:
        raise UserError("which run? `explain last`, or give a run id or a run folder in place of `last`")
    if words[1:]:
        raise UserError(f"unexpected argument {words[1]!r}: one run is explained at a time")
    ending = ending_of(find_run(words[0], store_of(overrides), OUTPUTS))
    lines = explanation(ending)
    print_explanation(lines)
    if not lines:
        results().print(nothing_wrong(ending), markup=False)
    return 0


def ending_of(run: FoundRun) -> Ending:
    """What a run has left for its explanation; UserError where it hasn't ended, or a file is damaged."""
    summary = run.file(SUMMARY)
    # A run that failed leaves no events and no findings.
    events = run.folder / EVENTS
    try:
        return Ending(
            summary=Summary.from_dict(json.loads(summary.read_text(encoding="utf-8"))),
            events=[event_of(json.loads(line)) for line in _lines(events)],
            findings=read_findings(run.folder),
            diagnosed=run.record.diagnosed,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"a file of the run in {run.folder} is damaged: {error}") from None


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
