"""More failures that people asked about in public, and more healthy runs; see `diagnosis_asked`.

They were written for a second blind test, after other threads: none of the code had seen them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from diagnosis_asked import (
    FIT,
    LINE,
    MSE,
    TABLE,
    TELL,
    Array,
    Asked,
    Table,
    even_or_odd,
    labelled,
    rng,
    two_spirals,
)


def spirals_regressed() -> Table:
    """Two spirals, their arms as the numbers -1 and 1."""
    X, Y = two_spirals()
    return 6.0 * X, 2.0 * Y - 1.0


def wide_line() -> Table:
    """y = 5 x + 3 with x from 0 to 100."""
    g = rng(110)
    x = 100.0 * g.random(500)
    return x[:, None], (5.0 * x + 3.0 + 0.1 * g.normal(size=500))[:, None]


def rare_frauds() -> Table:
    """One payment in a hundred is fraud; a curved boundary separates them."""
    g = rng(111)
    X = g.normal(size=(4000, 5))
    s = X[:, 0] ** 2 + X[:, 1] * X[:, 2] + 0.2 * g.normal(size=4000)
    return X, (s > np.quantile(s, 0.99))[:, None].astype(float)


def whole_angles() -> Table:
    """(sin x + 1) / 2 of whole numbers."""
    x = rng(112).integers(1, 90, 800).astype(float)
    return x[:, None] / 90.0, (np.sin(x / 15.0)[:, None] + 1.0) / 2.0


def always_positive() -> Table:
    """Two inputs that are never negative, and which of them is larger."""
    X = rng(113).uniform(0.2, 2.0, (200, 2))
    return X, (X[:, :1] > X[:, 1:]).astype(float)


def heights() -> Table:
    """Heights in metres and weights in kilograms."""
    x = np.linspace(1.47, 1.83, 15)
    return x[:, None], (61.27 * x - 39.06 + 0.2 * np.cos(9.0 * x))[:, None]


def utilities() -> Table:
    """Three questionnaire scores up to 1,000 and a utility from 0 to 1."""
    g = rng(114)
    X = g.uniform(100, 1000, (300, 3))
    y = 1.0 / (1.0 + np.exp(-(X - 550.0) @ np.array([0.006, -0.004, 0.005])))
    return X, y[:, None]


def few_patients() -> Table:
    """Forty patients, thirty measurements, of which one matters, and an outcome that is often chance."""
    g = rng(115)
    X = g.normal(size=(40, 30))
    return X, (X[:, 0] + 1.2 * g.normal(size=40) > 0)[:, None].astype(float)


_LOGISTIC = ("network.activation=sigmoid", "network.output=sigmoid")
# Written for a second blind test, after other threads.
MORE: tuple[Asked, ...] = (
    Asked(
        "digits_hidden_delta_without_slope",
        (
            "dataset=digits",
            "network.hidden=[16,16]",
            "network.activation=sigmoid",
            "init=normal",
            "init.weights.std=1.0",
            "faults=['missing_activation_derivative@2']",
            "optimizer.lr=0.5",
            "batch_size=32",
            "epochs=5",
        ),
        frozenset({"missing_activation_derivative"}),
        source="stats.stackexchange 550353",
    ),
    Asked(
        "digits_ascend",
        (
            "dataset=digits",
            "network.hidden=[30]",
            *_LOGISTIC,
            "init=normal",
            "init.weights.std=1.0",
            MSE,
            "faults=[sign_flipped]",
            "optimizer.lr=3.0",
            "steps=50",
        ),
        frozenset({"sign_flipped"}),
        source="pythoner.space the-cost-function-of-the-neural-network-is-failing-to-minimize",
    ),
    Asked(
        "two_x_minus_one_relu",
        (
            "dataset=inline",
            "dataset.X=[-1,0,1,2,3,4,5]",
            "dataset.Y=[-3,-1,1,3,5,7,9]",
            "network.hidden=[4,2]",
            "network.activation=relu",
            "network.output=relu",
            "loss=squared_error",
            "optimizer=adam",
            "steps=500",
            "seed=1",
        ),
        frozenset({"dead_units", "output_cannot_reach_targets"}),
        source="community.deeplearning.ai 324182",
    ),
    Asked(
        "forty_two",
        (
            "dataset=inline",
            "dataset.X=[0,0,0,0]",
            "dataset.Y=[42,42,42,42]",
            "dataset.task=regression",
            "network=linear",
            "loss=absolute_error",
            "optimizer=rmsprop",
            "steps=1000",
        ),
        frozenset({"unscaled_targets", "learning_rate_too_low", "too_few_steps", "bad_labels"}),
        source="thinbug 49867234",
    ),
    Asked(
        "uneven_line",
        (
            "dataset=inline",
            "dataset.X=[1,2,3,4,5,100,200]",
            "dataset.Y=[2,4,6,8,10,200,400]",
            "network=linear",
            "network.bias=false",
            "init=zeros",
            "loss=half_squared_error",
            "loss.reduction=sum",
            "optimizer.lr=0.01",
            "steps=15",
        ),
        frozenset({"learning_rate_too_high", "unscaled_inputs", "summed_gradient"}),
        source="datascience.stackexchange 117008",
    ),
    Asked(
        "line_to_100",
        (*TABLE, "network=linear", "init=zeros", "loss=squared_error", "optimizer.lr=0.01", "steps=2000"),
        frozenset({"learning_rate_too_high", "unscaled_inputs"}),
        wide_line,
        "mejorcodigo 45698",
    ),
    Asked(
        "playground_rate_one",
        (
            *TABLE,
            "network.hidden=[8]",
            "network.activation=tanh",
            "loss=half_squared_error",
            "optimizer.lr=1.0",
            "batch_size=1",
            "steps=3000",
        ),
        frozenset({"learning_rate_too_high"}),
        spirals_regressed,
        "github tensorflow/playground#3",
    ),
    Asked(
        "xor_300_loops",
        (
            "dataset=xor",
            "network.hidden=[2]",
            *_LOGISTIC,
            "init=uniform",
            "init.weights.low=-0.5",
            "init.weights.high=0.5",
            MSE,
            "optimizer.lr=3.0",
            "batch_size=1",
            "steps=1200",
        ),
        frozenset({"too_few_steps", "local_minimum", "too_few_units"}),
        source="github codeplea/genann#46",
    ),
    Asked(
        "sine_by_sigmoid_output",
        (
            "dataset=formula",
            'dataset.formula="sin(x)"',
            "dataset.low=0",
            "dataset.high=6.28",
            "dataset.samples=200",
            "dataset.standardize=none",
            "network.hidden=[8]",
            *_LOGISTIC,
            MSE,
            "optimizer.lr=0.3",
            "steps=5000",
        ),
        frozenset({"output_cannot_reach_targets"}),
        source="stackoverflow 1565115",
    ),
    Asked(
        "frauds_one_percent",
        (
            "network.hidden=[10,10]",
            "network.activation=relu",
            "init=he",
            "optimizer.lr=0.02",
            "batch_size=64",
            "epochs=8",
        ),
        frozenset({"class_imbalance"}),
        rare_frauds,
        "stackoom 4QOjQ",
    ),
    Asked(
        "weight_times_delta",
        (
            *TABLE,
            "dataset.task=regression",
            "network.hidden=[1]",
            *_LOGISTIC,
            "loss=squared_error",
            "faults=[weight_gradient_uses_weights]",
            "optimizer.lr=0.1",
            "batch_size=1",
            "steps=5000",
        ),
        frozenset({"weight_gradient_uses_weights"}),
        even_or_odd,
        "stats.stackexchange 464262",
    ),
    Asked(
        "dw2_is_a_number",
        (
            *TABLE,
            "dataset.task=regression",
            "network.hidden=[4]",
            "network.activation=tanh",
            "network.output=sigmoid",
            "loss=binary_cross_entropy",
            "loss.from_logits=false",
            "faults=['weight_gradient_uses_own_output@2']",
            "optimizer.lr=1.2",
            "steps=2000",
        ),
        frozenset({"weight_gradient_uses_own_output"}),
        whole_angles,
        "stackoverflow 55858141",
    ),
    Asked(
        "mean_of_all_pairs",
        (
            "dataset=sine",
            "dataset.samples=200",
            "network.hidden=[16]",
            "network.activation=tanh",
            "loss=squared_error",
            "faults=['target_broadcast=both']",
            "optimizer=adam",
            "optimizer.lr=0.01",
            "steps=1000",
        ),
        frozenset({"target_broadcast"}),
        source="github pytorch/pytorch#18349",
    ),
    Asked(
        "decay_of_one_half",
        (
            "dataset=planar",
            "network.hidden=[8]",
            "network.activation=tanh",
            "optimizer.lr=0.3",
            "optimizer.weight_decay=0.5",
            "steps=2000",
        ),
        frozenset({"weight_decay_too_high"}),
        source="jamesmccaffrey.wordpress.com 2017/03/20",
    ),
    Asked(
        "accuracy_falls_to_one_half",
        (
            "dataset=circles",
            "dataset.samples=400",
            "network.hidden=[64]",
            "network.activation=relu",
            "init=he",
            "optimizer.lr=30",
            "batch_size=128",
            "steps=600",
        ),
        frozenset({"learning_rate_too_high", "dead_units"}),
        source="datascience.stackexchange 28481",
    ),
    Asked(
        "all_units_at_0_or_1",
        (
            "dataset=planar",
            "network.hidden=[10]",
            "network.activation=sigmoid",
            "init=normal",
            "init.weights.std=60",
            "optimizer.lr=0.1",
            "steps=2000",
        ),
        frozenset({"saturated_units", "poor_init_scale"}),
        source="stats.stackexchange 265453",
    ),
    Asked(
        "unlucky_relu",
        (
            *TABLE,
            "network.hidden=[1]",
            "network.activation=relu",
            "init=explicit",
            "init.weights.values=[[[-0.03],[-0.02]],[[0.04]]]",
            "optimizer.lr=0.1",
            "steps=2000",
        ),
        frozenset({"dead_units"}),
        always_positive,
        "stats.stackexchange 450100",
    ),
    Asked(
        "five_sigmoid_layers",
        (
            "dataset=digits",
            "network.hidden=[20,20,20,20,20]",
            "network.activation=sigmoid",
            "optimizer.lr=0.1",
            "batch_size=32",
            "epochs=20",
        ),
        frozenset({"vanishing_gradient"}),
        source="stackoverflow 20009078",
    ),
    Asked(
        "metres_and_kilograms",
        (
            *TABLE,
            "network.hidden=[4]",
            "network.activation=sigmoid",
            "init=normal",
            "init.weights.std=1.0",
            MSE,
            "optimizer.lr=0.7",
            "batch_size=1",
            "steps=2000",
        ),
        frozenset({"unscaled_targets", "unscaled_inputs", "learning_rate_too_high"}),
        heights,
        "github NeuraLegion/shainet#39",
    ),
    Asked(
        "three_quarters_for_all",
        (
            "dataset=nand",
            "network.hidden=[2]",
            *_LOGISTIC,
            "init=normal",
            "init.weights.std=0.5",
            MSE,
            "optimizer.lr=0.1",
            "steps=1000",
        ),
        frozenset({"learning_rate_too_low", "too_few_steps"}),
        source="pythoner.space create-a-python-implementation-of-a-neural-network",
    ),
    Asked(
        "utility_0_56",
        (*TABLE, "dataset.task=regression", "network.hidden=[2]", *_LOGISTIC, MSE, "optimizer.lr=0.1", "steps=2000"),
        frozenset({"unscaled_inputs", "saturated_units"}),
        utilities,
        "stats.stackexchange (nnet, one value for all)",
    ),
    Asked(
        "circles_softmax_1",
        ("dataset=circles", "network.hidden=[8]", "network.output=softmax", "loss=binary_cross_entropy", "steps=500"),
        frozenset({"softmax_on_one_unit"}),
        source="geek-tips 557592",
    ),
    Asked(
        "forty_patients",
        (
            "dataset.valid_fraction=0.4",
            "network.hidden=[64]",
            "network.activation=relu",
            "init=he",
            "optimizer=adam",
            "optimizer.lr=0.01",
            "steps=1000",
        ),
        frozenset({"overfitting"}),
        few_patients,
        "errorhandle.ai training-small-amount-of-data-on-the-large-capacity-network",
    ),
)


def _with(
    transform: Callable[[Array, Array, np.random.Generator], Table], seed: int, n: int = 300
) -> Callable[[], Table]:
    """Three inputs and a line of them, changed."""

    def table() -> Table:
        g = rng(seed)
        X = g.normal(size=(n, 3))
        return transform(X, X @ np.array([1.0, -0.5, 0.3]) + 0.2, g)

    return table


def _shares(sizes: tuple[int, ...], seed: int, apart: float) -> Callable[[], Table]:
    """A cloud for each class, of these sizes."""

    def table() -> Table:
        g = rng(seed)
        angles = np.linspace(0, 2 * np.pi, len(sizes), endpoint=False)
        centres = apart * np.c_[np.cos(angles), np.sin(angles)]
        X = np.vstack([g.normal(centre, 1.0, (n, 2)) for centre, n in zip(centres, sizes, strict=True)])
        return X, np.repeat(np.eye(len(sizes)), sizes, axis=0)

    return table


def _outliers(X: Array, y: Array, g: np.random.Generator) -> Table:
    y = y + 0.2 * g.normal(size=len(y))
    y[::40] += 4.0
    return X, y[:, None]


def _two_measured(X: Array, y: Array, g: np.random.Generator) -> Table:
    return X, np.c_[y + 0.1 * g.normal(size=len(y)), 2.0 * X[:, 1] + 0.8 * g.normal(size=len(y))]


_BENT = (*FIT, "network.hidden=[12]", "network.activation=tanh", "optimizer.lr=0.1", "steps=2500")
_DEEP = "network.hidden=[16,16,16,16,16]"

# Written with MORE, for the same test.
SOUND_MORE: tuple[Asked, ...] = (
    Asked("laplace_noise", LINE, table=_with(lambda X, y, g: (X, (y + g.laplace(0, 0.5, len(y)))[:, None]), 501)),
    Asked("uniform_noise", _BENT, table=_with(lambda X, y, g: (X, (y + g.uniform(-1, 1, len(y)))[:, None]), 502)),
    Asked(
        "lognormal_factor",
        _BENT,
        table=_with(lambda X, y, g: (X, (np.exp(0.5 * y + 0.3 * g.normal(size=len(y))))[:, None]), 503),
    ),
    Asked("some_outliers", _BENT, table=_with(_outliers, 504)),
    Asked("some_outliers_huber", (*_BENT, "loss=huber"), table=_with(_outliers, 505)),
    Asked("noisy_inputs", LINE, table=_with(lambda X, y, g: (X + 0.5 * g.normal(size=X.shape), y[:, None]), 506)),
    Asked(
        "drift_with_autocorrelation",
        _BENT,
        table=_with(lambda X, y, g: (X, (y + 0.1 * np.cumsum(g.normal(size=len(y))) / 3)[:, None]), 507),
    ),
    Asked("two_outputs_one_noisy", _BENT, table=_with(_two_measured, 508)),
    Asked(
        "wide_ranges_scaled",
        _BENT,
        table=_with(
            lambda X, y, g: (X * np.array([1e6, 1.0, 1e-6]), (1e4 * (y + 0.2 * g.normal(size=len(y))))[:, None]), 509
        ),
    ),
    Asked(
        "wide_ranges_minmax",
        (*_BENT, "dataset.scaling=minmax"),
        table=_with(
            lambda X, y, g: (X * np.array([1e6, 1.0, 1e-6]), (1e4 * (y + 0.1 * g.normal(size=len(y))))[:, None]), 510
        ),
    ),
    Asked(
        "one_feature_constant",
        LINE,
        table=_with(lambda X, y, g: (np.c_[X, np.full(len(X), 7.0)], (y + 0.3 * g.normal(size=len(y)))[:, None]), 511),
    ),
    Asked(
        "features_correlated",
        LINE,
        table=_with(
            lambda X, y, g: (
                np.c_[X, X[:, 0] + 0.05 * g.normal(size=len(X))],
                (y + 0.3 * g.normal(size=len(y)))[:, None],
            ),
            512,
        ),
    ),
    Asked(
        "samples_repeated",
        LINE,
        table=_with(
            lambda X, y, g: (np.vstack([X[:50]] * 6), np.tile(y[:50] + 0.3 * g.normal(size=50), 6)[:, None]), 513
        ),
    ),
    Asked("labels_2_percent_hinge", (*TELL, "loss=hinge"), table=labelled(1500, 514, 0.02, 0.0, 7.0)),
    Asked(
        "labels_3_percent_balanced", (*TELL, "loss.class_weights=balanced"), table=labelled(1500, 515, 0.03, 0.0, 6.0)
    ),
    Asked("labels_smoothed", (*TELL, "loss.label_smoothing=0.1"), table=labelled(400, 516, 0.5, 0.03, 5.0)),
    Asked(
        "three_uneven_classes",
        (*TELL, "network.hidden=[8]", "dataset.task=classes"),
        table=_shares((600, 90, 40), 517, 5.0),
    ),
    Asked(
        "uneven_classes_overlap",
        (*TELL, "network=linear", "dataset.task=classes"),
        table=_shares((500, 200, 100), 518, 2.5),
    ),
    Asked(
        "nine_samples_three_classes",
        (*TELL, "network.hidden=[4]", "dataset.task=classes"),
        table=_shares((3, 3, 3), 519, 6.0),
    ),
    Asked("deep_tanh", ("dataset=circles", _DEEP, "network.activation=tanh", "optimizer.lr=0.1", "steps=3000")),
    Asked(
        "deep_relu", ("dataset=blobs", _DEEP, "network.activation=relu", "init=he", "optimizer.lr=0.05", "steps=1500")
    ),
    Asked(
        "one_unit_sign",
        ("dataset=sign", "network.hidden=[1]", "network.activation=tanh", "optimizer.lr=0.5", "steps=3000"),
    ),
    Asked(
        "two_units_or",
        ("dataset=or", "network.hidden=[2]", "network.activation=tanh", "optimizer.lr=0.5", "steps=2000"),
    ),
    Asked(
        "float32_batches",
        (*_BENT, "dtype=float32", "batch_size=16", "optimizer=adam", "optimizer.lr=0.01"),
        table=_with(lambda X, y, g: (X, (y + 0.4 * g.normal(size=len(y)))[:, None]), 520),
    ),
    Asked(
        "validated_in_a_fold",
        (*_BENT, "dataset.folds=5", "dataset.fold=2"),
        table=_with(lambda X, y, g: (X, (y + 0.3 * g.normal(size=len(y)))[:, None]), 521),
    ),
)
