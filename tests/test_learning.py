"""What the shipped YAML learns, over many seeds: the promises that the README makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_memory import accuracy_of, at_the_end, prediction, runs

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist"


def accuracies(overrides: list[str], seeds: int = 20, part: str = "train") -> list[float]:
    """The accuracy of each run on a part of the data."""
    return [accuracy_of(training, part) for training in runs(overrides, range(seeds))]


def successors_of_500(overrides: list[str]) -> list[float]:
    """What each of 20 runs says comes after 500."""
    return [float(prediction(training, 500.0)[0]) for training in runs(overrides, range(20))]


@pytest.mark.parametrize(
    "overrides", [["dataset=xor"], ["experiment=xor"], ["dataset=xor", "network.hidden=[8]", "optimizer.lr=0.5"]]
)
def test_xor_is_learnt(overrides: list[str]) -> None:
    """XOR is wholly right in at least 19 of 20 seeds."""
    assert sum(accuracy == 1.0 for accuracy in accuracies(overrides)) >= 19


def test_the_default_experiment_works() -> None:
    """The planar flower is at least 88 % right in all of 20 seeds."""
    assert min(accuracies([])) >= 0.88


def test_x_plus_one_is_learnt() -> None:
    """With a hidden layer 500 is followed by 501 +- 0.5 in at least 19 of 20 seeds."""
    assert sum(abs(value - 501) <= 0.5 for value in successors_of_500(["experiment=x_plus_one"])) >= 19


@pytest.mark.parametrize("overrides", [["experiment=x_plus_one_linear"], ["dataset=x_plus_one", "network.hidden=[]"]])
def test_x_plus_one_is_exact_without_a_hidden_layer(overrides: list[str]) -> None:
    """A linear network says 501 to 1e-3 in every seed."""
    assert max(abs(value - 501) for value in successors_of_500(overrides)) <= 1e-3


# The files lie beside the project where it is developed and in CI; the program itself downloads them.
@pytest.mark.slow
@pytest.mark.skipif(not MNIST.is_dir(), reason="needs the MNIST test files beside the project")
def test_mnist_is_learnt() -> None:
    """Trained on 8,000 real images, at least 94 % of the 2,000 others are right in all of 5 seeds."""
    overrides = [
        "dataset=mnist",
        f"dataset.root={MNIST}",
        "dataset.parts=[test]",
        "dataset.valid_fraction=0.2",
        "network.hidden=[128]",
        "epochs=10",
        "batch_size=64",
        "optimizer.lr=0.5",
    ]
    assert min(accuracies(overrides, seeds=5, part="valid")) >= 0.94


def test_dropout_keeps_two_wide_layers_from_learning_noise_by_heart() -> None:
    """On held-out samples the loss of experiment=dropout is far below that without dropout, whatever the seed."""
    for seed in range(2):
        with_it, without = (
            at_the_end(next(runs(["experiment=dropout", "steps=500", *more], [seed])), "valid").loss
            for more in ([], ["network.dropout=0"])
        )
        assert with_it < 0.8 * without


def test_batch_normalisation_trains_a_deep_net_of_sigmoids() -> None:
    """experiment=batch_norm is all but wholly right after 400 steps; without normalisation it guesses."""
    words = ["experiment=batch_norm", "steps=400"]
    assert min(accuracies(words, 2)) >= 0.98
    assert max(accuracies([*words, "network.batch_norm=false"], 2)) <= 0.6


def test_lbfgs_fits_a_sine_in_few_steps() -> None:
    """After 100 steps of experiment=lbfgs the loss is far below that of ten times as many of gradient descent."""
    for seed in range(2):
        quick, slow = (
            at_the_end(next(runs(["experiment=lbfgs", *more], [seed])), "train").loss
            for more in (["steps=100"], ["optimizer=sgd", "steps=1000"])
        )
        assert quick < 0.2 * slow


def test_l1_makes_weights_small() -> None:
    """Most weights of experiment=l1 end near 0, and hardly any without it."""
    for l1, low, high in ((0.001, 0.4, 1.0), (0.0, 0.0, 0.1)):
        training = next(runs(["experiment=l1", "steps=500", f"optimizer.l1={l1}"], [0]))
        weights = training.workspace.theta[training.workspace.arrays["is_weight"] > 0]
        assert low <= (abs(weights) < 0.01).mean() <= high


def test_a_plateau_schedule_gets_below_the_noise_of_small_batches() -> None:
    """experiment=plateau ends with a lower loss than the same rate throughout."""
    lowered, constant = (
        at_the_end(next(runs(["experiment=plateau", "steps=3000", *more], [0])), "train").loss
        for more in ([], ["optimizer.schedule=constant"])
    )
    assert lowered < constant
