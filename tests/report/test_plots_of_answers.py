"""The plots that need a run's network and data again: what it answers, and what goes through its layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_memory import run as run_in_memory
from matplotlib.figure import Figure
from runs_left import draw, infinite, labels, left, words
from sklearn import metrics

from runner import train
from runner.files.run_record import DataRecord, read_record
from runner.files.snapshots import read_snapshots, write_snapshots
from runner.network.inference import Predictor
from runner.report.left import LeftRun, read_run
from runner.report.plots import PLOTS
from runner.report.plots.answers import Classified
from runner.report.plots.confusion import matrix, measures
from runner.report.plots.distributions import distribution
from runner.report.plots.thresholds import of_answers
from runner.report.replay import Replay
from runner.settings import validate
from runner.training.setup import prepare

X2 = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def replayed(settings: dict[str, Any], steps: tuple[int, ...] = (3, 6), broke: bool = False, **record: Any) -> LeftRun:
    """A run whose parameters move a little from step to step; those of the last step are NaN where it `broke`."""
    setup = prepare(validate({"steps": steps[-1], **settings}))
    moved = {step: setup.initial * (1 + 0.1 * step) for step in (0, *steps)}
    if broke:
        moved[steps[-1]] = setup.initial * np.nan
    data = setup.dataset
    described = {
        "task": data.task,
        "dataset": DataRecord(data.name, data.digest, len(data.train), data.features, data.targets),
        **record,
    }
    run = left({"loss": [1.0] * (steps[-1] + 1)}, events=[infinite(steps[-1])] if broke else [], **described)
    return replace(run, network=lambda: Replay(setup, moved))


def inline(X: Any, Y: Any, **changes: Any) -> dict[str, Any]:
    """Settings of a network for these data."""
    return {"dataset": {"name": "inline", "X": X, "Y": Y, **changes}, "network": {"hidden": [3]}}


def test_the_boundary_is_shown_at_start_middle_and_end() -> None:
    """Three panels, each with what the network answers on a grid in the data's own units."""
    run = replayed(inline([[x, 10 * y] for x, y in X2], [0, 1, 1, 0], standardize="inputs"), (3, 6))
    panels = PLOTS["boundary"].panels(run)
    assert [label for label, _ in panels] == ["start", "step 3", "end, step 6"]
    data = panels[-1][1]
    assert (data.x[0], data.x[-1], data.y[0], data.y[-1]) == pytest.approx((-0.12, 1.12, -1.2, 11.2))
    assert run.replayed is not None
    alone = run.replayed.answers_for(np.array([[data.x[5], data.y[7]]]), 6)
    assert data.probabilities[7, 5] == pytest.approx([1 - alone[0, 0], alone[0, 0]])
    assert sorted(map(tuple, data.points)) == [(0.0, 0.0), (0.0, 10.0), (1.0, 0.0), (1.0, 10.0)]
    axes = draw("boundary", run, panel=2)
    assert len(axes.images) == 1
    assert "of the 4 samples shown lie on their side" in words("boundary", run)


def test_a_run_that_broke_shows_what_it_had_learnt_before() -> None:
    """Parameters that are not finite are left out: the last panel is that before the event."""
    run = replayed(inline(X2, [0, 1, 1, 0]), (3, 5, 6), broke=True)
    assert [label for label, _ in PLOTS["boundary"].panels(run)] == ["start", "step 3", "before the event, step 6"]


def test_three_classes_have_a_boundary_each() -> None:
    """For several classes the likeliest colours the plane."""
    run = replayed({"dataset": {"name": "blobs", "samples": 12}, "network": {"hidden": [3]}})
    assert PLOTS["boundary"].panels(run)[0][1].probabilities.shape[-1] == 3
    draw("boundary", run)


