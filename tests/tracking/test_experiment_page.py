"""How MLflow's list of runs opens."""

from __future__ import annotations

import json
from pathlib import Path

from mlflow_stores import opened

from runner.tracking.content.experiment import experiment_tags, run_page, runs_page
from runner.tracking.sending.connection import connect, experiment_id


def test_the_list_shows_outcome_and_cause_first() -> None:
    """The view that the address names is among the experiment's tags, and begins with outcome, cause, loss."""
    view = runs_page("7").partition("viewStateShareKey=")[2]
    state = json.loads(experiment_tags()[f"mlflow.sharedViewState.{view}"])
    assert state["selectedColumns"][:3] == ["tags.`outcome`", "tags.`cause`", "metrics.`loss`"]
    assert [section["name"] for section in state["compareRunSections"]] == ["Model metrics"]


def test_pages_are_those_of_model_training() -> None:
    """MLflow opens its pages for language models unless the address says otherwise."""
    assert "workflowType=machine_learning" in runs_page("7")
    assert run_page("7", "abc").startswith("/#/experiments/7/runs/abc?workflowType=machine_learning")


def test_an_experiment_that_is_there_gets_its_description_once(tmp_path: Path) -> None:
    """What somebody else wrote about an experiment stays; what is missing is added."""
    store = opened(tmp_path)
    client = connect(store)
    identifier = client.create_experiment(store.experiment, tags={"mlflow.note.content": "mine"})
    assert experiment_id(client, store) == identifier
    tags = client.get_experiment(identifier).tags
    assert tags["mlflow.note.content"] == "mine"
    assert set(experiment_tags()) <= set(tags)
