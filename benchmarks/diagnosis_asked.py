"""Failures that people asked about in public, restated with made-up data, and healthy runs on data of all sorts.

Written before the code that finds their causes, and after threads that each names. The cases of `ASKED` have a true
cause, any of several names where these are the same thing; those of `SOUND` have none, whatever noise there is in
their data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Inputs and targets, (samples, features) and (samples, outputs).
Table = tuple[Array, Array]


@dataclass(frozen=True)
class Asked:
    """A run: its overrides, the table that it is trained on where it has one, and the causes any of which is right."""

    name: str
    overrides: tuple[str, ...]
    truth: frozenset[str] = frozenset()
    table: Callable[[], Table] | None = None
    source: str = ""

    def written(self, folder: Path) -> tuple[str, ...]:
        """The overrides, with the table in a file of the folder."""
        if self.table is None:
            return self.overrides
        X, Y = self.table()
        inputs, targets = [f"x{k}" for k in range(X.shape[1])], [f"y{k}" for k in range(Y.shape[1])]
        path = folder / f"{self.name}.csv"
        with path.open("w") as file:
            file.write(",".join((*inputs, *targets)) + "\n")
            for row in np.hstack([X, Y]).tolist():
                file.write(",".join(f"{value:.10g}" for value in row) + "\n")
        names = targets[0] if len(targets) == 1 else f"[{','.join(targets)}]"
        return ("dataset=table", f"dataset.path={path}", f"dataset.targets={names}", *self.overrides)


def rng(seed: int) -> np.random.Generator:
    """The stream of a table."""
    return np.random.default_rng(seed)


def next_number() -> Table:
    """The next number of a jagged sequence, from the three before it."""
    values = np.array([2.16, 3.2, 1.9, 4.8, 0.6, 4.2, 1.7, 4.7, 0.2, 5.7, 0.5, 5.0, 0.2])
    return np.stack([values[k : k + 3] for k in range(10)]), values[3:, None]


def apples() -> Table:
    """12 % positives that the inputs make likelier, seldom likelier than not; by a boundary of some curvature."""
    g = rng(101)
    X = g.normal(size=(3000, 8))
    s = 1.2 * X[:, 0] + X[:, 1] * X[:, 2] - 3.6
    return X, (g.random(3000) < 1.0 / (1.0 + np.exp(-s)))[:, None].astype(float)


def three_classes() -> Table:
    """Three classes in the shares 83, 12 and 5 %; the last lies between the others."""
    g = rng(102)
    shares = np.array([830, 120, 50])
    centres = np.array([[-1.0, 0.0], [2.0, 1.0], [-0.6, 0.3]])
    X = np.vstack([g.normal(centre, 0.8, (n, 2)) for centre, n in zip(centres, shares, strict=True)])
    return X, np.repeat(np.eye(3), shares, axis=0)


def even_or_odd() -> Table:
    """Whether a digit is odd."""
    x = np.arange(1, 10.0)
    return x[:, None] / 10.0, (x % 2)[:, None]


def two_spirals() -> Table:
    """Two spirals wound into each other."""
    g = rng(103)
    angle = np.sqrt(g.random(150)) * 3.0 * np.pi
    arm = np.c_[np.cos(angle), np.sin(angle)] * (angle / (3.0 * np.pi))[:, None] + 0.01 * g.normal(size=(150, 2))
    return np.vstack([arm, -arm]), np.repeat([[0.0], [1.0]], 150, axis=0)


def quality_times_area() -> Table:
    """A price that is area times quality, with 5 % noise."""
    g = rng(104)
    X = np.c_[g.uniform(40, 200, 500), g.uniform(1, 10, 500), g.integers(0, 40, 500)]
    return X, (X[:, 0] * X[:, 1] * (1.0 + 0.05 * g.normal(size=500)) - 2.0 * X[:, 2])[:, None] / 1000.0


def line_and_wave() -> Table:
    """A line with a wave on it, and hardly any noise."""
    g = rng(105)
    x = g.uniform(-3, 3, 300)
    return x[:, None], (x + 0.9 * np.sin(3.0 * x) + 0.02 * g.normal(size=300))[:, None]


def payments() -> Table:
    """Amounts in the thousands by weekday and week, as a bank's branch has them."""
    g = rng(106)
    day, week = np.arange(280) % 7, np.arange(280) // 7
    return np.c_[day, week].astype(float), (9000 + 800 * day + 40 * week + 300 * g.normal(size=280))[:, None]