def test_a_curve_is_fitted_to_data_of_one_input() -> None:
    """The curves are the network's answers around the data, the samples are in their own units."""
    run = replayed(inline([10.0, 20.0, 30.0], [1.0, 2.0, 3.0], standardize="both"))
    ((_, data),) = PLOTS["fit"].panels(run)
    assert list(data.curves) == ["start", "step 3", "end, step 6"]
    x, y = data.parts["training data"]
    assert sorted(x) == pytest.approx([10, 20, 30])
    assert y == pytest.approx(x / 10)
    assert run.replayed is not None
    assert data.curves["end, step 6"] == pytest.approx(run.replayed.answers_for(data.x[:, None], 6)[:, 0])
    assert labels(draw("fit", run)) == ["training data", "start", "step 3", "end, step 6"]
    assert words("fit", run).startswith("end, step 6: training data: off by ")


def test_held_out_data_are_apart_from_those_trained_on() -> None:
    """Test samples have a mark of their own."""
    run = replayed(inline(list(range(10)), list(range(10)), test_fraction=0.3))
    ((_, data),) = PLOTS["fit"].panels(run)
    assert {name: len(x) for name, (x, _) in data.parts.items()} == {"training data": 7, "held-out data": 3}


def test_a_regression_of_several_inputs_is_drawn_against_the_truth() -> None:
    """Predictions and residuals are in the targets' own units, a panel for each target."""
    Y = np.array([[1.0, 50.0], [2.0, 60.0], [3.0, 70.0], [4.0, 90.0]])
    run = replayed(inline(X2, Y.tolist(), standardize="both"))
    panels = PLOTS["predicted"].panels(run)
    assert [label for label, _ in panels] == ["y1", "y2"]
    assert sorted(panels[1][1].true) == pytest.approx([50, 60, 70, 90])
    assert run.replayed is not None
    _, part = run.replayed.shown()
    scaling = run.replayed.dataset.scaling
    expected = metrics.r2_score(scaling.outputs(part.Y)[:, 1], panels[1][1].predicted)
    assert f"y2 on 4 training samples: R² {expected:.3f}" in words("predicted", run)
    draw("predicted", run, panel=1)
    draw("residuals", run, panel=1)
    assert not PLOTS["fit"].panels(run)


def classified(true: list[int], probability: list[float]) -> Classified:
    """Answers of a classifier of two classes."""
    p = np.array(probability)
    both = np.stack([1 - p, p], axis=1)
    return Classified("test", np.array(true), both.argmax(axis=1), both, ("no", "yes"), np.zeros((len(p), 1)))


def test_precision_recall_and_f1_are_those_of_scikit_learn() -> None:
    """Counts and measures of each class agree with scikit-learn's."""
    draws = np.random.default_rng(0)
    true, probability = draws.integers(0, 2, 50).tolist(), draws.random(50).tolist()
    data = classified(true, probability)
    counts = matrix(data)
    assert (counts == metrics.confusion_matrix(data.true, data.predicted)).all()
    expected = metrics.precision_recall_fscore_support(data.true, data.predicted)[:3]
    assert measures(counts) == pytest.approx(np.array(expected).T)


def test_a_class_that_was_never_predicted_has_no_precision() -> None:
    """Nothing is divided by 0 without a word."""
    table = measures(matrix(classified([0, 1], [0.1, 0.2])))
    assert np.isnan(table[1, 0])
    assert table[1, 1] == 0.0


def test_roc_and_precision_recall_are_those_of_scikit_learn() -> None:
    """Areas agree with scikit-learn's, ties included."""
    draws = np.random.default_rng(1)
    true, probability = draws.integers(0, 2, 80), draws.integers(0, 9, 80) / 8
    data = of_answers(classified(true.tolist(), probability.tolist()))
    assert data is not None
    assert data.area == pytest.approx(metrics.roc_auc_score(true, probability))
    assert data.average_precision == pytest.approx(metrics.average_precision_score(true, probability))


def test_one_class_has_no_threshold() -> None:
    """Without samples of both classes there is no curve."""
    assert of_answers(classified([1, 1], [0.2, 0.9])) is None


