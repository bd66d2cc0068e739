"""Which mistakes can be made in which networks and styles, and draws of such cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from corpus_styles import STYLES, Net, Style
from corpus_writing import Writer

NETS = (
    Net((3, 1), ("sigmoid",), "bce"),
    Net((3, 4, 2), ("sigmoid", "sigmoid"), "half"),
    Net((2, 4, 1), ("tanh", "sigmoid"), "bce", targets="flat"),
    Net((3, 5, 3), ("relu", "softmax"), "cce", targets="labels"),
    Net((3, 4, 3), ("sigmoid", "softmax"), "cce"),
    Net((3, 4, 2), ("leaky_relu", "sigmoid"), "bce"),
    Net((4, 5, 2), ("leaky_relu", "identity"), "mse", mean="all"),
    Net((3, 3, 3), ("tanh", "sigmoid"), "mse", mean="sum"),
    Net((3, 5, 4, 3), ("relu", "tanh", "softmax"), "cce"),
    Net((4, 4, 4, 4), ("tanh", "sigmoid", "sigmoid"), "half", mean="all"),
    Net((3, 4, 4, 1), ("relu", "relu", "sigmoid"), "bce"),
    Net((3, 4, 4, 2), ("sigmoid", "tanh", "identity"), "half"),
    Net((2, 5, 1), ("relu", "identity"), "mse", targets="flat"),
    Net((3, 4, 3), ("tanh", "softmax"), "half"),
)

WHOLE = (
    "softmax_over_batch", "output_ignores_input", "loss_cross_terms", "target_broadcast", "gradient_of_another_loss",
    "bce_on_softmax", "gradient_not_averaged", "gradient_averaged_loss_summed", "gradient_averaged_twice",
    "factor_two", "output_reduction_mismatch", "constant_scale", "weight_decay_not_in_loss",
    "weight_decay_not_in_gradient", "sign_flipped", "softmax_derivative_elementwise", "gradient_not_reset",
    "stale_cache", "parameters_as_gradient", "batch_size_assumed", "first_bias_input_zero",
)  # fmt: skip
LAYERED = (
    "output_reads_preactivation", "relu_without_effect", "sigmoid_twice", "bias_missing", "bias_sign_flipped",
    "sign_flipped", "missing_activation_derivative", "derivative_at_activation", "derivative_formula_on_preactivation",
    "derivative_returns_input", "wrong_activation_derivative", "derivative_of_other_layer", "leaky_slope_mismatch",
    "weights_not_transposed", "delta_uses_weight_gradient", "delta_uses_neighbour_weights",
    "weights_updated_before_backprop", "bias_leaks_into_delta", "weight_gradient_uses_own_output", "layer_not_updated",
    "bias_gradient_missing", "bias_gradient_not_averaged", "bias_gradient_wrong_axis", "matmul_for_elementwise",
)  # fmt: skip
CURVED = ("sigmoid", "tanh")


@dataclass(frozen=True)
class Case:
    """A network to be checked; `expected` are the faults in it, as (name, layer or None)."""

    net: Net
    style: Style
    seed: int = 0

    @property
    def expected(self) -> list[tuple[str, int | None]]:
        return [(name, layer) for name, layer, _ in self.net.faults]

    def __str__(self) -> str:
        net = self.net
        faults = "+".join(
            name + (f"@{layer}" if layer else "") + (f"={value}" if value else "") for name, layer, value in net.faults
        )
        shape = "-".join(map(str, net.sizes))
        what = f"{shape} {'+'.join(net.activations)} {net.loss}/{net.mean} {net.targets} {dict(net.extras)}"
        return f"{faults or 'right'} {self.style.name} {what} seed {self.seed}"

    def write(self, folder: Path) -> Path:
        """net.py in a folder."""
        file = folder / "net.py"
        file.write_text(Writer(self.net, self.style, self.seed).source())
        return file


def values_for(name: str, net: Net, style: Style, layer: int | None, rng: random.Random) -> str | None:
    """A value, where a fault takes one."""
    match name:
        case "constant_scale":
            return rng.choice(["0.1", "3", "5", "0.01"])
        case "wrong_activation_derivative":
            here = net.activations[layer - 1] if layer else ""
            names = ["sigmoid", "tanh", "relu", "softplus"]
            if here == "leaky_relu":
                names.remove("relu")
            if here == "softplus":
                names.remove("sigmoid")
            return rng.choice([one for one in names if one != here])
        case "bias_sign_flipped":
            return rng.choice(["gradient", "forward"])
        case "loss_cross_terms":
            # With one output only the product over pairs of samples is wrong.
            over_samples = "second" if style.rows else "first"
            return over_samples if net.sizes[-1] == 1 else rng.choice(["first", "second"])
        case "batch_size_assumed":
            return rng.choice(["32", "features"])
    return None


def possible(name: str, layer: int | None, net: Net, style: Style) -> bool:
    """Whether a mistake can be made there, and changes anything."""
    k, depth, output = net.sizes[-1], net.depth, net.activations[-1]
    act = net.activations[layer - 1] if layer else ""
    width = net.sizes[layer] if layer else 0
    squared = net.loss in ("mse", "half")
    last = layer == depth
    apart = style.bias == "apart"
    plain_output = output not in ("softmax", "identity") and (squared or net.loss == "bce")
    slopes = layer is not None and act not in ("identity", "softmax") and (not last or plain_output)
    match name:
        case "softmax_over_batch" | "bce_on_softmax":
            return output == "softmax" and net.loss == "cce"
        case "softmax_derivative_elementwise":
            return output == "softmax"
        case "loss_cross_terms":
            return net.loss in ("bce", "cce") and net.mean != "all"
        case "target_broadcast":
            return k == 1 and net.targets != "labels"
        case "gradient_of_another_loss":
            return (squared and output in ("sigmoid", "softmax")) or (net.loss == "bce" and output == "sigmoid")
        case "gradient_not_averaged" | "batch_size_assumed":
            return net.mean == "n"
        case "gradient_averaged_loss_summed" | "gradient_averaged_twice":
            return net.mean == "n"
        case "output_reduction_mismatch":
            return k > 2 and net.mean != "sum"  # with two outputs it is a factor of two
        case "weight_decay_not_in_loss" | "weight_decay_not_in_gradient":
            return True
        case "first_bias_input_zero":
            return not apart
        case "gradient_not_reset" | "stale_cache" | "parameters_as_gradient":
            return style.hands != "update"
        case "factor_two":
            return k != 2  # with two outputs it is a matter of averaging over them
        case "output_ignores_input" | "constant_scale":
            return True
        case "sign_flipped":
            return layer is None or depth > 1  # of one layer it is the whole gradient
        case "output_reads_preactivation":
            return not last and act != "identity"
        case "relu_without_effect":
            return act == "relu"
        case "sigmoid_twice":
            return act in CURVED and (not last or squared)
        case "bias_missing" | "bias_sign_flipped" | "layer_not_updated" | "bias_gradient_missing":
            return not (name == "layer_not_updated" and depth == 1)
        case "bias_gradient_not_averaged":
            return net.mean == "n" and style.scale_at == "array"
        case "bias_gradient_wrong_axis":
            return width > 1
        case "missing_activation_derivative" | "derivative_returns_input":
            return slopes
        case "derivative_at_activation" | "derivative_formula_on_preactivation":
            return slopes and act in CURVED
        case "wrong_activation_derivative":
            return slopes
        case "derivative_of_other_layer":
            other = (layer - 1 if layer > 1 else layer + 1) if layer else 0
            return slopes and other < depth and not last and other > 0 and net.sizes[other] == width and depth > 2
        case "leaky_slope_mismatch":
            return act in ("relu", "leaky_relu") and not last
        case "weights_not_transposed" | "delta_uses_neighbour_weights":
            below = net.sizes[layer - 1] if layer else 0
            same = not last and width == net.sizes[layer + 1]
            return same and (name == "weights_not_transposed" or below == width)
        case "delta_uses_weight_gradient" | "weights_updated_before_backprop":
            return not last
        case "bias_leaks_into_delta":
            return not last and not apart
        case "weight_gradient_uses_own_output":
            return width == net.sizes[layer - 1]
        case "matmul_for_elementwise":
            return not last and slopes
    return False


def with_fault(net: Net, style: Style, name: str, layer: int | None, rng: random.Random) -> Net:
    """The network with a mistake more."""
    if name.startswith("weight_decay"):
        net = replace(net, decay=0.1)
    if name == "matmul_for_elementwise":
        net = replace(net, samples=net.sizes[layer or 1])
    return replace(net, faults=(*net.faults, (name, layer, values_for(name, net, style, layer, rng))))


def spots(name: str, nets: tuple[Net, ...], styles: list[Style]) -> list[tuple[Net, Style, int | None]]:
    """Everywhere where a mistake can be made."""
    found: list[tuple[Net, Style, int | None]] = []
    for net in nets:
        for style in styles:
            if name in WHOLE and possible(name, None, net, style):
                found.append((net, style, None))
            if name in LAYERED:
                found += [(net, style, one) for one in range(1, net.depth + 1) if possible(name, one, net, style)]
    return found


def singles(each: int, seed: int) -> Iterator[Case]:
    """Every fault alone, in `each` cases drawn at random, of different styles where there are enough."""
    rng = random.Random(seed)
    for name in dict.fromkeys((*WHOLE, *LAYERED)):
        places = spots(name, NETS, list(STYLES.values()))
        rng.shuffle(places)
        seen: set[str] = set()
        ordered = [one for one in places if one[1].name not in seen and not seen.add(one[1].name)]
        ordered += [one for one in places if one not in ordered]
        for net, style, layer in ordered[:each]:
            yield Case(with_fault(net, style, name, layer, rng), style, rng.randrange(1000))


def pairs(count: int, seed: int) -> Iterator[Case]:
    """Two faults at once, drawn at random, neither of which hides the other."""
    rng = random.Random(seed)
    names = list(dict.fromkeys((*WHOLE, *LAYERED)))
    drawn = 0
    while drawn < count:
        first, second = rng.sample(names, 2)
        net, style = rng.choice(NETS), rng.choice(list(STYLES.values()))
        placed = net
        for name in (first, second):
            layers = [one for one in (None, *range(1, net.depth + 1)) if _may(name, one, net, style)]
            if not layers:
                break
            placed = with_fault(placed, style, name, rng.choice(layers), rng)
        else:
            if not _hide(placed):
                drawn += 1
                yield Case(placed, style, rng.randrange(1000))


def _may(name: str, layer: int | None, net: Net, style: Style) -> bool:
    return name in (WHOLE if layer is None else LAYERED) and possible(name, layer, net, style)


_ALONE = {"parameters_as_gradient", "matmul_for_elementwise"}
_SCALES = {
    "gradient_not_averaged", "gradient_averaged_loss_summed", "gradient_averaged_twice", "factor_two",
    "output_reduction_mismatch", "constant_scale", "batch_size_assumed", "sign_flipped",
}  # fmt: skip
_SLOPES = {
    "missing_activation_derivative", "derivative_at_activation", "derivative_formula_on_preactivation",
    "derivative_returns_input", "wrong_activation_derivative", "derivative_of_other_layer", "leaky_slope_mismatch",
    "gradient_of_another_loss", "softmax_derivative_elementwise", "sigmoid_twice", "relu_without_effect",
    "bce_on_softmax", "softmax_over_batch",
}  # fmt: skip
_BIASES = {
    "bias_gradient_missing", "bias_gradient_not_averaged", "bias_gradient_wrong_axis", "bias_sign_flipped",
    "layer_not_updated", "first_bias_input_zero", "bias_missing", "sign_flipped",
}  # fmt: skip
_BACK = {
    "weights_not_transposed", "delta_uses_weight_gradient", "delta_uses_neighbour_weights",
    "weights_updated_before_backprop", "bias_leaks_into_delta",
}  # fmt: skip
_LOSSES = {"loss_cross_terms", "target_broadcast", "bce_on_softmax", "gradient_of_another_loss",
           "output_reduction_mismatch", "gradient_averaged_loss_summed", "softmax_derivative_elementwise"}  # fmt: skip


def _hide(net: Net) -> bool:
    """Whether the two mistakes are in the same place, so that one hides, undoes or is the other."""
    names = {one[0] for one in net.faults}
    layers = {one[1] for one in net.faults}
    if names & _ALONE:
        return True
    for kind in (_SCALES, _LOSSES):
        if names <= kind:
            return True
    same = len(layers) == 1 or None in layers
    gone = "layer_not_updated" in names
    undone = [
        {"weight_decay_not_in_loss", "weight_decay_not_in_gradient"},
        {"stale_cache", "gradient_not_reset"},
        {"missing_activation_derivative", "output_reads_preactivation"},
    ]
    return (same and (gone or any(names <= kind for kind in (_SLOPES, _BIASES, _BACK)))) or names in undone


RIGHT = (
    Case(Net((3, 4, 2), ("sigmoid", "sigmoid"), "half", extras={"float32": "yes"}), STYLES["attributes"]),
    Case(Net((3, 4, 3), ("tanh", "softmax"), "cce", extras={"float32": "yes"}), STYLES["dicts_in_rows"]),
    Case(Net((3, 5, 2), ("relu", "sigmoid"), "bce", extras={"kink": "yes"}), STYLES["attributes"]),
    Case(Net((3, 5, 2), ("relu", "identity"), "mse", extras={"kink": "yes"}), STYLES["kept_rows"]),
    Case(Net((3, 5, 2), ("relu", "sigmoid"), "bce", extras={"kink_one": "yes"}), STYLES["dicts_in_columns"]),
    Case(Net((3, 4, 2), ("tanh", "sigmoid"), "bce", extras={"times": "1e-8"}), STYLES["lists_in_columns"]),
    Case(Net((3, 4, 2), ("tanh", "identity"), "half", extras={"times": "1e-12"}), STYLES["lists_in_rows"]),
    Case(Net((3, 4, 2), ("tanh", "identity"), "mse", extras={"times": "1e12"}), STYLES["bias_first_row"]),
    Case(Net((3, 4, 1), ("tanh", "sigmoid"), "bce", extras={"predict": "labels"}), STYLES["columns_in_out"]),
    Case(Net((3, 4, 3), ("relu", "softmax"), "cce", extras={"predict": "argmax"}), STYLES["attributes_out_in"]),
    Case(Net((3, 4, 3), ("relu", "softmax"), "cce", targets="labels"), STYLES["lists_in_columns"]),
    Case(Net((3, 4, 2), ("sigmoid", "sigmoid"), "bce", decay=0.1), STYLES["dicts_in_columns"]),
    Case(Net((3, 4, 2), ("tanh", "identity"), "half", decay=0.05), STYLES["bias_last_row"]),
    Case(Net((3, 4, 2), ("tanh", "sigmoid"), "half", extras={"minus_bias": "yes"}), STYLES["attributes"]),
    Case(Net((3, 4, 2), ("relu", "sigmoid"), "bce", extras={"minus_bias": "yes"}), STYLES["lists_in_columns"]),
    Case(Net((3, 4, 3), ("tanh", "softmax"), "cce", extras={"clip": "yes"}), STYLES["kept_columns"]),
    Case(Net((3, 4, 3), ("tanh", "softmax"), "cce", extras={"epsilon": "yes"}), STYLES["dicts_in_rows"]),
    Case(Net((3, 4, 1), ("tanh", "sigmoid"), "bce", targets="flat"), STYLES["update_rows"]),
    Case(Net((3, 4, 1), ("relu", "identity"), "mse", targets="flat"), STYLES["update_columns"]),
    Case(Net((3, 4, 3), ("sigmoid", "softmax"), "half"), STYLES["bias_first_column"]),
    Case(Net((3, 4, 2), ("softplus", "identity"), "mse", mean="all"), STYLES["bias_last_column"]),
    Case(Net((3, 5, 4, 2), ("relu", "leaky_relu", "sigmoid"), "bce", mean="sum"), STYLES["property_rows"]),
    Case(Net((3, 1), ("sigmoid",), "bce", extras={"predict": "nothing"}), STYLES["attributes"]),
    Case(Net((3, 1), ("identity",), "half"), STYLES["dicts_in_columns"]),
    Case(Net((4, 4, 4, 4, 4), ("tanh", "sigmoid", "relu", "softmax"), "cce"), STYLES["lists_in_columns"]),
)
