"""Class weights, label smoothing, Huber's delta and margins: against formulas written elsewhere, and as a pack."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import test_gradients
from numpy.typing import NDArray
from scipy.special import huber
from sklearn.metrics import hinge_loss, log_loss
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from runner.network.architecture import Architecture
from runner.network.build import training_program
from runner.network.inference import columns
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.losses import LOSSES
from runner.network.program import Phase
from runner.network.side_by_side import outline, side_by_side
from runner.network.workspace import Workspace, run
from runner.training.choices import balanced

PHASES = (Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD)
WEIGHTS = (0.7, 3.5)
PLAIN = LossOptions(class_weights=WEIGHTS)
LABELS = replace(PLAIN, labels=True)
SMOOTH = LossOptions(smoothing=0.2)
BOTH = replace(SMOOTH, class_weights=WEIGHTS)
WRITTEN = replace(BOTH, from_logits=False, reduction="sum", epsilon=1e-2)
OPTIONS = {
    "half_squared_error": ("identity", [PLAIN]),
    "squared_error": ("softmax", [PLAIN, replace(PLAIN, reduction="sum")]),
    "absolute_error": ("tanh", [PLAIN]),
    "huber": ("identity", [PLAIN]),
    "hinge": ("identity", [PLAIN]),
    "binary_cross_entropy": ("sigmoid", [PLAIN, LABELS, SMOOTH, BOTH, WRITTEN]),
    "categorical_cross_entropy": ("softmax", [PLAIN, SMOOTH, BOTH, WRITTEN]),
}
ALL = [(loss, output, options) for loss, (output, many) in OPTIONS.items() for options in many]


def _outputs(loss: str, n: int, k: int, **options: object) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Loss of one layer without hidden ones, its Z of (n, k) and dLoss/dZ, where X are Z themselves."""
    rng = np.random.default_rng(0)
    choice = ActivationChoice(
        {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}.get(loss, "identity")
    )
    architecture = Architecture((k, k), (choice,), bias=False)
    workspace = Workspace(architecture, training_program(architecture, loss, LossOptions(**options)), scalars=("loss",))  # type: ignore[arg-type]
    workspace.theta[:] = np.eye(k).ravel()
    Z = rng.normal(size=(n, k)) * 2
    batch = workspace.batch(*columns(Z, targets(n, k), bias=False))
    run(batch.calls(*PHASES))
    return float(workspace.arrays["loss"]), Z, batch["dZ1"].T


def _log_loss(labels: NDArray[np.int64], p: NDArray[np.float64]) -> float:
    return float(log_loss(labels, p, sample_weight=compute_sample_weight("balanced", labels)))


def targets(n: int, k: int) -> NDArray[np.float64]:
    labels = np.random.default_rng(1).integers(0, max(k, 2), n)
    return np.eye(k)[labels] if k > 1 else labels[:, None].astype(float)


def test_every_loss_is_tried_with_class_weights() -> None:
    """A loss that is added is added here, too."""
    assert set(OPTIONS) == set(LOSSES)


@pytest.mark.parametrize(("loss", "output", "options"), ALL)
def test_loss_and_gradient_agree_with_formulas_and_differences(loss: str, output: str, options: LossOptions) -> None:
    """With weights or smoothing both are those of a textbook formula to 1e-12, and central differences to 1e-7."""
    case = test_gradients.Case((4,), "tanh", output, loss, True, options)
    case.Y[...] = np.eye(2)[np.random.default_rng(3).integers(0, 2, len(case.Y))]
    batch = case.workspace.batch(*columns(case.X, case.Y, True))
    run(batch.calls(Phase.BATCH))
    fused = options.from_logits and output in LOSSES[loss].fused
    case.forward = batch.calls(Phase.FORWARD, *(() if fused else (Phase.OUTPUT,)), Phase.LOSS)
    case.calls = [*case.forward, *batch.calls(Phase.BACKWARD)]
    test_gradients._assert_right(case)
    ours, theta = case.gradient(), case.workspace.theta
    for k in range(theta.size):
        at, sides = theta[k], []
        for theta[k] in (at + 1e-5, at - 1e-5):
            sides.append(case.loss())
        theta[k] = at
        assert ours[k] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-7, abs=1e-9)


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    """n / (classes x samples of the class), for two classes in one column and for three in a column each."""
    for k in (1, 3):
        Y = targets(40, k)
        labels = Y[:, 0].astype(int) if k == 1 else Y.argmax(axis=1)
        theirs = compute_class_weight("balanced", classes=np.unique(labels), y=labels)
        np.testing.assert_allclose(balanced(Y), theirs, rtol=1e-15)
    assert balanced(np.zeros((4, 1))) == (1.0, 1.0)


