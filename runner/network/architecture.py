"""What is built: layer sizes, activations, bias; and which array each block of the flat vectors is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from numpy.typing import NDArray

from runner.network.layer import ActivationChoice, BatchNorm, Layer, parameter_names, running_statistics
from runner.network.layout import Block

Vector = NDArray[Any]


@dataclass(frozen=True)
class Architecture:
    """A fully connected network: sizes (features, hidden..., outputs), an activation a layer, biases or none.

    `dropout` has a probability for each hidden layer, or is empty; `batch_norm` says how the hidden layers are
    normalised, None: not at all.
    """

    sizes: tuple[int, ...]
    activations: tuple[ActivationChoice, ...]
    bias: bool = True
    dropout: tuple[float, ...] = ()
    batch_norm: BatchNorm | None = None

    def __post_init__(self) -> None:
        if len(self.activations) != len(self.sizes) - 1:
            raise ValueError(f"{len(self.sizes) - 1} layers need as many activations, not {len(self.activations)}")
        if len(self.dropout) not in (0, len(self.sizes) - 2):
            raise ValueError(f"{len(self.sizes) - 2} hidden layers can't have {len(self.dropout)} dropout rates")

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers with weights, from the first to the output."""
        layers: list[Layer] = []
        start = 0
        rates = (*(self.dropout or (0.0,) * (len(self.sizes) - 2)), 0.0)
        for index, ((fan_in, fan_out), choice, rate) in enumerate(
            zip(pairwise(self.sizes), self.activations, rates, strict=True), start=1
        ):
            normalised = self.batch_norm is not None and index < len(self.activations)
            columns = fan_in + self.bias + normalised
            layer = Layer(index, fan_in, fan_out, columns, start, choice, rate, normalised)
            layers.append(layer)
            start += layer.size
        return tuple(layers)

    @property
    def parameter_count(self) -> int:
        """The length of the flat vectors."""
        return sum(layer.size for layer in self.layers)

    @property
    def inputs(self) -> str:
        """The name of the inputs in a program."""
        return "[A0;1]" if self.bias else "A0"

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """A block for each layer."""
        return tuple(
            Block(
                layer.index,
                f"layer_{layer.index}",
                *parameter_names(layer, self.bias),
                layer.segment,
                (layer.fan_out, layer.columns),
            )
            for layer in self.layers
        )

    @property
    def units(self) -> dict[int, int]:
        """How many units each hidden layer has, by its index."""
        return {layer.index: layer.fan_out for layer in self.layers[:-1]}

    def fill_weights(self, mask: Vector) -> None:
        """Set the entries of a vector of ones (parameters,) that are biases to 0."""
        for layer in self.layers:
            for array in (layer.split(mask)[1], layer.gamma(mask)):
                array[...] = 0.0

    def arrays(self, theta: Vector) -> Iterator[tuple[Block, str, Vector]]:
        """W1 of (fan_out, fan_in), b1 of (fan_out, 1), ... as views of a flat vector (parameters,)."""
        for layer, block in zip(self.layers, self.blocks, strict=True):
            named = zip(("W", "b", "gamma"), (*layer.split(theta), layer.gamma(theta)), strict=True)
            for letter, array in named:
                if array.size:
                    yield block, f"{letter}{layer.index}", array

    def saved(self, theta: Vector) -> dict[str, Vector]:
        """Copies of the parameters as weights.npz holds them: `layer_1/W` is (fan_in, fan_out)."""
        weights: dict[str, Vector] = {}
        for layer in self.layers:
            W, b = layer.split(theta)
            weights[f"layer_{layer.index}/W"] = W.T.copy()
            if self.bias:
                weights[f"layer_{layer.index}/b"] = b[:, 0].copy()
            if layer.normalised:
                weights[f"layer_{layer.index}/gamma"] = layer.gamma(theta)[:, 0].copy()
        return weights

    @cached_property
    def statistics(self) -> dict[str, str]:
        """For each name in weights.npz the array of a program that is kept beside the parameters, (units, 1)."""
        return {
            f"layer_{layer.index}/running_{name}": array
            for layer in self.layers
            if layer.normalised
            for name, array in zip(("mean", "variance"), running_statistics(layer), strict=True)
        }

    def to_dict(self) -> dict[str, object]:
        """The architecture as JSON can hold it."""
        return {
            "sizes": list(self.sizes),
            "activations": [{"name": choice.name, **choice.overrides} for choice in self.activations],
            "bias": self.bias,
            **({"dropout": list(self.dropout)} if any(self.dropout) else {}),
            **({"batch_norm": asdict(self.batch_norm)} if self.batch_norm else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Architecture:
        """The inverse of `to_dict`."""
        choices: Iterable[Mapping[str, Any]] = data["activations"]
        return cls(
            tuple(int(size) for size in data["sizes"]),
            tuple(
                ActivationChoice(choice["name"], {k: float(v) for k, v in choice.items() if k != "name"})
                for choice in choices
            ),
            bool(data["bias"]),
            tuple(map(float, data.get("dropout", ()))),
            BatchNorm(**data["batch_norm"]) if "batch_norm" in data else None,
        )

    def __str__(self) -> str:
        hidden = [f"{layer.fan_out} {layer.choice}{_with(layer)}" for layer in self.layers]
        bias = "" if self.bias else ", no bias"
        return f"{' -> '.join([str(self.sizes[0]), *hidden])}{bias}, {self.parameter_count:,} parameters"


def _with(layer: Layer) -> str:
    """What a layer has beside its activation, in words."""
    known = ["batch norm"] if layer.normalised else []
    known += [f"dropout {layer.dropout:g}"] if layer.dropout else []
    return f" ({', '.join(known)})" if known else ""
