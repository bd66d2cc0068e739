"""The configuration on a rung: everything of it that a rung has room for, in the rung's sizes and on its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runner.datasets import FAMILIES
from runner.diagnosis.ladder.rung import Rung
from runner.diagnosis.ladder.tables import AND_UNITS, XOR_UNITS, samples
from runner.errors import Problem, UserError
from runner.network.initialisers import INITIALISERS
from runner.settings import Settings
from runner.settings.network import ActivationSettings, NetworkSettings
from runner.training.setup import Setup, prepare


def setups(settings: Settings, rungs: Sequence[Rung]) -> list[tuple[Setup, list[str]]]:
    """Each rung's setup, with the faults that can act in it, and those that can't.

    Raises `UserError` for a fault that can act on none of the rungs, with what the highest says of it.
    """
    found, refused, acted = [], dict[str, list[Problem]](), set[str]()
    for rung in rungs:
        base = on(settings, rung)
        idle = []
        for text in settings.faults:
            try:
                prepare(base.model_copy(update={"faults": (text,)}))
            except UserError as error:
                refused[text] = list(error.problems)
                idle.append(text)
            else:
                acted.add(text)
        acting = tuple(text for text in settings.faults if text not in idle)
        found.append((prepare(base.model_copy(update={"faults": acting})), idle))
    problems = [problem for text, found in refused.items() if text not in acted for problem in found]
    if problems:
        raise UserError(problems)
    return found


def on(settings: Settings, rung: Rung) -> Settings:
    """The settings on a rung, without faults."""
    one_hot = wants_one_hot(settings)
    X, Y = samples(rung.dataset, one_hot=one_hot)
    task = "classes" if one_hot else "binary"
    init = settings.init
    if has_explicit_start(settings):
        init = init.model_copy(
            update={"weights": INITIALISERS["xavier"](name="xavier"), "bias": INITIALISERS["zeros"](name="zeros")}
        )
    return settings.model_copy(
        update={
            "dataset": FAMILIES["inline"].model_validate({"name": "inline", "X": X, "Y": Y, "task": task}),
            "network": _network(settings.network, rung),
            "init": init,
            "loss": settings.loss.model_copy(update={"class_weights": None}),
            "dtype": "float64",
            "batch_size": None,
            "faults": (),
        }
    )


def wants_one_hot(settings: Settings) -> bool:
    """Whether output or loss are for classes, and the answers 0 and 1 become two classes."""
    return settings.network.output.name == "softmax" or settings.loss.name == "categorical_cross_entropy"


def has_explicit_start(settings: Settings) -> bool:
    """Whether the start is written down number by number, for other sizes than a rung's."""
    return "explicit" in (settings.init.weights.name, settings.init.bias.name)


def left_aside(settings: Settings, *, chose_data: bool) -> Iterator[str]:
    """What of the configuration the ladder doesn't take, a sentence each."""
    if chose_data:
        yield f"the data are those of the rungs, AND and XOR: dataset={settings.dataset.name} is ignored"
    if settings.subject.path is not None:
        if settings.faults:
            yield "faults are put into the configured network, not into yours: they are ignored"
        return
    if settings.network.dropout_rates:
        yield "a rung is computed by hand, nothing is dropped out: network.dropout is ignored"
    if settings.network.batch_norm:
        yield "a rung is computed by hand, nothing is normalised over the batch: network.batch_norm is ignored"
    if settings.loss.class_weights is not None:
        yield "the classes of a rung count alike: loss.class_weights is ignored"
    if has_explicit_start(settings):
        yield "init=explicit fits no other sizes: the ladder uses init=xavier and biases of 0"


def _network(network: NetworkSettings, rung: Rung) -> NetworkSettings:
    activations: tuple[ActivationSettings, ...] = network.hidden_activations
    if not activations:  # no hidden layer is configured
        single = network.activation
        activations = (single,) if isinstance(single, ActivationSettings) else NetworkSettings().hidden_activations
    widths: tuple[int, ...] = ()
    if not rung.one_layer and rung.dataset == "and":
        widths = (AND_UNITS,)
    elif not rung.one_layer:
        widths = tuple(max(width, XOR_UNITS) for width in network.hidden) or (XOR_UNITS,)
    plain = {"dropout": 0.0, "batch_norm": False}
    return network.model_copy(update={"hidden": widths, "activation": activations[: len(widths)], **plain})