@pytest.mark.parametrize("k", [1, 3])
def test_a_weighted_cross_entropy_is_that_of_scikit_learn(k: int) -> None:
    """The mean over samples of weight times log loss; sklearn divides by the sum of weights, which is n if balanced."""
    n, Y = 40, targets(40, k)
    labels = Y[:, 0].astype(int) if k == 1 else Y.argmax(axis=1)
    name = "binary_cross_entropy" if k == 1 else "categorical_cross_entropy"
    loss, Z, _ = _outputs(name, n, k, class_weights=balanced(Y), labels=True)
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    p = 1 / (1 + np.exp(-Z[:, 0])) if k == 1 else powers / powers.sum(axis=1, keepdims=True)
    assert loss == pytest.approx(
        log_loss(labels, p, sample_weight=compute_sample_weight("balanced", labels)), rel=1e-12
    )


def test_hinge_is_that_of_scikit_learn() -> None:
    """One output: hinge_loss of labels and margins; three: the sum of each class against all others."""
    loss, Z, _ = _outputs("hinge", 40, 1)
    assert loss == pytest.approx(hinge_loss(targets(40, 1)[:, 0], Z[:, 0]), rel=1e-12)
    loss, Z, _ = _outputs("hinge", 40, 3)
    each = [hinge_loss(targets(40, 3)[:, k], Z[:, k]) for k in range(3)]
    assert loss == pytest.approx(sum(each), rel=1e-12)


@pytest.mark.parametrize("delta", [0.3, 1.0, 50.0])
def test_huber_is_that_of_scipy(delta: float) -> None:
    """scipy.special.huber, whose slope is the difference clipped at delta."""
    loss, Z, slope = _outputs("huber", 40, 2, delta=delta)
    off = Z - targets(40, 2)
    assert loss == pytest.approx(huber(delta, off).sum() / 40, rel=1e-12)
    np.testing.assert_allclose(slope, np.clip(off, -delta, delta) / 40, rtol=1e-12)


def test_smoothed_labels_add_the_uniform_distribution() -> None:
    """(1 - s) x the cross-entropy of the label + s x that of a uniform label (Szegedy et al. 2016, section 7)."""
    loss, Z, _ = _outputs("categorical_cross_entropy", 40, 3, smoothing=0.1)
    log_p = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
    expected = -(0.9 * (targets(40, 3) * log_p).sum(axis=1) + 0.1 * log_p.mean(axis=1)).mean()
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("loss", "output"), [(loss, output) for loss, (output, _) in OPTIONS.items()])
def test_runs_with_weights_of_their_own_keep_their_bits_in_a_pack(loss: str, output: str) -> None:
    """Weights, smoothing and delta may differ within a pack; each run has the bits that it has alone."""
    rng = np.random.default_rng(0)
    entropy = "entropy" in loss
    for k, dtype in itertools.product((1, 3), (np.float64, np.float32)):
        if k == 1 and output == "softmax":
            continue
        architecture = Architecture((5, 4, k), (ActivationChoice("tanh"), ActivationChoice(output)))
        programs = [
            training_program(
                architecture,
                loss,
                LossOptions(
                    smoothing=0.1 * (1 + m) if entropy else 0.0,
                    delta=0.5 + m,
                    class_weights=tuple(1.0 + m * c for c in range(max(2, k))),
                ),
            )
            for m in range(3)
        ]
        assert len({outline(program) for program in programs}) == 1
        X, Y = columns(rng.normal(size=(9, 5)).astype(dtype), targets(9, k).astype(dtype), True)
        pack = Workspace(architecture, side_by_side(programs), dtype, replicas=3, scalars=("loss",))
        pack.theta[:] = rng.normal(size=pack.theta.shape)
        run(pack.batch(X, np.repeat(Y[None], 3, axis=0)).calls(*PHASES))
        for m, program in enumerate(programs):
            alone = Workspace(architecture, program, dtype, scalars=("loss",))
            alone.theta[:] = pack.theta[m]
            run(alone.batch(X, Y).calls(*PHASES))
            assert np.array_equal(alone.gradient, pack.gradient[m])
            assert alone.arrays["loss"] == pack.arrays["loss"][m, 0]


@pytest.mark.parametrize(
    ("loss", "output", "options"), [(loss, output, LossOptions()) for loss, (output, _) in OPTIONS.items()]
)
def test_what_is_not_asked_for_adds_no_call(loss: str, output: str, options: LossOptions) -> None:
    """Without weights and smoothing no call of the program names them."""
    architecture = Architecture((2, 3), (ActivationChoice(output),))
    program = training_program(architecture, loss, options)
    assert not {"T", "v", "Y * c"} & set(program.shapes)
