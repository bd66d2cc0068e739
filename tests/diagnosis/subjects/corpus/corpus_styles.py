"""The habits of people who write networks by hand: where arrays are kept, how they lie, and what is called."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Style:
    """A way of writing a network down.

    `rows`: samples are rows; `fan_in_first`: W is (fan_in, fan_out); `bias`: apart, or the "first" or "last" row or
    column of W; `store`: attributes, a dict or lists; `hands`: how gradients are handed over, as a "list", a "dict",
    "pair" of lists, "kept" as attributes, or as an "update"; `scale_at`: 1/n in the "delta" or in each "array";
    `of_output`: f' is written in terms of A where that is usual.
    """

    name: str
    rows: bool = True
    fan_in_first: bool = True
    bias: str = "apart"
    store: str = "attributes"
    hands: str = "list"
    scale_at: str = "array"
    of_output: bool = False
    dot: bool = False
    flat_bias: bool = False
    loss: str = "loss"
    gradients: str = "gradients"
    forward: str = "forward"
    prime: str = "{}_prime"
    says_parameters: bool = False


STYLES = {
    one.name: one
    for one in (
        Style(
            "lists_in_columns", False, False, store="lists", hands="pair", gradients="backprop", forward="feedforward"
        ),
        Style(
            "lists_in_rows", store="lists", hands="pair", loss="cost", gradients="backward", flat_bias=True, dot=True
        ),
        Style(
            "dicts_in_columns",
            False,
            False,
            store="dict",
            hands="dict",
            loss="compute_cost",
            gradients="backward_propagation",
        ),
        Style("dicts_in_rows", store="dict", hands="dict", scale_at="delta", of_output=True, gradients="grads"),
        Style("attributes", flat_bias=True, scale_at="delta"),
        Style("attributes_out_in", True, False, dot=True, of_output=True, gradients="backprop"),
        Style("columns_in_out", False, True, scale_at="delta", loss="compute_loss", prime="d_{}"),
        Style("bias_first_row", bias="first", scale_at="delta", loss="cost"),
        Style("bias_last_row", bias="last", store="lists", hands="list", of_output=True),
        Style(
            "bias_first_column", False, False, bias="first", store="lists", loss="costFunction", gradients="backprop"
        ),
        Style("bias_last_column", False, False, bias="last", store="dict", hands="dict", scale_at="delta"),
        Style("update_rows", hands="update", gradients="train_step", flat_bias=True, of_output=True, scale_at="delta"),
        Style("update_columns", False, False, store="dict", hands="update", gradients="update"),
        Style("kept_rows", hands="kept", gradients="backward", scale_at="delta"),
        Style("kept_columns", False, False, hands="kept", gradients="backprop", dot=True, prime="{}_derivative"),
        Style("property_rows", says_parameters=True, of_output=True, scale_at="delta"),
    )
}


@dataclass(frozen=True)
class Net:
    """A network to be written down: its sizes, activations by layer, loss, and how that is summed up.

    `loss`: "bce", "cce", "mse" (squares) or "half" (half of them); `mean`: over the samples "n", over samples and
    outputs "all", or not at all "sum"; `decay`: L2, added as decay / 2 |W|^2; `faults`: (name, layer or None, value).
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    mean: str = "n"
    decay: float = 0.0
    faults: tuple[tuple[str, int | None, str | None], ...] = ()
    samples: int = 7
    targets: str = "2d"
    extras: dict[str, str] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """Number of layers with weights."""
        return len(self.activations)

    def has(self, name: str, layer: int | None = None) -> bool:
        """Whether a fault is made at a layer (None: of the whole network)."""
        return any(one[0] == name and one[1] in (layer, None) for one in self.faults)

    def value(self, name: str) -> str | None:
        """What the fault says beside its name."""
        return next((one[2] for one in self.faults if one[0] == name), None)
