"""The page of a run: what came of it and why, then every plot that it has data for."""

from __future__ import annotations

from pathlib import Path

from runner.explaining.explanation import explanation
from runner.files.names import REPORT
from runner.files.run_record import RunRecord
from runner.redaction import redact
from runner.report.left import LeftRun
from runner.report.page import facts
from runner.report.page.blocks import sections
from runner.report.page.figures import figures
from runner.report.page.rendering import keep, render
from runner.report.plots import PLOTS
from runner.tracking.content.naming import run_name


def write_page(run: LeftRun) -> Path:
    """Write the page of a run into its folder, completely or not at all; gives its path."""
    return keep(run_page(run), run.folder / REPORT)


def run_page(run: LeftRun) -> str:
    """The page of a run as text."""
    record = run.record
    lines = explanation(run.ending) if run.ending.ended else []
    return render(
        "run.html",
        title=run_name(record),
        typed="" if record.task == "script" else _typed(record),
        description=record.config.get("description"),
        outcome=run.summary.outcome if run.ending.ended else "not ended",
        tone=facts.tone(run),
        sentence=facts.sentence(run),
        sections=[section for section in sections(lines) if section.label != "seen"],
        numbers=list(facts.numbers(run)),
        settings=facts.settings_that_differ(run),
        events=facts.happened(run),
        more_events=max(0, len(run.events) - len(facts.happened(run))),
        figures=list(figures(run, PLOTS)),
        record=record,
        network=record.network.replace(" -> ", " → "),  # an arrow that no line ends within
        run_id=run.summary.mlflow_run_id,
    )


def _typed(record: RunRecord) -> str:
    """What was typed, without what only says where the run is recorded."""
    own = [redact(text) for text in record.overrides if not text.startswith(("tracking", "hydra."))]
    return " ".join(own)
