"""The cases of benchmarks/diagnosis.py: healthy bases, changes that break them, bases for faults, the posts."""

from __future__ import annotations

from pathlib import Path

_FLOWERS = Path(__file__).parents[1] / "docs" / "flowers.csv"
_SIXTY = str([round(k / 60, 3) for k in range(60)]).replace(" ", "")
_FEW = str([int(k in (13, 31, 47)) for k in range(60)]).replace(" ", "")

HEALTHY: dict[str, tuple[str, ...]] = {
    "planar": ("experiment=planar",),
    "planar_relu": (
        "experiment=planar",
        "network.hidden=[16]",
        "network.activation=relu",
        "init=he",
        "optimizer.lr=0.3",
    ),
    "planar_batches": ("experiment=planar", "batch_size=32", "optimizer.lr=0.3", "network.hidden=[8]"),
    "planar_adam": ("experiment=planar", "optimizer=adam", "optimizer.lr=0.01", "network.hidden=[8]", "steps=2000"),
    "xor": ("experiment=xor",),
    "xor_deep": ("experiment=xor", "network.hidden=[8,8]", "optimizer.lr=0.5"),
    "xor_squared": ("experiment=xor", "loss=half_squared_error", "optimizer.lr=2.0", "steps=6000"),
    "and": ("dataset=and", "network=linear", "steps=2000"),
    "or": ("dataset=or", "network=small", "steps=1000"),
    "nand": ("dataset=nand", "network=linear", "steps=2000"),
    "parity": ("experiment=parity",),
    "circles": ("experiment=circles",),
    "blobs": ("experiment=blobs",),
    "blobs_wide": ("experiment=blobs", "network=wide", "optimizer.lr=0.2"),
    "sine": ("experiment=sine",),
    "sine_sgd": (
        "experiment=sine",
        "optimizer=sgd",
        "optimizer.lr=0.1",
        "optimizer.momentum=0.9",
        "network.hidden=[16]",
        "steps=6000",
    ),
    "formula": ("dataset=formula", "network.hidden=[16]", "optimizer.lr=0.1", "steps=6000"),
    "cubic": ("dataset=formula", "dataset.formula=x**3", "network.hidden=[16]", "optimizer.lr=0.1", "steps=6000"),
    "sign": ("dataset=sign", "network.hidden=[4]", "optimizer.lr=1.0", "steps=2000"),
    "random_integers": (
        "dataset=random_integers",
        "dataset.samples=10",
        "dataset.standardize=inputs",
        "network.hidden=[32]",
        "optimizer.lr=0.5",
    ),
    "inline": (
        "dataset=inline",
        "dataset.X=[[0],[1],[2],[3],[4]]",
        "dataset.Y=[1,3,5,7,9]",
        "dataset.standardize=both",
        "optimizer.lr=0.2",
    ),
    "table": (
        "dataset=table",
        f"dataset.path={_FLOWERS}",
        "dataset.targets=kind",
        "dataset.standardize=inputs",
        "optimizer.lr=0.5",
        "network.hidden=[16]",
    ),
    "x_plus_one": ("experiment=x_plus_one",),
    "x_plus_one_linear": ("experiment=x_plus_one_linear",),
    "x_plus_one_sum": ("experiment=x_plus_one_linear", "loss.reduction=sum", "optimizer.lr=0.0005"),
    "digits": ("experiment=digits", "epochs=8"),
    "digits_float32": ("experiment=digits", "epochs=8", "dtype=float32"),
    "digits_tanh": ("experiment=digits", "epochs=8", "network.activation=tanh", "init=xavier"),
}