def test_a_classifier_has_matrix_and_curves() -> None:
    """What is drawn says on which data it was measured: those it was not trained on, where there are any."""
    run = replayed(inline(X2 * 3, [0, 1, 1, 0] * 3, valid_fraction=0.5))
    for name in ("confusion", "roc", "precision_recall"):
        draw(name, run)
        assert "validation" in words(name, run)
    assert not PLOTS["mistakes"].panels(run)


def test_the_worst_mistakes_are_the_surest_ones() -> None:
    """Wrong images are shown with what they are and what they were taken for, the surest first."""
    run = replayed({"dataset": {"name": "digits"}, "network": {"hidden": [3]}})
    ((_, data),) = PLOTS["mistakes"].panels(run)
    assert data.images.shape == (12, 8, 8)
    assert list(data.probability) == sorted(data.probability, reverse=True)
    assert all(true != other for true, other in zip(data.true, data.taken_for, strict=True))
    draw("mistakes", run)
    assert f"{data.wrong:,} of 1,797 training images" in words("mistakes", run)


def test_distributions_are_those_of_one_pass() -> None:
    """Histograms of weights and activations are those of a pass with the parameters of each step."""
    run = replayed(inline(X2, [0, 1, 1, 0]))
    panels = dict(PLOTS["distributions"].panels(run))
    assert list(panels) == ["weights", "activations", "gradients"]
    replay = run.replayed
    assert isinstance(replay, Replay)
    activations, weights = panels["activations"], panels["weights"]
    assert weights.steps == [0, 3, 6]
    assert not activations.logarithmic
    outputs = replay.answers(replay.dataset.train, 6)
    assert activations.medians[2][-1] == pytest.approx(np.median(outputs))
    inside = np.clip(outputs, activations.edges[0], activations.edges[-1])
    assert activations.shares[2][-1] == pytest.approx(np.histogram(inside, activations.edges)[0] / len(outputs))
    W = replay.setup.architecture.layers[0].split(replay.parameters[3])[0]
    assert weights.medians[1][1] == pytest.approx(np.median(W))
    for k in range(3):
        draw("distributions", run, panel=k)
    assert "step whose parameters were kept, downwards: 0, 3, 6;" in words("distributions", run)
    assert "on 4 training samples" in words("distributions", run)


def test_sizes_of_many_magnitudes_stand_on_a_logarithmic_axis() -> None:
    """Zeros are set apart on it; what is not finite is left out, and a step of nothing else is empty."""
    small, large = np.array([0.0, 1e-6, -2e-6, 3e-6]), np.array([np.nan, 5.0, -10.0, np.inf])
    data = distribution("gradient", [0, 1], [{1: small, 2: large}, {1: small, 2: large * np.nan}], 4)
    assert data is not None
    assert data.logarithmic
    assert data.unit == "size of gradient"
    assert data.zeros[1][0] == 0.25
    assert data.shares[1][0].sum() == pytest.approx(0.75)
    assert data.shares[2][0].sum() == pytest.approx(1.0)
    assert np.isnan(data.shares[2][1]).all()
    assert data.medians[1][0] == pytest.approx(2e-6)
    PLOTS["distributions"].draw(data, Figure().add_subplot())
    assert (
        PLOTS["distributions"]
        .words([("gradients", data)])
        .endswith("Medians at the end: gradients layer 1 2e-6 (25 % are 0), layer 2 not finite, or too large to draw.")
    )
    assert distribution("weight", [0], [{1: np.full(3, np.nan)}], 4) is None


@pytest.mark.parametrize("values", [[-1.5e308, 1.5e308], [5e-324, 1e-320], [0.0, 0.0], [7.0, 7.0], [1.0, 1 + 2e-16]])
def test_extreme_values_are_drawn_or_left_out(values: list[float]) -> None:
    """Neither an overflow nor an axis without extent."""
    moment = {1: np.array(values), 2: np.array([0.5, 0.25])}
    data = distribution("weight", [0, 1], [moment, moment], 4)
    assert data is not None
    assert np.isfinite(data.edges).all()
    assert data.edges[0] < data.edges[-1]
    PLOTS["distributions"].draw(data, Figure().add_subplot())


