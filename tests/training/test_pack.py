"""Runs trained as one program leave what each leaves alone, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from composed import settings_of

from runner.files.events import Event
from runner.network.faults.catalogue import STATE
from runner.settings import Settings
from runner.threads import one_blas_thread
from runner.training.conclusion import conclude
from runner.training.history import History
from runner.training.listeners import Listener
from runner.training.loop import Training
from runner.training.packs.pack import Pack, pack_key
from runner.training.packs.size import pack_size
from runner.training.recorder import history_columns
from runner.training.setup import prepare
from runner.training.stopping import Interruption


@cache
def settings(words: tuple[str, ...]) -> Settings:
    """Made once for a run alone and in a pack."""
    return settings_of(words)


class Run:
    """A training with its events."""

    def __init__(self, words: Sequence[str]) -> None:
        setup = prepare(settings(tuple(words)))
        self.events: list[Event] = []
        self.training = Training(setup, History(history_columns(setup)), self.events.append, Listener(), None)

    @property
    def left(self) -> tuple[Any, ...]:
        """Everything that a run leaves, as bits."""
        conclusion = conclude(self.training)
        rows = np.concatenate(self.training.history._blocks)
        weights = {name: array.tobytes() for name, array in self.training.workspace.weights().items()}
        return rows.tobytes(), rows.shape, repr(self.events), weights, repr(conclusion), self.training.step


def assert_same(words: Sequence[str], variants: Sequence[Sequence[str]], size: int | None = None) -> list[Run]:
    """Train each variant alone, and all in packs of `size`, and compare what they leave; gives the packed runs."""
    alone, packed = ([Run([*words, *variant]) for variant in variants] for _ in range(2))
    assert len({pack_key(run.training.setup) for run in packed}) == 1
    size = size or len(packed)
    with one_blas_thread():
        for run in alone:
            run.training.run(Interruption())
        for start in range(0, len(packed), size):
            Pack([run.training for run in packed[start : start + size]]).run(Interruption())
    with np.errstate(all="ignore"):
        assert [run.left for run in packed] == [run.left for run in alone]
    return packed


RATES = [[f"seed={seed}", f"optimizer.lr={lr}"] for seed in (0, 1) for lr in (0.02, 0.5)]
DATA = {
    "xor": ["dataset=xor"],
    "planar": ["dataset=planar", "dataset.samples=60"],
    "planar held out": ["dataset=planar", "dataset.samples=80", "dataset.valid_fraction=0.25"],
    "sine": ["dataset=sine", "dataset.samples=40", "dataset.standardize=both"],
    "blobs": ["dataset=blobs", "dataset.samples=45"],
    "digits": ["dataset=digits"],
}
OPTIMISERS = {
    "sgd": [],
    "momentum": ["optimizer.momentum=0.9"],
    "nesterov": ["optimizer.momentum=0.9", "optimizer.nesterov=true"],
    "clip": ["optimizer.clip_norm=0.5"],
    "decay": ["optimizer.weight_decay=0.01"],
    "cosine": ["optimizer.schedule=cosine"],
    "rmsprop": ["optimizer=rmsprop"],
    "adam": ["optimizer=adam"],
    "adamw": ["optimizer=adamw", "optimizer.weight_decay=0.1"],
    "l1": ["optimizer.l1=0.01"],
    "exponential": ["optimizer.schedule=exponential"],
    "milestones": ["optimizer.schedule={name: milestones, at: [20, 50]}"],
}


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("data", ["xor", "planar", "planar held out", "sine", "blobs"])
def test_data_sets(data: str, size: int) -> None:
    """Any data set, in packs of any size."""
    assert_same([*DATA[data], "steps=130"], RATES, size)


@pytest.mark.parametrize("batch", ["null", pytest.param("20", marks=pytest.mark.slow), "25"])
@pytest.mark.parametrize("optimiser", list(OPTIMISERS))
def test_optimisers_and_batches(optimiser: str, batch: str) -> None:
    """Any optimiser, with the whole data as a batch, batches that divide the data, and ones that leave a rest."""
    assert_same([*DATA["planar"], *OPTIMISERS[optimiser], f"batch_size={batch}", "steps=90"], RATES)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_one_half_of_the_digits(optimiser: str) -> None:
    """Wide inputs that all runs share, in mini-batches."""
    words = [*DATA["digits"], *OPTIMISERS[optimiser], "network.hidden=[12,7]", "batch_size=32", "steps=60"]
    assert_same(words, [[f"init.seed={seed}", "optimizer.lr=0.01"] for seed in range(3)])


@pytest.mark.parametrize("activation", ["gelu", "silu", "selu"])
def test_activations_that_keep_an_array_for_their_derivative(activation: str) -> None:
    """Activations whose derivative reads what the forward pass has computed beside their value."""
    words = [*DATA["planar"], f"network.activation={activation}", "network.hidden=[5,4]", "steps=60"]
    assert_same(words, RATES)


@pytest.mark.parametrize("more", [(), ("batch_size=25", "dtype=float32"), ("rng=legacy", "batch_size=25")])
def test_dropout(more: tuple[str, ...]) -> None:
    """Each run has the masks of its own stream, and may have rates of its own."""
    words = [*DATA["planar held out"], "network.hidden=[6,4]", "watch.evaluate=20", "steps=70", *more]
    rates = [[f"seed={seed}", f"network.dropout={rate}"] for seed in (0, 1) for rate in (0.2, 0.5)]
    assert_same(words, rates, 3)


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("batch_size=25", "dtype=float32", "optimizer=adam"),
        ("batch_size=7", "network.bias=false", "network.dropout=0.2"),
        ("network.hidden=[1,3,1]", "optimizer.weight_decay=0.01"),
    ],
)
def test_batch_normalisation(more: tuple[str, ...]) -> None:
    """Each run has running statistics of its own, and may have a momentum and an epsilon of its own."""
    words = [*DATA["planar held out"], "network.hidden=[6,4]", "watch.evaluate=20", "network.batch_norm=true", *more]
    runs = [
        [f"seed={seed}", f"network.batch_norm_momentum={momentum}", f"network.batch_norm_epsilon={epsilon}"]
        for seed in (0, 1)
        for momentum, epsilon in ((0.1, 1e-5), (0.5, 1e-3))
    ]
    assert_same([*words, "steps=70"], runs, 3)


def test_normalised_runs_that_go_non_finite() -> None:
    """A run that leaves its pack takes its running statistics along."""
    words = ["experiment=x_plus_one", "dataset.standardize=none", "network.batch_norm=true", "steps=60"]
    packed = assert_same(words, [[f"optimizer.lr={lr}"] for lr in (1e-3, 1e3, 3e-4)])
    assert [run.training.stopped_nonfinite for run in packed] == [False, True, False]


def test_runs_with_dropout_that_go_non_finite() -> None:
    """A run that leaves its pack goes on with the masks that it has alone."""
    words = ["experiment=x_plus_one", "dataset.standardize=none", "network.dropout=0.4", "steps=60"]
    words.append("watch.on_nonfinite=skip")
    assert_same(words, [[f"optimizer.lr={lr}"] for lr in (1e-3, 1e-8, 3e-4)])


def test_float32() -> None:
    """Numbers of half the width."""
    assert_same([*DATA["planar"], "dtype=float32", "optimizer=adam", "batch_size=16", "steps=120"], RATES)


def test_numbers_that_programs_hold() -> None:
    """Constants of the programs may differ from run to run: decays, momentum, clipping, slopes, epsilons."""
    many = [
        [
            f"optimizer.weight_decay={decay}",
            f"optimizer.l1={decay / 2}",
            f"optimizer.momentum={momentum}",
            f"optimizer.clip_norm={clip}",
        ]
        for decay, momentum, clip in ((0.1, 0.5, 0.3), (0.01, 0.9, 3.0), (0.001, 0.8, 1e-3))
    ]
    assert_same([*DATA["planar"], "steps=100"], many)
    slopes = [
        ["network.activation={name: leaky_relu, slope: " + slope + "}", f"loss.epsilon={epsilon}"]
        for slope, epsilon in (("0.1", 1e-3), ("0.3", 1e-6))
    ]
    assert_same([*DATA["planar"], "loss.from_logits=false", "steps=100"], slopes)
    adams = [[f"optimizer.beta1={b}", f"optimizer.lr={lr}"] for b, lr in ((0.9, 0.1), (0.5, 0.01))]
    assert_same([*DATA["planar"], "optimizer=adam", "steps=100"], adams)


def test_folds() -> None:
    """The folds of a cross-validation share a pack, each trained on its own samples and validated on the rest."""
    words = ["dataset=planar", "dataset.samples=80", "dataset.folds=4", "watch.evaluate=20", "steps=60"]
    folds = [[f"dataset.fold={fold}"] for fold in range(4)]
    packed = assert_same(words, folds)
    assert len({run.training.setup.dataset.train.X.tobytes() for run in packed}) == 4
    assert_same([*words, "batch_size=25", "dataset.standardize=inputs", "dataset.scaling=minmax"], folds, 3)


def test_weights_of_classes_and_what_losses_hold() -> None:
    """Balanced weights of each run's own data, label smoothing and Huber's delta may differ from run to run."""
    balanced = [[f"seed={seed}", f"loss.label_smoothing={share}"] for seed, share in ((0, 0.1), (1, 0.3))]
    assert_same([*DATA["planar held out"], "loss.class_weights=balanced", "batch_size=25", "steps=60"], balanced)
    assert_same([*DATA["sine"], "loss=huber", "steps=60"], [[f"loss.delta={delta}"] for delta in (0.1, 0.5, 1.0)])
    assert_same([*DATA["blobs"], "loss=hinge", "loss.class_weights=[1,2,3]", "steps=60"], RATES)


def test_initialisers_and_wide_and_deep_networks() -> None:
    """Runs may begin anywhere."""
    words = [*DATA["planar"], "network.hidden=[5,4,3]", "network.activation=relu", "steps=60"]
    assert_same(words, [["init=he"], ["init=xavier"], ["init=uniform"], ["init=zeros"]])


def test_runs_that_go_non_finite() -> None:
    """Runs whose loss or gradient overflows leave at their step, with their event; the others aren't disturbed."""
    words = ["experiment=x_plus_one", "dataset.standardize=none", "steps=150"]
    packed = assert_same(words, [[f"optimizer.lr={lr}"] for lr in (1e-3, 1e-7, 3e-4, 1e-8, 1e-6, 2e-7)])
    assert [run.training.stopped_nonfinite for run in packed].count(True) >= 2
    assert all(bool(run.events) >= run.training.stopped_nonfinite for run in packed)
    posted = assert_same(["experiment=post/planar", "steps=1700"], [[f"optimizer.lr={lr}"] for lr in (1.2, 0.1, 1.19)])
    assert [run.training.stopped_nonfinite for run in posted] == [True, False, True]