def line_of_70() -> Table:
    """y = 2 x + 1 at 70 places."""
    x = np.linspace(0, 1, 70)
    return x[:, None], 2.0 * x[:, None] + 1.0


def substitution_box() -> Table:
    """A permutation of the eight-bit numbers, as a cipher has: bits in, bits out."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    return bits.astype(float), bits[rng(107).permutation(256)].astype(float)


def sum_of_three() -> Table:
    """The sum of three digits, scaled to 0..1."""
    g = rng(108)
    X = g.integers(0, 10, (400, 3)).astype(float)
    return X / 10.0, X.sum(axis=1, keepdims=True) / 27.0


TABLE = ("dataset.standardize=none",)
MSE = "loss=half_squared_error"

ASKED: tuple[Asked, ...] = (
    Asked(
        "xor_relu_2_2_1",
        (
            "dataset=xor",
            "network.hidden=[2]",
            "network.activation=relu",
            "init=he",
            "optimizer.lr=0.1",
            "steps=5000",
            "seed=1",
        ),
        frozenset({"local_minimum", "too_few_units", "dead_units"}),
        source="github CodingTrain/Toy-Neural-Network-JS#155",
    ),
    Asked(
        "xor_sigmoid_2_2_1",
        (
            "dataset=xor",
            "network.hidden=[2]",
            "network.activation=sigmoid",
            "init=uniform",
            "init.weights.low=-1",
            "init.weights.high=1",
            MSE,
            "optimizer.lr=2.0",
            "steps=9000",
            "seed=0",
        ),
        frozenset({"local_minimum", "too_few_units"}),
        source="ai.stackexchange 6170",
    ),
    Asked(
        "xor_tanh_2_adam",
        (
            "dataset=xor",
            "network.hidden=[2]",
            "network.activation=tanh",
            "optimizer=adam",
            "optimizer.lr=0.05",
            "steps=2000",
            "seed=0",
        ),
        frozenset({"local_minimum", "too_few_units"}),
        source="github jorgenkg/python-neural-network#23",
    ),
    Asked(
        "xor_one_hidden_unit",
        ("dataset=xor", "network.hidden=[1]", "network.activation=tanh", "optimizer.lr=0.5", "steps=5000"),
        frozenset({"too_few_units"}),
        source="github attractivechaos/kann#14",
    ),
    Asked(
        "xor_two_outputs",
        (
            "dataset=inline",
            "dataset.X=[[0,0],[0,1],[1,0],[1,1]]",
            "dataset.Y=[[0,1],[1,0],[1,0],[0,1]]",
            "network=linear",
            "network.output=softmax",
            "loss=binary_cross_entropy",
            "optimizer.lr=0.5",
            "steps=2000",
        ),
        frozenset({"not_linearly_separable", "wrong_loss_for_targets"}),
        source="ai.stackexchange 27010",
    ),
    Asked(
        "xor_small_start",
        (
            "dataset=inline",
            "dataset.X=[[0,0],[0,1],[1,0],[1,1]]",
            "dataset.Y=[0,1,1,0]",
            "dataset.task=regression",
            "network.hidden=[2]",
            "network.activation=tanh",
            "init=uniform",
            "init.weights.low=-0.02",
            "init.weights.high=0.02",
            MSE,
            "optimizer.lr=0.1",
            "steps=2000",
        ),
        frozenset({"poor_init_scale"}),
        source="github microsoft/CNTK#757",
    ),
    Asked(
        "even_or_odd_1_1_1",
        (
            *TABLE,
            "network.hidden=[1]",
            "network.activation=sigmoid",
            "network.output=sigmoid",
            "loss=squared_error",
            "dataset.task=regression",
            "optimizer.lr=0.5",
            "steps=10000",
        ),
        frozenset({"too_few_units"}),
        even_or_odd,
        "stats.stackexchange 464262",
    ),
    Asked(
        "next_number_relu_output",
        (
            *TABLE,
            "network.hidden=[4]",
            "network.activation=relu",
            "network.output=relu",
            "network.bias=false",
            "init=uniform",
            "init.weights.low=0",
            "init.weights.high=1",
            "loss=half_squared_error",
            "optimizer.lr=0.05",
            "steps=3000",
        ),
        frozenset({"dead_units", "learning_rate_too_high"}),
        next_number,
        "datascience.stackexchange 120115",
    ),
    Asked(
        "payments_relu_output",
        (
            *TABLE,
            "network.hidden=[32,16]",
            "network.activation=relu",
            "network.output=relu",
            "init=he",
            "loss=squared_error",
            "optimizer=adam",
            "optimizer.lr=0.001",
            "batch_size=31",
            "epochs=60",
            "seed=0",
        ),
        frozenset({"dead_units", "unscaled_targets", "unscaled_inputs"}),
        payments,
        "github keras-team/keras#18247",
    ),
    Asked(
        "line_relu_2_1",
        (
            *TABLE,
            "network.hidden=[2,1]",
            "network.activation=relu",
            "init=he",
            "loss=squared_error",
            "optimizer.lr=0.05",
            "batch_size=10",
            "epochs=60",
            "seed=0",
        ),
        frozenset({"dead_units", "too_few_units", "local_minimum"}),
        line_of_70,
        "github ooples/AiDotNet#1578",
    ),
    Asked(
        "apples_and_oranges",
        (
            "network.hidden=[8,8,8]",
            "network.activation=relu",
            "init=he",
            "optimizer.lr=0.05",
            "batch_size=64",
            "epochs=3",
        ),
        frozenset({"class_imbalance"}),
        apples,
        "datascience.stackexchange 19283",
    ),
    Asked(
        "rare_third_class",
        ("network.hidden=[6]", "network.activation=tanh", "optimizer.lr=0.1", "steps=20", "dataset.task=classes"),
        frozenset({"class_imbalance"}),
        three_classes,
        "taourl.com 2268730",
    ),
    Asked(
        "spirals_two_units",
        (*TABLE, "network.hidden=[2]", "network.activation=tanh", "optimizer=adam", "optimizer.lr=0.02", "steps=3000"),
        frozenset({"too_few_units"}),
        two_spirals,
        "stats.stackexchange 235600",
    ),
    Asked(
        "price_linear",
        ("dataset.standardize=both", "network=linear", "loss=half_squared_error", "optimizer.lr=0.1", "steps=2000"),
        frozenset({"no_hidden_nonlinearity"}),
        quality_times_area,
        "stats.stackexchange 561157",
    ),
    Asked(
        "wave_identity",
        (
            *TABLE,
            "network.hidden=[16,16]",
            "network.activation=identity",
            "loss=half_squared_error",
            "optimizer.lr=0.02",
            "steps=3000",
        ),
        frozenset({"no_hidden_nonlinearity"}),
        line_and_wave,
        "ai.stackexchange 18134",
    ),
    Asked(
        "parabola_35_steps",
        (
            "dataset=formula",
            "dataset.formula=x**2",
            "dataset.low=-1",
            "dataset.high=1",
            "dataset.samples=100",
            "network.hidden=[16]",
            "network.activation=tanh",
            "loss=squared_error",
            "optimizer=adam",
            "optimizer.lr=0.01",
            "steps=35",
        ),
        frozenset({"too_few_steps", "learning_rate_too_low"}),
        source="stackoverflow 55170460",
    ),
    Asked(
        "parity_one_epoch",
        (
            "dataset=parity",
            "network.hidden=[4]",
            "network.activation=sigmoid",
            "loss=half_squared_error",
            "optimizer.lr=0.1",
            "batch_size=1",
            "steps=500",
        ),
        frozenset({"too_few_steps", "learning_rate_too_low"}),
        source="techfeed.net 563456",
    ),
    Asked(
        "bits_of_a_cipher",
        (
            *TABLE,
            "dataset.task=multilabel",
            "network.hidden=[8]",
            "network.activation=sigmoid",
            "optimizer.lr=0.5",
            "steps=2000",
        ),
        frozenset({"too_few_units", "too_few_steps", "learning_rate_too_low"}),
        substitution_box,
        "crypto.stackexchange 10458",
    ),
    Asked(
        "squares_from_1_to_10_asked_to_20",
        (
            "dataset=formula",
            "dataset.formula=x**2",
            "dataset.low=1",
            "dataset.high=10",
            "dataset.test_range=[15,20]",
            "dataset.samples=100",
            "dataset.standardize=both",
            "network.hidden=[16]",
            "network.activation=tanh",
            "loss=squared_error",
            "optimizer.lr=0.05",
            "steps=8000",
        ),
        frozenset({"extrapolation"}),
        source="stackoverflow n**2 by neurolab (openillumi.com 110081)",
    ),
    Asked(
        "sine_asked_beyond_pi",
        (
            "dataset=formula",
            'dataset.formula="sin(x)"',
            "dataset.low=-3.14",
            "dataset.high=3.14",
            "dataset.test_range=[3.14,6.28]",
            "dataset.samples=200",
            "dataset.standardize=inputs",
            "network.hidden=[32]",
            "network.activation=tanh",
            "loss=squared_error",
            "optimizer=adam",
            "optimizer.lr=0.01",
            "steps=4000",
        ),
        frozenset({"extrapolation"}),
        source="datascience.stackexchange 131353",
    ),
    Asked(
        "sum_by_tanh_output_of_thousands",
        (
            "dataset=formula",
            "dataset.formula=3*x+7",
            "dataset.low=0",
            "dataset.high=500",
            "dataset.samples=200",
            "dataset.standardize=none",
            "network.hidden=[8]",
            "network.activation=sigmoid",
            "network.output=sigmoid",
            "loss=squared_error",
            "optimizer=adam",
            "optimizer.lr=0.01",
            "epochs=500",
        ),
        frozenset({"output_cannot_reach_targets"}),
        source="datascience.stackexchange 9495",
    ),
)


def _linear(
    n: int, features: int, seed: int, noise: Callable[[np.random.Generator, Array], Array]
) -> Callable[[], Table]:
    def table() -> Table:
        g = rng(seed)
        X = g.normal(size=(n, features))
        y = X @ np.linspace(1.0, -1.0, features + 1)[:features] + 0.5
        return X, (y + noise(g, X))[:, None]

    return table


def labelled(n: int, seed: int, share: float, flipped: float, apart: float) -> Callable[[], Table]:
    """Two clouds, `share` of the samples in the second, some labels flipped."""

    def table() -> Table:
        g = rng(seed)
        y = (np.arange(n) < round(share * n)).astype(float)
        X = g.normal(size=(n, 3))
        X[:, 0] += apart * y
        return X, np.where(g.random(n) < flipped, 1.0 - y, y)[:, None]

    return table


def _curve(n: int, seed: int, std: float) -> Callable[[], Table]:
    def table() -> Table:
        g = rng(seed)
        x = g.uniform(-3, 3, n)
        return x[:, None], (np.sin(x) + std * g.normal(size=n))[:, None]

    return table


def counts() -> Table:
    """Counts whose mean grows with two inputs."""
    g = rng(201)
    X = g.uniform(-1, 1, (400, 2))
    return X, g.poisson(np.exp(1.5 + X[:, 0] + 0.5 * X[:, 1]))[:, None].astype(float)


def measured_twice() -> Table:
    """Ten places on a line, each measured twelve times."""
    g = rng(202)
    x = np.repeat(np.linspace(-2, 2, 10), 12)
    return x[:, None], (1.5 * x + 0.6 * g.normal(size=120))[:, None]


def two_labels() -> Table:
    """Two labels, each on its own side of a plane, with some noise."""
    g = rng(203)
    X = g.normal(size=(300, 4))
    s = np.c_[X[:, 0] - X[:, 1], X[:, 2] + 0.5] + 0.3 * g.normal(size=(300, 2))
    return X, (s > 0).astype(float)


def rounded() -> Table:
    """A line whose values are rounded to whole numbers."""
    x = np.linspace(0, 6, 90)
    return x[:, None], np.round(0.7 * x + 1.0)[:, None]


def overlapping() -> Table:
    """Three classes whose clouds overlap."""
    g = rng(204)
    X = np.vstack([g.normal(centre, 0.8, (100, 2)) for centre in ((0, 0), (2.2, 0), (1.1, 2))])
    return X, np.repeat(np.eye(3), 100, axis=0)


def noise_alone(n: int, seed: int) -> Callable[[], Table]:
    """Targets that have nothing to do with the inputs."""

    def table() -> Table:
        g = rng(seed)
        return g.normal(size=(n, 3)), g.normal(size=(n, 1))

    return table


def diabetes() -> Table:
    """442 patients and how far their diabetes went on in a year: nothing gets far beyond an R² of 0.5."""
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    return np.asarray(found.data), np.asarray(found.target)[:, None]


def iris() -> Table:
    """150 irises of three species."""
    from sklearn.datasets import load_iris

    found = load_iris()
    return np.asarray(found.data), np.eye(3)[found.target]


def wine() -> Table:
    """178 wines of three growers."""
    from sklearn.datasets import load_wine

    found = load_wine()
    return np.asarray(found.data), np.eye(3)[found.target]


def breast_cancer() -> Table:
    """569 tumours, 63 % of them benign."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    return np.asarray(found.data), np.asarray(found.target)[:, None].astype(float)