def test_of_many_layers_some_are_drawn_and_it_says_so() -> None:
    """The first and the last are among them."""
    moment = {layer: np.arange(4.0) for layer in range(1, 13)}
    data = distribution("weight", [0, 5], [moment, moment], 4)
    assert data is not None
    said = PLOTS["distributions"].words([("weights", data)])
    assert "6 of 12 layers are drawn." in said
    assert "layer 1 1.5" in said
    assert "layer 12 1.5" in said
    axes = PLOTS["distributions"].draw(data, Figure().add_subplot())
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert (len(names), names[0], names[-1]) == (6, "layer 1", "layer 12")


def test_without_parameters_of_any_step_between_no_distribution_is_drawn() -> None:
    """Start and end alone are no course."""
    assert not PLOTS["distributions"].panels(replayed(inline(X2, [0, 1, 1, 0]), steps=(6,)))


def test_a_run_is_replayed_from_its_folder(folder: Path) -> None:
    """Start, snapshots and end give the parameters of the run; with other data than it had, nothing is replayed."""
    run = train("dataset=xor", "network.hidden=[2]", "steps=30", "tracking=none", "diagnosis=none")
    record = read_record(run.folder)
    assert record is not None
    replay = read_run(run.folder, record).replayed
    assert replay is not None
    assert (replay.parameters[0] == run.setup.initial).all()
    between = [step for step in replay.parameters if 0 < step < 30]
    assert 8 <= len(between) <= 12
    middle = min(between, key=lambda step: abs(step - 15))
    assert replay.moments() == [0, middle, 30]
    for step in (0, middle, 30):
        _, part = replay.shown()
        A, Y = replay.answers(part, step)[:, 0], part.Y[:, 0]
        loss = -np.where(Y == 1, np.log(A), np.log1p(-A)).mean()
        assert loss == pytest.approx(run.history["loss"][step], rel=1e-5)
    assert read_run(run.folder, replace(record, dataset=replace(record.dataset, digest="00"))).replayed is None
    assert read_run(run.folder, record, own=False).replayed is None


def test_what_was_resumed_keeps_the_snapshots_of_its_first_part(tmp_path: Path) -> None:
    """Snapshots before the first new one stay, later ones are replaced."""
    write_snapshots(tmp_path, {0: np.zeros(2), 4: np.ones(2)})
    write_snapshots(tmp_path, {3: np.full(2, 3.0), 5: np.full(2, 5.0)})
    assert {step: vector.tolist() for step, vector in read_snapshots(tmp_path).items()} == {
        0: [0, 0],
        3: [3, 3],
        5: [5, 5],
    }


def test_damaged_snapshots_are_none(tmp_path: Path) -> None:
    """A file that is no archive is as good as none."""
    (tmp_path / "snapshots.npz").write_bytes(b"PK nothing")
    assert read_snapshots(tmp_path) == {}


def test_normalised_layers_answer_by_the_statistics_of_their_step() -> None:
    """At the end with the running statistics, as `predict` does; before it with those of the training data."""
    words = ("dataset=planar", "dataset.samples=40", "network.hidden=[4]", "network.batch_norm=true", "steps=7")
    training = run_in_memory(*words)
    setup, workspace = training.setup, training.workspace
    replay = Replay(setup, {0: setup.initial, 7: workspace.theta}, workspace.statistics())
    part = setup.dataset.train
    ended = Predictor(setup.architecture, workspace.weights())(part.X)
    np.testing.assert_allclose(replay.answers(part, 7), ended, rtol=1e-13)
    layer, output = setup.architecture.layers
    (W1, b1), (W2, b2) = layer.split(setup.initial), output.split(setup.initial)
    U = W1 @ part.X.T
    H = (U - U.mean(axis=1, keepdims=True)) / np.sqrt(U.var(axis=1, keepdims=True) + 1e-5)
    started = 1 / (1 + np.exp(-(W2 @ np.tanh(H + b1) + b2)))
    np.testing.assert_allclose(replay.answers(part, 0).T, started, rtol=1e-12)
