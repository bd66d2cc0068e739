"""What MLflow's pages say of an experiment, and how its list of runs opens: outcome, cause, and the loss first.

A list of MLflow shows whatever columns its browser has kept. A "shared view" is the one way to say which: a tag of the
experiment that holds the state of the page, named in the address (looked up in the pages of MLflow 3.17; a version that
no longer knows it shows its usual columns).
"""

from __future__ import annotations

import json

_VIEW = "whynan"
_PINNED = ("attributes.`Run Name`", "attributes.`Created`")
_COLUMNS = (
    "tags.`outcome`",
    "tags.`cause`",
    *(f"metrics.`{name}`" for name in ("loss", "valid_loss", "accuracy", "valid_accuracy", "r2", "valid_r2")),
    "attributes.`Dataset`",
)
_WIDTHS = {"attributes.`Run Name`": 220, "tags.`cause`": 190, "attributes.`Dataset`": 150}
# The section of the charts that holds metrics without a prefix; of itself it is the last.
_FIRST_CHARTS = {"uuid": "measures", "name": "Model metrics", "display": True, "isReordered": False}
_NOTE = """\
Runs of Whynan. **outcome** says how a run ended: `converged` (good by its task's own measure), `finished`, `stalled`
(no progress), `diverged`, `nan` (a NaN or infinity stopped it), `interrupted`, `failed`. **cause** is the likeliest
reason of a failure; the description of the run explains it, with a fix that has been run. `first_nonfinite_step` is the
step of the first NaN or infinity. All of them can be searched: `tags.outcome = 'nan'`.
"""


def experiment_tags() -> dict[str, str]:
    """The description of an experiment, and the view in which its runs are listed."""
    view = {
        "selectedColumns": list(_COLUMNS),
        "columnOrder": [*_PINNED, *_COLUMNS],
        "columnWidths": _WIDTHS,
        "runsHiddenMode": "FIRST_20_RUNS",
        "compareRunCharts": [],  # those of all metrics are added by the page
        "compareRunSections": [_FIRST_CHARTS],
        "isAccordionReordered": True,  # else the page sorts the sections by name
    }
    return {"mlflow.note.content": _NOTE, f"mlflow.sharedViewState.{_VIEW}": json.dumps(view)}


def runs_page(experiment_id: str) -> str:
    """The path of the page that lists an experiment's runs, behind the address of a server."""
    return f"/#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={_VIEW}"


def run_page(experiment_id: str, run_id: str) -> str:
    """The path of the page of a run, behind the address of a server."""
    return f"/#/experiments/{experiment_id}/runs/{run_id}?workflowType=machine_learning"