@pytest.mark.parametrize("policy", ["skip", "rollback", "continue"])
def test_policies_for_non_finite_steps(policy: str) -> None:
    """A run that goes on after a bad step does so alone."""
    words = ["experiment=x_plus_one", "dataset.standardize=none", "steps=60", f"watch.on_nonfinite={policy}"]
    assert_same(words, [[f"optimizer.lr={lr}"] for lr in (1e-3, 1e-8, 3e-4)])


def test_norms_whose_squares_overflow() -> None:
    """A gradient whose square alone is too large is recorded as it is, and the run stays in its pack."""
    words = ["experiment=x_plus_one", "dataset.standardize=none", "steps=40", "watch.units=off"]
    assert_same(words, [["optimizer.lr=3e-5"], ["optimizer.lr=1e-8"], ["optimizer.lr=1e-5"]])


def test_early_stops() -> None:
    """Runs that no longer improve end, each at its own step."""
    words = [*DATA["planar"], "early_stop={metric: loss, patience: 2}", "watch.evaluate=5", "steps=200"]
    packed = assert_same(words, [[f"optimizer.lr={lr}"] for lr in (0.1, 3.0, 30.0, 10.0)])
    assert len({run.training.step for run in packed}) > 1


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_plateaus(optimiser: str) -> None:
    """Runs whose loss stops falling have their rates lowered, each at its own steps."""
    schedule = "optimizer.schedule={name: plateau, patience: 2, threshold: 0.01, factor: 0.3, min_lr: 0.01}"
    words = [*DATA["planar"], f"optimizer={optimiser}", schedule, "watch.evaluate=5", "steps=150"]
    packed = assert_same(words, [[f"optimizer.lr={lr}"] for lr in (0.1, 3.0, 30.0)])
    lowered = [[event.step for event in run.events if event.kind == "rate_lowered"] for run in packed]
    assert lowered[0] != lowered[1] != lowered[2]