# What was changed: (base, overrides). Several names: any of them is right, for they are the same mistake.
BROKEN: dict[str, list[tuple[str, ...]]] = {
    "learning_rate_too_high": [
        ("xor", "optimizer.lr=100"),
        ("xor_deep", "optimizer.lr=50"),
        ("planar_relu", "optimizer.lr=30"),
        ("planar_batches", "optimizer.lr=100"),
        ("sine", "optimizer=sgd", "optimizer.lr=5"),
        ("x_plus_one", "optimizer.lr=5"),
        ("x_plus_one_linear", "optimizer.lr=3"),
        ("digits", "optimizer.lr=20"),
        ("planar_adam", "optimizer.lr=30"),
        ("formula", "optimizer.lr=3"),
    ],
    "learning_rate_too_low": [
        ("xor", "optimizer.lr=1e-4"),
        ("planar", "optimizer.lr=1e-4"),
        ("circles", "optimizer.lr=1e-4"),
        ("sine", "optimizer.lr=1e-7"),
        ("digits", "optimizer.lr=1e-6"),
        ("blobs", "optimizer.lr=1e-5"),
    ],
    "too_few_steps": [
        ("xor", "steps=30"),
        ("circles", "steps=20"),
        ("planar_adam", "steps=5"),
        ("parity", "steps=100"),
    ],
    "unscaled_inputs|unscaled_targets": [
        ("x_plus_one", "dataset.standardize=none"),
        ("x_plus_one_linear", "dataset.standardize=none"),
        ("sine", "optimizer=sgd", "optimizer.lr=0.1", "dataset=x_plus_one", "dataset.standardize=none"),
        ("blobs", "dataset.standardize=none", "dataset.box=1000", "dataset.spread=50"),
    ],
    "unscaled_targets": [
        ("formula", "dataset.formula=1000*x**2", "dataset.standardize=inputs"),
        (
            "sine",
            "optimizer=sgd",
            "optimizer.lr=0.1",
            "dataset=formula",
            "dataset.formula=1000*x",
            "dataset.standardize=none",
        ),
    ],
    "summed_gradient": [
        ("planar_relu", "loss.reduction=sum"),
        ("x_plus_one_linear", "loss.reduction=sum"),
        ("x_plus_one", "loss.reduction=sum"),
        ("formula", "loss.reduction=sum"),
    ],
    "weight_decay_too_high": [
        ("circles", "optimizer.weight_decay=1"),
        ("sine_sgd", "optimizer.weight_decay=3", "optimizer.momentum=0"),
        ("digits", "optimizer.weight_decay=10"),
        ("planar_adam", "optimizer.weight_decay=1"),
        ("formula", "optimizer.weight_decay=30"),
    ],
    "symmetric_units": [
        ("xor", "init.weights=zeros"),
        ("planar", "init.weights=zeros"),
        ("circles", "init=constant", "init.weights.value=0.5"),
        ("sine", "init.weights=zeros"),
        ("digits", "init.weights=zeros"),
        ("xor_deep", "init=constant"),
    ],
    "poor_init_scale|saturated_units": [
        ("xor_deep", "init=normal", "init.weights.std=50"),
        ("circles", "init=normal", "init.weights.std=100"),
        ("digits", "init=normal", "init.weights.std=1e-6", "network.hidden=[64,64,64]"),
        ("digits_tanh", "init=normal", "init.weights.std=30"),
        ("sine", "init=normal", "init.weights.std=100"),
    ],
    "vanishing_gradient|poor_init_scale": [
        ("circles", "network.hidden=[8,8,8,8,8,8]", "network.activation=sigmoid", "init=xavier"),
        ("digits", "network.hidden=[32,32,32,32,32,32]", "network.activation=sigmoid", "init=xavier"),
    ],
    "dead_units|poor_init_scale": [
        ("digits", "init.bias.name=constant", "+init.bias.value=-100"),
        ("planar_relu", "init.bias.name=constant", "+init.bias.value=-50"),
    ],
    "exp_overflow|poor_init_scale|naive_sigmoid|log_of_zero": [
        ("planar_relu", "loss.from_logits=false", "init=normal", "init.weights.std=500"),
    ],
    "naive_softmax": [
        (
            "digits",
            "faults=[naive_softmax]",
            "loss.from_logits=false",
            "loss.epsilon=1e-12",
            "init=normal",
            "init.weights.std=30",
        ),
    ],
    "log_of_zero|learning_rate_too_high": [
        ("planar_relu", "loss.from_logits=false", "optimizer.lr=20"),
        ("circles", "loss.from_logits=false", "optimizer.lr=200"),
    ],
    "softmax_on_one_unit": [
        ("xor", "network.output=softmax"),
        ("planar", "network.output=softmax", "loss=half_squared_error"),
    ],
    "output_cannot_reach_targets": [
        ("x_plus_one", "network.output=sigmoid"),
        ("sine", "network.output=sigmoid"),
        ("sine", "network.output=relu"),
        ("formula", "network.output=sigmoid"),
    ],
    "wrong_loss_for_targets|output_cannot_reach_targets": [
        ("digits", "loss=binary_cross_entropy", "network.output=identity"),
        ("sine", "loss=binary_cross_entropy"),
        ("xor", "loss=categorical_cross_entropy"),
    ],
    "no_hidden_nonlinearity|not_linearly_separable": [
        ("xor", "network.activation=identity"),
        ("circles", "network.activation=identity"),
        ("sine", "network.activation=identity"),
        ("parity", "network.activation=identity"),
    ],
    "not_linearly_separable": [
        ("xor", "network.hidden=[]"),
        ("circles", "network.hidden=[]"),
        ("planar", "network.hidden=[]"),
        ("parity", "network.hidden=[]"),
    ],
    "missing_bias": [
        ("and", "network.bias=false"),
        ("nand", "network.bias=false"),
        ("x_plus_one_linear", "network.bias=false", "dataset.standardize=none", "dataset.high=10", "optimizer.lr=0.01"),
    ],
    "targets_shuffled_apart": [
        ("circles", "faults=[targets_shuffled_apart]"),
        ("digits", "faults=[targets_shuffled_apart]"),
    ],
    "bad_labels": [
        ("xor", "dataset=inline", "dataset.X=[[0,0],[0,1],[1,0],[1,1],[0,0],[0,1]]", "dataset.Y=[0,1,1,0,1,0]"),
    ],
    "overfitting": [
        ("digits", "dataset.valid_fraction=0.97", "epochs=400", "network.hidden=[256]"),
    ],
    "class_imbalance": [
        # Three of sixty are of the other class, and lie among the rest.
        ("xor", "dataset=inline", f"dataset.X={_SIXTY}", f"dataset.Y={_FEW}", "network.hidden=[1]", "steps=300"),
    ],
}

