"""Explain why a run broke, as it did at its end: what was seen, the causes, and what fixes them.

  whynan explain last              the newest run of the store
  whynan explain 3f2a91c0          an MLflow run id, or the beginning of one
  whynan explain outputs/posted    a run folder

A run that was interrupted is examined now, as it was at its last checkpoint.
tracking.uri=... names the store. If the folder of a run is gone, its files are fetched from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runner.cli.screen.findings import print_explanation
from runner.cli.screen.terminal import print_notices, results
from runner.composition.overrides import is_of_subject, split_overrides
from runner.composition.recorded import naming, settings_of, typed_subject
from runner.composition.stores import store_of
from runner.diagnosis.fixes.changes import quoted
from runner.errors import UserError
from runner.explaining.explanation import Ending, ending_in, explanation, nothing_wrong
from runner.files.finding import Finding
from runner.files.names import SUMMARY, SWEEP
from runner.tracking.runs import FoundRun, find_run
from runner.tracking.trackers import OUTPUTS


def main(arguments: list[str]) -> int:
    """Explain a run."""
    words, overrides = split_overrides(arguments)
    if not words:
        raise UserError("which run? `explain last`, or give a run id or a run folder in place of `last`")
    if words[1:]:
        raise UserError(f"unexpected argument {words[1]!r}: one run is explained at a time")
    run = find_run(words[0], store_of([word for word in overrides if not is_of_subject(word)]), OUTPUTS)
    ending = ending_of(run)
    if ending.summary.outcome == "interrupted" and ending.diagnosed and not ending.findings and run.local:
        ending = replace(ending, findings=_looked_for(run, overrides))
    lines = explanation(ending)
    print_explanation(lines)
    if not lines:
        results().print(nothing_wrong(ending), markup=False)
    if ending.findings and not any(one.verified or one.tried for one in ending.findings) and _is_job(run):
        again = f"rerun {quoted(words[0])}{naming(run.config.get('subject'))}"
        print_notices([f"a sweep tries no fixes unless sweep.fixes=true; `python -m runner {again}` tries them"])
    return 0


def _is_job(run: FoundRun) -> bool:
    return run.local and (run.folder.parent / SWEEP).is_file()


def _looked_for(run: FoundRun, overrides: Sequence[str]) -> Sequence[Finding]:
    """The causes of a run that was interrupted, which nobody has looked for; none where that can't be done."""
    # Only here, since an explanation that is there already must not wait for what trains.
    from runner.cli.screen.progress import ProgressBar
    from runner.experiment import prepare
    from runner.experiment.later import diagnose_later

    try:
        setup = prepare(settings_of(run.config, typed_subject(overrides)))
        with ProgressBar() as bar:
            return diagnose_later(run.folder, run.record, setup, bar)
    except UserError as error:
        print_notices([f"no causes can be looked for: {error}"])
        return ()


def ending_of(run: FoundRun) -> Ending:
    """What a run has left for its explanation; UserError where it hasn't ended, or a file is damaged."""
    run.file(SUMMARY)
    ending = ending_in(run.folder, run.record)
    if not ending.ended:
        raise UserError(f"the summary of the run in {run.folder} is damaged")
    return ending