def test_rates_that_are_left_to_us() -> None:
    """Each run has a rate of its own, that it has alone."""
    packed = assert_same([*DATA["sine"], "optimizer.lr=auto", "steps=60"], [["seed=0"], ["seed=1"], ["seed=2"]])
    assert len({run.training.setup.settings.optimizer.rate for run in packed}) > 1


def test_faults_of_one_kind() -> None:
    """Networks with the same mistake can share a pack."""
    for fault in ("missing_activation_derivative@1", "sign_flipped", "gradient_not_averaged", "softmax_over_batch"):
        data = DATA["blobs"] if fault.startswith("softmax") else DATA["planar"]
        assert_same([*data, f"faults=[{fault}]", "steps=60", "optimizer.lr=0.01"], [["seed=0"], ["seed=1"], ["seed=2"]])


def test_a_network_that_remembers_is_trained_alone() -> None:
    """What a network keeps from the step before would be lost where a step is done again."""
    setup = prepare(settings_of([*DATA["planar"], "faults=[gradient_not_reset]"]))
    assert any(name in setup.program.shapes for name in STATE)
    assert pack_key(setup) != pack_key(setup)


@pytest.mark.parametrize("words", [["steps=99"], ["batch_size=9"], ["network.hidden=[5]"], ["network.activation=relu"]])
def test_what_differs_in_more_than_numbers_shares_no_pack(words: list[str]) -> None:
    """Other steps, batches, widths, or functions are another program."""
    other = prepare(settings_of([*DATA["planar"], *words]))
    assert pack_key(other) != pack_key(prepare(settings_of(DATA["planar"])))