# Bases for faults: their overrides, and faults that can't be seen there.
_UNSEEN = ("naive_sigmoid", "naive_softmax")
FAULTY: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "planar": (("experiment=planar", "steps=1000"), _UNSEEN),
    "xor_sum": (
        ("experiment=xor", "loss=half_squared_error", "loss.reduction=sum", "optimizer.lr=0.3", "steps=3000"),
        _UNSEEN,
    ),
    "sine_leaky": (
        (
            "experiment=sine",
            "optimizer=sgd",
            "optimizer.lr=0.1",
            "network.hidden=[8,8]",
            "network.activation=leaky_relu",
            "optimizer.weight_decay=1e-4",
            "steps=2000",
        ),
        _UNSEEN,
    ),
    "digits": (("experiment=digits", "epochs=2", "network.hidden=[32,32]"), _UNSEEN),
    "blobs_apart": (("experiment=blobs", "loss.from_logits=false", "network.hidden=[6]", "steps=500"), _UNSEEN),
}

POSTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "x_plus_one at 1e-8": (
        ("experiment=post/x_plus_one", "optimizer.lr=1e-8"),
        (
            "output_reads_preactivation",
            "bias_gradient_missing",
            "learning_rate_too_high",
            "summed_gradient",
            "unscaled_inputs",
        ),
    ),
    "xor": (("experiment=post/xor",), ("gradient_averaged_loss_summed", "not_linearly_separable")),
    "planar": (("experiment=post/planar",), ("learning_rate_too_high", "log_of_zero")),
    "softmax_overflow": (
        ("experiment=post/softmax_overflow",),
        ("softmax_over_batch", "derivative_formula_on_preactivation"),
    ),
}
