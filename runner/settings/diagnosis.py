"""The settings of `diagnosis` and `subject`: how causes are looked for, and in whose network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, JsonValue, Tag, model_validator
from pydantic_core import PydanticCustomError

from runner.network.activations import ACTIVATIONS
from runner.network.losses import LOSSES
from runner.settings.base import Listed, Section, known_name, one_or_listed

CALLS = ("xy", "none", "layers")
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Thresholds(Section):
    """The numbers from which on something is suspicious; conf/diagnosis/full.yaml says where they come from."""

    good_progress: Share = 0.6
    gain: Share = 0.5
    dead_units: Share = 0.5
    saturated_units: Share = 0.5
    vanishing_gradient: Positive = 1e-3
    vanishing_per_layer: Share = 0.4
    exploding_gradient: Positive = 70.0
    init_variance: Positive = 10.0
    symmetric_units: Positive = 1e-6
    magnitude: Positive = 10.0
    slow_rate: Positive = 0.01
    still_falling: Share = 0.002
    overfitting: Share = 0.1
    class_imbalance: Positive = 4.0
    missed_classes: Share = 0.1
    reachable: Share = 0.97
    contradictory: Share = 0.5
    unrelated_labels: Share = 0.01
    outlier: Positive = 100.0
    extrapolation: Positive = 100.0


class DiagnosisSettings(Section):
    """How failed runs are diagnosed.

    `enabled`: whether causes are looked for; `fixes`: whether fixes are run, or causes named by their numbers alone;
    `budget`: how many seconds the runs of fixes may take; `thresholds`: the numbers from which on something is a cause.
    """

    enabled: bool = True
    fixes: bool = True
    budget: Annotated[float, Field(ge=0)] = 5.0
    thresholds: Thresholds = Thresholds()


class SubjectNames(Section):
    """Another name, or a call expression, for each thing a subject has (null: its usual name).

    `lr` is the attribute that holds the learning rate of one that only updates.
    """

    parameters: str | None = None
    loss: str | None = None
    gradients: str | None = None
    predict: str | None = None
    lr: str | None = None


Activation = Annotated[str, known_name("activation", ACTIVATIONS)]


class SubjectStated(Section):
    """What the ladder takes for granted of a subject's neuron, so that it needn't be found out (null: find out).

    `activation` is one name, or one for each hidden layer: the ladder doesn't need it.
    """

    activation: (
        Annotated[
            Annotated[Activation, Tag("<one>")] | Annotated[Annotated[tuple[Activation, ...], Listed], Tag("<list>")],
            Discriminator(one_or_listed),
        ]
        | None
    ) = None
    output: Activation | None = None
    loss: Annotated[str, known_name("loss", LOSSES)] | None = None
    reduction: Literal["mean", "sum"] | None = None

    @property
    def said(self) -> dict[str, Any]:
        """What is stated, by its key."""
        return self.model_dump(exclude_none=True)


def _way_to_call(call: str) -> str:
    if call not in CALLS and "(" not in call:
        context = {"word": "way to build it", "allowed": [*CALLS, "NAME(...)"]}
        raise PydanticCustomError("unknown_name", "unknown {word}", context)
    return call


class SubjectSettings(Section):
    """Somebody's own network: `path` is FILE or FILE:NAME, `call` says how NAME is built, or is the call itself.

    `args` are arguments of its constructor by name. In training `update` says whose update is made: that of our
    optimizer from its gradient, or its own. A call of it may take `time_limit` seconds. `patch` is where a check
    writes its corrected lines as a unified diff.
    """

    path: str | None = None
    call: Annotated[str, AfterValidator(_way_to_call)] | None = None
    args: dict[str, JsonValue] = Field(default_factory=dict)
    update: Literal["ours", "theirs"] = "ours"
    patch: str | None = None
    names: SubjectNames = SubjectNames()
    stated: SubjectStated = SubjectStated()
    time_limit: Annotated[float, Field(gt=0, le=3600)] = 10.0

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value