@pytest.mark.parametrize("count", [1, 4])
def test_stop_rules_end_runs_of_a_pack(count: int) -> None:
    """Before a step that is asked about, runs end where they are; the others go on to the same bits."""
    asked: list[int] = []

    def second_half(trainings: Sequence[Training]) -> Iterable[Training]:
        asked.append(len(trainings))
        assert all(len(training.history) == training.step for training in trainings)
        return trainings[(len(trainings) + 1) // 2 :] if len(trainings) > 1 else trainings

    runs = [Run([*DATA["planar"], "steps=100", f"seed={seed}"]) for seed in range(count)]
    whole = [Run([*DATA["planar"], "steps=100", f"seed={seed}"]) for seed in range(count)]
    with one_blas_thread():
        Pack([run.training for run in runs]).run(Interruption(), {30: second_half, 70: second_half})
        for run in whole:
            run.training.run(Interruption())
    steps = [run.training.step for run in runs]
    assert (steps, asked) == (([30], [1]) if count == 1 else ([100, 70, 30, 30], [4, 2]))
    for run, all_of_it in zip(runs, whole, strict=True):
        rows, others = (np.concatenate(r.training.history._blocks) for r in (run, all_of_it))
        assert rows[: run.training.step].tobytes() == others[: run.training.step].tobytes()


def test_an_interruption_ends_a_pack_after_a_whole_step() -> None:
    """All runs are at the same step then."""

    class Soon(Interruption):
        looks = 0

        @property
        def signal(self) -> int:  # type: ignore[override]
            self.looks += 1
            return int(self.looks > 3)

    runs = [Run([*DATA["planar"], "steps=100000", f"seed={seed}"]) for seed in range(3)]
    Pack([run.training for run in runs]).run(Soon())
    assert len({run.training.step for run in runs}) == 1
    assert all(len(run.training.history) == run.training.step < 100000 for run in runs)


def test_packs_are_as_large_as_pays() -> None:
    """Narrow networks are packed as the cache has room, wide ones train alone."""
    sizes = {
        name: pack_size(prepare(settings_of(words)), 2**20)
        for name, words in {
            "xor": DATA["xor"],
            "planar": ["dataset=planar"],
            "wide": ["dataset=digits", "network.hidden=[128]", "batch_size=64"],
        }.items()
    }
    assert sizes["xor"] > 100
    assert 4 < sizes["planar"] < 32
    assert sizes["wide"] == 1
    assert pack_size(prepare(settings_of(DATA["xor"])), 2**10) == 1
    long = prepare(settings_of([*DATA["xor"], "steps=1000000"]))
    assert pack_size(long, 2**20) < 4, "the histories of a pack fit into memory"
