"""A third lot of failures that people asked about in public, and of healthy runs; see `diagnosis_asked`.

They were written for a blind test, after other threads: none of the code had seen them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from diagnosis_asked import TABLE, Array, Asked, Table, labelled, rng


def prices() -> Table:
    """Prices of houses near 200,000."""
    g = rng(601)
    X = np.c_[g.uniform(50, 300, 400), g.integers(1, 6, 400), g.integers(1900, 2020, 400)]
    return X, (900 * X[:, 0] + 15_000 * X[:, 1] + 600 * (X[:, 2] - 1900) + g.normal(0, 10_000, 400))[:, None]


def octane() -> Table:
    """Numbers near 85."""
    g = rng(602)
    X = g.normal(size=(200, 5))
    return X, (85 + 2 * X[:, 0] - X[:, 1] * X[:, 2] + g.normal(0, 0.2, 200))[:, None]


def ones() -> Table:
    """Inputs that a wrong normalisation made all the same."""
    return np.ones((100, 2)), rng(603).uniform(-1, 1, (100, 1))


def bits_to_real() -> Table:
    """A sum of weighted bits."""
    g = rng(604)
    X = g.integers(0, 2, (500, 20))
    return X, (X @ g.uniform(0, 3, 20) + 10 + g.normal(0, 0.3, 500))[:, None]


def rare() -> Table:
    """4 % positives that one feature tells from the others, more or less."""
    g = rng(605)
    y = (g.random(1500) < 0.04).astype(float)
    X = g.normal(size=(1500, 3))
    X[:, 0] += 2.2 * y
    return X, y[:, None]


def numbered() -> Table:
    """A running number and a constant beside three features that matter."""
    g = rng(606)
    X = g.normal(size=(300, 3))
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(float)
    return np.c_[1e6 + 37 * np.arange(300), np.full(300, 5000.0), X], y[:, None]


_BATCH_NORM = ("network.activation=relu", "network.batch_norm=true", "optimizer.lr=0.1")
THIRD: tuple[Asked, ...] = (
    Asked(
        "batch_norm_of_two",
        ("dataset=circles", "network.hidden=[16,16]", *_BATCH_NORM, "batch_size=2", "epochs=20"),
        frozenset({"batch_too_small"}),
        None,
        "github microsoft/CNTK#905",
    ),
    Asked(
        "or_never_below_006",
        ("dataset=or", "network=linear", "network.bias=false", "loss=squared_error", "optimizer.lr=1", "steps=5000"),
        frozenset({"missing_bias"}),
        None,
        "github kblake/neural_network_elixir#2",
    ),
    Asked(
        "sine_ascends",
        (
            "dataset=sine",
            "dataset.low=0",
            "dataset.high=1",
            "dataset.samples=50",
            "network.hidden=[3]",
            "network.activation=sigmoid",
            "network.output=sigmoid",
            "init=uniform",
            "faults=[sign_flipped]",
            "optimizer.lr=0.1",
            "steps=20000",
        ),
        frozenset({"sign_flipped"}),
        None,
        "datascience.stackexchange 44698",
    ),
    Asked(
        "dropout_to_11_percent",
        (
            "dataset=digits",
            "network.hidden=[32,16]",
            "network.activation=relu",
            "network.dropout=0.9",
            "batch_size=32",
            "epochs=15",
            "optimizer.lr=0.1",
        ),
        frozenset({"dropout_too_high"}),
        None,
        "stackoom 4H2dn",
    ),
    Asked(
        "prices_crawl",
        ("network.hidden=[16]", "network.activation=relu", "loss=squared_error", "optimizer=adam", "steps=3000"),
        frozenset({"unscaled_targets"}),
        prices,
        "stats.stackexchange 409000",
    ),
    Asked(
        "sigm_by_default",
        (
            "network.hidden=[20]",
            "network.activation=sigmoid",
            "network.output=sigmoid",
            "loss=squared_error",
            "optimizer.lr=0.1",
            "batch_size=20",
            "epochs=100",
        ),
        frozenset({"output_cannot_reach_targets"}),
        octane,
        "github rasmusbergpalm/DeepLearnToolbox#154",
    ),
    Asked(
        "all_inputs_one",
        ("dataset.standardize=none", "network.hidden=[6]", "optimizer.lr=0.1", "steps=2000"),
        frozenset({"bad_labels"}),
        ones,
        "github stevenmiller888/mind#52",
    ),
    Asked(
        "same_for_all_at_2e_6",
        (
            *TABLE,
            "network.hidden=[32,10,5]",
            "network.activation=relu",
            "loss=squared_error",
            "optimizer.lr=2e-6",
            "optimizer.momentum=0.9",
            "batch_size=100",
            "epochs=40",
        ),
        frozenset({"learning_rate_too_low", "too_few_steps"}),
        bits_to_real,
        "github apache/mxnet#1546",
    ),
    Asked(
        "weights_of_a_trillion",
        ("network.hidden=[8]", "loss.class_weights=[1,5000]", "optimizer=adam", "optimizer.lr=0.01", "steps=1000"),
        frozenset({"class_weights_too_high"}),
        rare,
        "github microsoft/CodeBERT#64",
    ),
    Asked(
        "running_number_as_feature",
        (*TABLE, "network.hidden=[16]", "optimizer.lr=0.1", "steps=2000"),
        frozenset({"unscaled_inputs"}),
        numbered,
        "github jolibrain/deepdetect#136",
    ),
    Asked(
        "l1_to_zero",
        ("dataset=circles", "network.hidden=[16]", "optimizer.l1=0.3", "optimizer.lr=0.05", "steps=3000"),
        frozenset({"weight_decay_too_high"}),
        None,
        "machinelearningmastery.com weight-regularization",
    ),
    Asked(
        "decayed_to_nothing",
        (
            "dataset=sine",
            "network.hidden=[16]",
            "optimizer.lr=0.1",
            "optimizer.schedule={name: exponential, every: 10, factor: 0.8}",
        ),
        frozenset({"learning_rate_too_low"}),
        None,
        "theneuralbase.com loss-not-decreasing",
    ),
    Asked(
        "stopped_at_once",
        (
            "dataset=circles",
            "dataset.valid_fraction=0.3",
            "network.hidden=[8]",
            "batch_size=16",
            "optimizer.lr=0.3",
            "early_stop=valid_loss",
            "early_stop.patience=1",
            "watch.evaluate=1",
            "steps=20000",
        ),
        frozenset({"too_few_steps"}),
        None,
        "bitsfolio.com early-stopping-fires-too-soon",
    ),
    Asked(
        "momentum_of_099",
        ("dataset=sine", "network.hidden=[16]", "optimizer.lr=0.5", "optimizer.momentum=0.99", "steps=1000"),
        frozenset({"learning_rate_too_high"}),
        None,
        "madanswer.com 75218",
    ),
)


def _wave(seed: int, noise: Callable[[np.random.Generator, Array], Array], samples: int = 300) -> Callable[[], Table]:
    """A sine of one feature and a line of another, with noise that depends on the inputs (samples, 2)."""

    def made() -> Table:
        g = rng(seed)
        X = g.uniform(-2, 2, (samples, 2))
        return X, (np.sin(X[:, 0]) + 0.5 * X[:, 1] + noise(g, X))[:, None]

    return made


_WAVE = ("network.hidden=[12]", "dataset.standardize=both", "steps=2000")
SOUND_THIRD: tuple[Asked, ...] = (
    Asked("noise_of_few_degrees", _WAVE, table=_wave(611, lambda g, X: 0.15 * g.standard_t(2, len(X)))),
    Asked(
        "noise_in_a_corner",
        _WAVE,
        table=_wave(612, lambda g, X: g.normal(size=len(X)) * np.where(X.sum(1) > 1, 1.5, 0.1)),
    ),
    Asked("nearly_all_noise", _WAVE, table=_wave(613, lambda g, X: 2.5 * g.normal(size=len(X)), 600)),
    Asked("quantised", _WAVE, table=_wave(614, lambda g, X: np.round(g.normal(size=len(X))) / 4)),
    Asked(
        "momentum_and_its_own_rate",
        (*_WAVE, "optimizer.momentum=0.9"),
        table=_wave(615, lambda g, X: 0.2 * g.normal(size=len(X))),
    ),
    Asked(
        "lbfgs_among_noise",
        (*_WAVE[:2], "network.hidden=[6]", "optimizer=lbfgs", "steps=100"),
        table=_wave(616, lambda g, X: 0.5 * g.normal(size=len(X))),
    ),
    Asked(
        "plateau_among_noise",
        (*_WAVE[:2], "batch_size=16", "optimizer.lr=0.2", "optimizer.schedule={name: plateau}", "epochs=100"),
        table=_wave(617, lambda g, X: 0.6 * g.normal(size=len(X))),
    ),
    Asked(
        "early_stop_among_noise",
        (*_WAVE[:2], "dataset.valid_fraction=0.3", "batch_size=32", "early_stop=valid_loss", "epochs=300"),
        table=_wave(618, lambda g, X: 0.6 * g.normal(size=len(X))),
    ),
    Asked(
        "silu_cosine",
        (*_WAVE, "network.activation=silu", "optimizer.lr=0.05", "optimizer.schedule=cosine", "optimizer.momentum=0.9"),
        table=_wave(619, lambda g, X: 0.2 * g.normal(size=len(X))),
    ),
    Asked("little_l1", (*_WAVE, "optimizer.l1=0.002"), table=_wave(620, lambda g, X: 0.4 * g.normal(size=len(X)))),
    Asked(
        "selu_four_layers",
        (
            "dataset=circles",
            "network.hidden=[12,12,12,12]",
            "network.activation=selu",
            "init=lecun",
            "optimizer.lr=0.05",
            "steps=2000",
        ),
    ),
    Asked(
        "batch_norm_gelu",
        (
            "dataset=digits",
            "dataset.valid_fraction=0.3",
            "network.hidden=[32,32]",
            "network.activation=gelu",
            "network.batch_norm=true",
            "batch_size=64",
            "epochs=20",
            "optimizer.lr=0.1",
        ),
    ),
    Asked(
        "dropout_of_one_half",
        (
            "dataset=digits",
            "dataset.valid_fraction=0.3",
            "network.hidden=[64]",
            "network.activation=relu",
            "network.dropout=0.5",
            "batch_size=64",
            "epochs=40",
            "optimizer.lr=0.2",
        ),
    ),
    Asked(
        "adamw_in_a_fold",
        ("network.hidden=[8]", "dataset.folds=5", "dataset.fold=3", "optimizer=adamw", "batch_size=32", "steps=1500"),
        table=labelled(300, 621, 0.5, 0.05, 3.0),
    ),
    Asked(
        "weighted_and_balanced",
        ("network.hidden=[8]", "loss.class_weights=balanced", "steps=1500"),
        table=labelled(800, 622, 0.08, 0.0, 4.0),
    ),
)
