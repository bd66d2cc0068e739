"""The settings of our networks: `network`, what each layer computes; `init`, where it starts; `faults`, what is wrong.

Whether a fault can act is checked where the network is known, in `runner.training.setup`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model, model_validator
from pydantic_core import PydanticCustomError

from runner.errors import UserError
from runner.network import activation, activations
from runner.network.faults.catalogue import parse
from runner.network.initialisers import INITIALISERS, Initialiser
from runner.network.layer import BatchNorm
from runner.settings.base import OF_EACH_RUN, Listed, Mistake, OneOf, Section, Seed, one_or_listed, refuse

Width = Annotated[int, Field(ge=1, le=1_000_000)]
Rate = Annotated[float, Field(ge=0, lt=1)]


class ActivationSettings(Section):
    """An activation by name; each has a model of its own with its parameters as further fields."""

    name: str

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters beside the name, defaults filled in."""
        return self.model_dump(exclude={"name"})


def _model(function: activation.Activation) -> type[ActivationSettings]:
    fields: dict[str, Any] = {}
    for name, default in function.parameters.items():
        low, high = function.bounds[name]
        fields[name] = (Annotated[float, Field(ge=low, le=high), OF_EACH_RUN], default)
    text = f"f(z) = {function.formula}"
    return create_model(f"Activation_{function.name}", __base__=ActivationSettings, __doc__=text, **fields)


_MODELS: dict[str, type[ActivationSettings]] = {
    name: _model(function) for name, function in activations.ACTIVATIONS.items()
}


class Auto(Section):
    """The output activation that follows from the task of the data set."""

    name: str = "auto"


Activation = Annotated[ActivationSettings, OneOf("activation", _MODELS)]
Output = Annotated[ActivationSettings | Auto, OneOf("activation", {"auto": Auto, **_MODELS})]


class NetworkSettings(Section):
    """The hidden layers, their activations, the output's activation, whether there are biases, and regularisation.

    `dropout` is the probability with which each unit of a hidden layer is set to 0 in a step: of all, or of each layer.
    `batch_norm` normalises what goes into the activations of hidden layers; of each batch the share
    `batch_norm_momentum` goes into the running statistics, and `batch_norm_epsilon` is added to the variance.
    """

    hidden: Annotated[tuple[Width, ...], Listed] = (4,)
    activation: Annotated[
        Annotated[Activation, Tag("<one>")] | Annotated[Annotated[tuple[Activation, ...], Listed], Tag("<list>")],
        Discriminator(one_or_listed),
    ] = _MODELS["tanh"](name="tanh")
    output: Output = Auto()
    bias: bool = True
    dropout: Annotated[
        Annotated[Rate, Tag("<one>")] | Annotated[Annotated[tuple[Rate, ...], Listed], Tag("<list>")],
        Discriminator(one_or_listed),
        OF_EACH_RUN,
    ] = 0.0
    batch_norm: bool = False
    batch_norm_momentum: Annotated[float, Field(gt=0, le=1), OF_EACH_RUN] = 0.1
    batch_norm_epsilon: Annotated[float, Field(ge=0), OF_EACH_RUN] = 1e-5

    @property
    def hidden_activations(self) -> tuple[ActivationSettings, ...]:
        """One activation per hidden layer."""
        if isinstance(self.activation, tuple):
            return self.activation
        return (self.activation,) * len(self.hidden)

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """A dropout rate for each hidden layer; empty where nothing is dropped."""
        rates = self.dropout if isinstance(self.dropout, tuple) else (self.dropout,) * len(self.hidden)
        return rates if any(rates) else ()

    @property
    def normalisation(self) -> BatchNorm | None:
        """How the hidden layers are normalised, None where they are not."""
        return BatchNorm(self.batch_norm_momentum, self.batch_norm_epsilon) if self.batch_norm else None

    @model_validator(mode="after")
    def _normalises_something(self) -> NetworkSettings:
        mistakes = []
        if self.batch_norm and not self.hidden:
            mistakes.append(Mistake("batch_norm", "needs a hidden layer, which it normalises", self.batch_norm))
        if not self.batch_norm:
            given = {"batch_norm_momentum": self.batch_norm_momentum, "batch_norm_epsilon": self.batch_norm_epsilon}
            mistakes += [
                Mistake(name, "needs network.batch_norm=true", value)
                for name, value in given.items()
                if value != type(self).model_fields[name].default
            ]
        refuse(mistakes)
        return self

    @model_validator(mode="after")
    def _one_rate_per_layer(self) -> NetworkSettings:
        layers, mistakes = len(self.hidden), []
        if isinstance(self.dropout, tuple) and len(self.dropout) != layers:
            message = f"has {len(self.dropout)} rates for {layers} hidden layers; give one number, or one per layer"
            mistakes.append(Mistake("dropout", message, list(self.dropout)))
        elif self.dropout and not layers:
            mistakes.append(Mistake("dropout", "needs a hidden layer, whose units it drops", self.dropout))
        refuse(mistakes)
        return self

    @model_validator(mode="after")
    def _one_activation_per_layer(self) -> NetworkSettings:
        layers, activations = len(self.hidden), len(self.hidden_activations)
        if layers != activations:
            names = [activation.name for activation in self.hidden_activations]
            message = f"names {activations} activations for {layers} hidden layers; give one name, or one per layer"
            refuse([Mistake("activation", message, names)])
        return self


_Initialiser = Annotated[Initialiser, OneOf("init", INITIALISERS)]


class InitSettings(Section):
    """The initial weights and biases of all layers, and a seed of their own (null: the run's)."""

    weights: _Initialiser = Field(default_factory=lambda: INITIALISERS["xavier"](name="xavier"))
    bias: _Initialiser = Field(default_factory=lambda: INITIALISERS["zeros"](name="zeros"))
    seed: Seed | None = None


def _is_fault(text: str) -> str:
    try:
        parse(text)
    except UserError as error:
        raise PydanticCustomError("problem", "{problem}", {"problem": error.problems[0]}) from None
    return text


FaultName = Annotated[str, AfterValidator(_is_fault)]
