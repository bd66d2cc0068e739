"""Explain why a run broke, as it did at its end: what was seen, the causes, and what fixes them.

  whynan explain last              the newest run of the store
  whynan explain 3f2a91c0          an MLflow run id, or the beginning of one
  whynan explain outputs/posted    a run folder

tracking.uri=... names the store. If the folder of a run is gone, its files are fetched from the store.
"""

from __future__ import annotations

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import results
from runner.composition.overrides import split_overrides
from runner.composition.stores import store_of
from runner.errors import UserError
from runner.explaining.explanation import Ending, ending_in, explanation, nothing_wrong
from runner.files.names import SUMMARY
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
    run.file(SUMMARY)
    ending = ending_in(run.folder, run.record)
    if not ending.ended:
        raise UserError(f"the summary of the run in {run.folder} is damaged")
    return ending
