"""Every fault against a formula of the same mistake that was written by hand, and against the program without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from mistakes import MISTAKES
from textbook import Array, Textbook

from runner.network.architecture import Architecture
from runner.network.faults.catalogue import FAULTS, FaultChoice, parse
from runner.network.faults.fault import Context
from runner.network.faults.placement import Placement, layers_for, place
from runner.network.inference import columns
from runner.network.layer import ActivationChoice
from runner.network.loss import LossOptions
from runner.network.program import Phase
from runner.network.workspace import Workspace, run

PHASES = (Phase.BATCH, Phase.FORWARD, Phase.OUTPUT, Phase.LOSS, Phase.BACKWARD)
LR = 0.3
Results = dict[str, Array]


@dataclass(frozen=True)
class Case:
    """A network and how it is trained; two batches of `samples` go through it one after the other."""

    sizes: tuple[int, ...]
    names: tuple[str, ...]
    loss: str
    samples: tuple[int, int] = (7, 4)
    mean: bool = True
    bias: bool = True
    decay: float = 0.0
    from_logits: bool = True

    @property
    def context(self) -> Context:
        architecture = Architecture(self.sizes, tuple(map(ActivationChoice, self.names)), self.bias)
        labels = "entropy" in self.loss
        options = LossOptions("mean" if self.mean else "sum", 0.0, self.from_logits, labels)
        return Context(architecture, self.loss, options, self.decay, self.samples)

    def theta(self, seed: int = 0) -> Array:
        return np.random.default_rng(seed).normal(size=self.context.architecture.parameter_count) * 0.7

    def batches(self) -> Iterator[tuple[Array, Array]]:
        rng = np.random.default_rng(1)
        for n in self.samples:
            X = rng.normal(size=(n, self.sizes[0])) + 0.3
            k = self.sizes[-1]
            if self.loss == "categorical_cross_entropy" or self.names[-1] == "softmax":
                yield X, np.eye(k)[rng.integers(0, k, n)]
            elif self.loss == "binary_cross_entropy":
                yield X, rng.integers(0, 2, (n, k)).astype(float)
            else:
                yield X, rng.normal(size=(n, k))


CASES = {
    "unequal widths, one output": Case((3, 5, 4, 1), ("tanh", "leaky_relu", "sigmoid"), "binary_cross_entropy"),
    "equal widths, three outputs": Case(
        (3, 3, 3, 3), ("sigmoid", "relu", "softmax"), "categorical_cross_entropy", decay=0.2
    ),
    "four layers, summed": Case(
        (2, 4, 4, 4, 3), ("tanh", "elu", "softplus", "identity"), "half_squared_error", mean=False, decay=0.2
    ),
    "as many samples as units": Case((3, 3, 3, 3), ("tanh", "sigmoid", "tanh"), "squared_error", samples=(3, 3)),
    "wide": Case((5, 7, 7, 3), ("tanh", "relu", "softmax"), "categorical_cross_entropy", samples=(141, 64), decay=0.1),
    "no bias": Case((2, 3, 3, 1), ("identity", "tanh", "identity"), "absolute_error", bias=False),
    "as written": Case((3, 3, 2), ("sigmoid", "sigmoid"), "binary_cross_entropy", from_logits=False),
    "element-wise on softmax": Case((3, 4, 3), ("softmax", "softmax"), "binary_cross_entropy", mean=False),
    "one unit": Case((2, 1), ("sigmoid",), "half_squared_error", mean=False),
}

VALUES = {
    "sigmoid_twice": ("outer",),
    "bias_sign_flipped": ("gradient",),
    "target_broadcast": ("both",),
    "loss_cross_terms": ("outputs", "1/n", "1"),
    "factor_two": ("1/2",),
    "constant_scale": ("3.5",),
    "output_reduction_mismatch": ("1/k",),
    "wrong_activation_derivative": ("relu", "softplus", "sigmoid"),
    "leaky_slope_mismatch": ("0.2",),
    "bias_leaks_into_delta": ("first",),
    "bias_gradient_wrong_axis": ("units",),
    "batch_size_assumed": ("features", "5"),
}
# What differs from the right network only where numbers overflow.
SAME_UNTIL_OVERFLOW = ("naive_sigmoid", "naive_softmax")
# Rounded differently, so that equal bits are chance; on a categorical cross-entropy D is A - Y in any case.
SAME_ANOTHER_WAY = ("bce_on_softmax", "target_broadcast", *SAME_UNTIL_OVERFLOW)
EDITS = [name for name, fault in FAULTS.items() if fault.is_edit]


def choices(name: str, case: Case) -> Iterator[FaultChoice]:
    """Every value of a fault at every layer of a network that it can act on."""
    for value in (None, *VALUES.get(name, ())):
        everywhere = FaultChoice(name, None, value)
        layers = layers_for(everywhere, case.context)
        if FAULTS[name].takes_layer:
            yield from (replace(everywhere, layer=layer) for layer in layers)
        elif layers:
            yield everywhere


def computed(network: Placement, case: Case, theta: Array) -> list[Results]:
    """What the program makes of both batches, alone or, with theta of (replicas, parameters), as a pack."""
    architecture = network.context.architecture
    workspace = Workspace(
        architecture, network.program(), replicas=len(theta) if theta.ndim > 1 else None, scalars=("loss",)
    )
    workspace.theta[...] = theta
    if "lr" in workspace.arrays:
        workspace.arrays["lr"][...] = LR
    results = []
    for X, Y in case.batches():
        inputs, targets = columns(X, Y, case.bias)
        if theta.ndim > 1:
            targets = np.repeat(targets[None], len(theta), axis=0)
        batch = workspace.batch(inputs, targets)
        run(batch.calls(*PHASES))
        found = {"A": np.swapaxes(batch[f"A{len(case.names)}"], -1, -2).copy(), "loss": workspace.arrays["loss"].copy()}
        for layer in architecture.layers:
            block = workspace.gradient[..., layer.segment].reshape((*theta.shape[:-1], layer.fan_out, layer.columns))
            found[f"dW{layer.index}"] = np.swapaxes(block[..., : layer.fan_in], -1, -2).copy()
            if case.bias:
                found[f"db{layer.index}"] = block[..., layer.fan_in].copy()
        results.append(found)
    return results


def textbook(case: Case) -> Textbook:
    """The same network by hand, with the same parameters."""
    theta, W, b = case.theta(), [], []
    for layer in case.context.architecture.layers:
        block = theta[layer.segment].reshape(layer.fan_out, layer.columns)
        W.append(block[:, : layer.fan_in].T.copy())
        b.append(block[:, -1].copy())
    return Textbook(W, b if case.bias else None, list(case.names), case.loss, case.mean, case.decay)


@cache
def right(case: Case, *, joint: bool) -> list[Results]:
    """What the program without faults makes of it."""
    context = case.context
    return computed(Placement(replace(context, options=replace(context.options, joint=joint))), case, case.theta())


def test_the_textbook_is_right_without_mistakes() -> None:
    """Without any mistake program and textbook agree in all cases: they differ by what is made wrong, nothing else."""
    for case in CASES.values():
        net = textbook(case)
        for ours, batch in zip(right(case, joint=True), case.batches(), strict=True):
            theirs = net(*batch)
            assert ours.keys() == theirs.keys()
            for name in ours:
                np.testing.assert_allclose(
                    ours[name], theirs[name], rtol=0, atol=1e-12 * (1 + np.abs(theirs[name]).max())
                )


@pytest.mark.parametrize("name", EDITS)
def test_a_fault_is_the_mistake_and_nothing_else(name: str) -> None:
    """Loss, outputs and gradients are those of the hand-written mistake; what it leaves alone keeps its bits."""
    acted = 0
    for case in CASES.values():
        for choice in choices(name, case):
            network = place([choice], case.context)
            (one,) = network.placed
            wrong, healthy = textbook(case), textbook(case)
            for layer in one.layers:
                MISTAKES[name](wrong, layer, one.value)
            seen = False
            references = right(case, joint=network.options.joint)
            for ours, reference, batch in zip(
                computed(network, case, case.theta()), references, case.batches(), strict=True
            ):
                expected, untouched = wrong(*batch), healthy(*batch)
                for quantity, theirs in expected.items():
                    atol = 1e-12 * (1 + np.abs(theirs).max())
                    where = f"{choice}: {quantity}"
                    np.testing.assert_allclose(ours[quantity], theirs, rtol=0, atol=atol, err_msg=where)
                    if name not in SAME_ANOTHER_WAY and np.array_equal(theirs, untouched[quantity]):
                        assert np.array_equal(ours[quantity], reference[quantity]), where
                    seen = seen or not np.allclose(ours[quantity], reference[quantity], rtol=1e-6, atol=0)
            assert seen or name in SAME_UNTIL_OVERFLOW, choice
            acted += 1
    assert acted


@pytest.mark.parametrize("name", EDITS)
def test_a_pack_has_the_bits_of_its_members(name: str) -> None:
    """With a fault, too, each network of a pack computes the bits that it computes alone."""
    for case in CASES.values():
        for choice in choices(name, case):
            network = place([choice], case.context)
            thetas = np.stack([case.theta(seed) for seed in range(3)])
            packed = computed(network, case, thetas)
            for member, theta in enumerate(thetas):
                for ours, alone in zip(packed, computed(network, case, theta), strict=True):
                    for quantity, array in alone.items():
                        assert np.array_equal(ours[quantity][member].reshape(array.shape), array), (
                            f"{choice}: {quantity}"
                        )


PAIRS = [
    ("unequal widths, one output", "missing_activation_derivative@1", "bias_sign_flipped@2"),
    ("unequal widths, one output", "output_reads_preactivation@1", "bias_missing@2"),
    ("unequal widths, one output", "sigmoid_twice@3", "gradient_not_averaged"),
    ("unequal widths, one output", "output_ignores_input", "bias_missing@1"),
    ("equal widths, three outputs", "softmax_over_batch", "derivative_formula_on_preactivation@3"),
    ("equal widths, three outputs", "weights_not_transposed@1", "derivative_at_activation@1"),
    ("equal widths, three outputs", "weight_decay_not_in_loss", "gradient_averaged_twice"),
    ("four layers, summed", "gradient_averaged_loss_summed", "factor_two"),
    ("four layers, summed", "weight_decay_not_in_gradient", "sign_flipped@2"),
    ("four layers, summed", "weight_decay_not_in_gradient", "weights_updated_before_backprop@1"),
    ("four layers, summed", "delta_uses_neighbour_weights@1", "delta_uses_weight_gradient@3"),
    ("as many samples as units", "matmul_for_elementwise@2", "bias_gradient_wrong_axis@1=units"),
    ("as many samples as units", "matmul_for_elementwise@2=rows", "derivative_at_activation@1"),
    ("as written", "gradient_of_another_loss", "layer_not_updated@1"),
    ("unequal widths, one output", "sign_flipped", "gradient_not_reset"),
]


@pytest.mark.parametrize(("case_name", "one", "other"), PAIRS)
def test_two_faults_are_both_mistakes(case_name: str, one: str, other: str) -> None:
    """Two faults give what the textbook gives with both mistakes, whichever is named first."""
    case = CASES[case_name]
    network = place([parse(one), parse(other)], case.context)
    wrong = textbook(case)
    for placed in network.placed:
        for layer in placed.layers:
            MISTAKES[placed.fault.name](wrong, layer, placed.value)
    swapped = place([parse(other), parse(one)], case.context)
    results = computed(network, case, case.theta())
    for ours, theirs, batch in zip(results, computed(swapped, case, case.theta()), case.batches(), strict=True):
        for quantity, expected in wrong(*batch).items():
            assert np.array_equal(ours[quantity], theirs[quantity])
            atol = 1e-12 * (1 + np.abs(expected).max())
            np.testing.assert_allclose(ours[quantity], expected, rtol=0, atol=atol, err_msg=quantity)


@pytest.mark.parametrize("name", SAME_UNTIL_OVERFLOW)
def test_unguarded_exponentials_overflow(name: str) -> None:
    """Right for moderate logits, a naive activation overflows where the guarded one does not."""
    output = name.removeprefix("naive_")
    case = Case((2, 2), (output,), "half_squared_error")
    theta = case.theta() * 1e4
    with np.errstate(all="raise", under="ignore"):
        computed(place([], case.context), case, theta)
        with pytest.raises(FloatingPointError, match="overflow"):
            computed(place([FaultChoice(name)], case.context), case, theta)
