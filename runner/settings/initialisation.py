"""The settings of `init`: where the parameters start."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from runner.network.initialisers import INITIALISERS, Initialiser
from runner.settings.base import OneOf, Section, Seed

Chosen = Annotated[Initialiser, OneOf("init", INITIALISERS)]


class InitSettings(Section):
    """The initial weights and biases of all layers, and a seed of their own (null: the run's)."""

    weights: Chosen = Field(default_factory=lambda: INITIALISERS["xavier"](name="xavier"))
    bias: Chosen = Field(default_factory=lambda: INITIALISERS["zeros"](name="zeros"))
    seed: Seed | None = None
