"""The plots of somebody's own network: from the answers that it gave while it was there, never from its code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composed import settings_of
from runs_left import left

from runner.datasets import Dataset, load
from runner.files.run_record import DataRecord
from runner.report.answered import Answered, keep_answers
from runner.report.left import LeftRun
from runner.report.plots import PLOTS
from runner.rng import Streams
from runner.subjects.complaint import SubjectError

HISTORY = {"loss": [1.0, 0.5, 0.1]}
STEPS = {0: np.array([1.0]), 2: np.array([-1.0])}


class Sign:
    """A network that says how likely it is that x1 + x2 is above 1, by its one parameter's sign."""

    def __init__(self, most: int = 10_000) -> None:
        self.asked: list[int] = []
        self._most = most

    def outputs(self, X: Any, Y: Any, theta: Any) -> Any:
        self.asked.append(len(X))
        if len(X) > self._most:
            raise SubjectError("it takes four samples")
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(9 * theta[0] * (X.sum(axis=1, keepdims=True) - 1)))


def data(name: str) -> tuple[Dataset, dict[str, Any]]:
    """A data set, and the settings that it comes from."""
    settings = settings_of([f"dataset={name}"])
    streams = Streams(settings.rng, settings.seed, settings.dataset.seed, settings.init.seed)
    return load(settings.dataset, streams, np.dtype("float64")), settings.model_dump(mode="json")


def kept(folder: Path, name: str, trainee: Any) -> LeftRun:
    """A run of somebody's network whose answers are kept in a folder."""
    dataset, config = data(name)
    keep_answers(folder, dataset, trainee, STEPS)
    features = tuple(map(str, dataset.features))
    described = DataRecord(name, dataset.digest, len(dataset.train.X), features, tuple(map(str, dataset.targets)))
    run = left(HISTORY, config=config, dataset=described, subject={"path": "net.py"}, task=dataset.task)
    return replace(run, network=lambda: Answered.of(folder, run.record))


def test_the_plane_and_the_answers_are_those_that_it_gave(tmp_path: Path) -> None:
    """Start and end have a decision boundary; the confusion matrix and the curves are those of the end."""
    run = kept(tmp_path, "and", Sign())
    panels = PLOTS["boundary"].panels(run)
    assert [label for label, _ in panels] == ["start", "end, step 2"]
    start, end = (data.probabilities[..., 1] for _, data in panels)
    assert start == pytest.approx(1 - end, abs=1e-6)
    assert end[0, 0] < 0.01 < 0.99 < end[-1, -1]
    (_, answers) = PLOTS["confusion"].panels(run)[0]
    assert answers.predicted.tolist() == [0, 0, 0, 1]
    assert {"roc", "precision_recall"} <= {name for name, plot in PLOTS.items() if plot.panels(run)}


def test_what_takes_no_other_samples_has_the_rest(tmp_path: Path) -> None:
    """A network that refuses a plane of points keeps its answers to the data."""
    run = kept(tmp_path, "and", Sign(most=4))
    assert PLOTS["confusion"].panels(run)
    with np.load(tmp_path / "answers.npz") as file:
        assert file.files == ["shown_0", "shown_2"]
    assert not PLOTS["boundary"].panels(run)


def test_its_code_is_not_asked_again(tmp_path: Path) -> None:
    """Each step is asked for once, when they are kept, after a try how long it takes: drawing asks for nothing."""
    trainee = Sign()
    run = kept(tmp_path, "and", trainee)
    asked = list(trainee.asked)
    for plot in PLOTS.values():
        plot.panels(run)
    assert trainee.asked == asked == [4, 4, 200, 2500, 2500]


def test_other_data_have_no_answers(tmp_path: Path) -> None:
    """Where the data are not what they were, what it answered is not drawn."""
    run = kept(tmp_path, "and", Sign())
    other = replace(run.record, dataset=replace(run.record.dataset, digest="cd" * 32))
    assert Answered.of(tmp_path, other) is None
    assert Answered.of(tmp_path / "nothing", run.record) is None