FIT = ("dataset.standardize=both", "loss=half_squared_error")
LINE = (*FIT, "network=linear", "optimizer.lr=0.1", "steps=1500")
TELL = ("optimizer.lr=0.3", "steps=2000")

SOUND: tuple[Asked, ...] = (
    Asked("line_little_noise", LINE, table=_linear(200, 3, 301, lambda g, X: 0.3 * g.normal(size=len(X)))),
    Asked("line_much_noise", LINE, table=_linear(300, 3, 302, lambda g, X: 0.7 * g.normal(size=len(X)))),
    Asked("line_heavy_tails", LINE, table=_linear(300, 3, 303, lambda g, X: 0.25 * g.standard_t(2.5, size=len(X)))),
    Asked(
        "line_uneven_noise",
        LINE,
        table=_linear(300, 3, 304, lambda g, X: 0.5 * np.abs(X[:, 0]) * g.normal(size=len(X))),
    ),
    Asked("line_skewed_noise", LINE, table=_linear(300, 3, 305, lambda g, X: g.exponential(0.5, size=len(X)))),
    Asked("line_many_features", LINE, table=_linear(150, 30, 306, lambda g, X: g.normal(size=len(X)))),
    Asked(
        "line_hidden_identity",
        (*FIT, "network.hidden=[8]", "network.activation=identity", "optimizer.lr=0.05", "steps=1500"),
        table=_linear(300, 3, 307, lambda g, X: 0.6 * g.normal(size=len(X))),
    ),
    Asked("line_few_samples", LINE, table=_linear(12, 1, 308, lambda g, X: 0.3 * g.normal(size=len(X)))),
    Asked("line_five_samples", LINE, table=_linear(5, 1, 309, lambda g, X: 0.2 * g.normal(size=len(X)))),
    Asked("line_two_samples", LINE, table=_linear(2, 1, 310, lambda g, X: np.zeros(len(X)))),
    Asked(
        "line_bent_network",
        (*FIT, "network.hidden=[16]", "network.activation=tanh", "optimizer.lr=0.1", "steps=2000"),
        table=_linear(200, 3, 311, lambda g, X: 0.6 * g.normal(size=len(X))),
    ),
    Asked("rounded", LINE, table=rounded),
    Asked("measured_twice", LINE, table=measured_twice),
    Asked(
        "curve_little_noise",
        (*FIT, "network.hidden=[16]", "network.activation=tanh", "optimizer.lr=0.1", "steps=4000"),
        table=_curve(200, 312, 0.15),
    ),
    Asked(
        "curve_much_noise",
        (*FIT, "network.hidden=[16]", "network.activation=tanh", "optimizer.lr=0.1", "steps=4000"),
        table=_curve(300, 313, 0.45),
    ),
    Asked(
        "curve_small_network",
        (*FIT, "network.hidden=[3]", "network.activation=tanh", "optimizer.lr=0.1", "steps=6000"),
        table=_curve(300, 314, 0.35),
    ),
    Asked(
        "curve_validated",
        (
            *FIT,
            "network.hidden=[16]",
            "network.activation=tanh",
            "optimizer.lr=0.1",
            "steps=3000",
            "dataset.valid_fraction=0.3",
        ),
        table=_curve(300, 315, 0.3),
    ),
    Asked(
        "curve_tested_inside",
        (
            *FIT,
            "network.hidden=[16]",
            "network.activation=tanh",
            "optimizer.lr=0.1",
            "steps=3000",
            "dataset.test_fraction=0.3",
        ),
        table=_curve(300, 316, 0.3),
    ),
    Asked(
        "counts",
        (
            "network.hidden=[16]",
            "network.activation=relu",
            "init=he",
            "loss=half_squared_error",
            "optimizer.lr=0.02",
            "steps=3000",
        ),
        table=counts,
    ),
    Asked("labels_3_percent", TELL, table=labelled(1500, 317, 0.03, 0.0, 6.0)),
    Asked("labels_10_percent_overlap", (*TELL, "network=linear"), table=labelled(1500, 318, 0.1, 0.0, 3.2)),
    Asked(
        "labels_5_percent_overlap",
        (*TELL, "network.hidden=[8]", "network.activation=relu", "init=he"),
        table=labelled(2000, 319, 0.05, 0.0, 3.6),
    ),
    Asked("labels_flipped", (*TELL, "network=linear"), table=labelled(400, 320, 0.5, 0.07, 5.0)),
    Asked(
        "labels_flipped_hidden",
        (*TELL, "network.hidden=[8]", "network.activation=tanh"),
        table=labelled(400, 321, 0.5, 0.1, 5.0),
    ),
    Asked("labels_overlap", (*TELL, "network=linear"), table=labelled(500, 322, 0.5, 0.0, 2.6)),
    Asked("classes_overlap", (*TELL, "network=linear", "dataset.task=classes"), table=overlapping),
    Asked("two_labels", (*TELL, "network=linear", "dataset.task=multilabel"), table=two_labels),
    Asked("iris", (*TELL, "network.hidden=[8]", "dataset.task=classes"), table=iris),
    Asked("wine", (*TELL, "network=linear", "dataset.task=classes"), table=wine),
    Asked("breast_cancer", (*TELL, "network=linear"), table=breast_cancer),
    Asked("three_samples", ("dataset=inline", "dataset.X=[0,1,2]", "dataset.Y=[0,1,1.9]", *LINE)),
    Asked("four_on_a_line", ("dataset=inline", "dataset.X=[0,1,2,3]", "dataset.Y=[1,3,5,7]", *LINE)),
    Asked(
        "three_labels",
        (
            "dataset=inline",
            "dataset.X=[[0,0],[0,1],[1,1]]",
            "dataset.Y=[0,0,1]",
            "network=linear",
            "optimizer.lr=1.0",
            "steps=2000",
        ),
    ),
    Asked(
        "beyond_the_line",
        (
            "dataset=formula",
            "dataset.formula=2*x+1",
            "dataset.low=0",
            "dataset.high=5",
            "dataset.test_range=[10,20]",
            *LINE,
        ),
    ),
    Asked("patients", (*LINE,), table=diabetes),
)


# Runs in which nothing can be learnt: that no relation was detected is all that can be said.
NOISE: tuple[Asked, ...] = (
    Asked("noise_linear", LINE, table=noise_alone(200, 401)),
    Asked(
        "noise_identity",
        (*FIT, "network.hidden=[8]", "network.activation=identity", "optimizer.lr=0.05", "steps=1500"),
        table=noise_alone(300, 402),
    ),
    Asked(
        "noise_tanh",
        (*FIT, "network.hidden=[4]", "network.activation=tanh", "optimizer.lr=0.1", "steps=2000"),
        table=noise_alone(400, 403),
    ),
    Asked(
        "noise_validated",
        (
            *FIT,
            "network.hidden=[4]",
            "network.activation=tanh",
            "optimizer.lr=0.1",
            "steps=2000",
            "dataset.valid_fraction=0.3",
        ),
        table=noise_alone(400, 404),
    ),
    Asked(
        "noise_labels",
        (*TELL, "network.hidden=[4]", "network.activation=tanh"),
        table=labelled(300, 405, 0.5, 0.5, 0.0),
    ),
)
