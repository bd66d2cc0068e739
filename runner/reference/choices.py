"""What can be chosen by name: experiments, data sets, losses, activations, initialisers, optimisers, schedules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from runner.composition.options import shipped_folder
from runner.datasets import FAMILIES
from runner.network.activations import ACTIVATIONS
from runner.network.initialisers import INITIALISERS
from runner.network.losses import LOSSES
from runner.reference.comments import heading
from runner.reference.settings import Setting, settings
from runner.settings.optimizer import OPTIMIZERS
from runner.settings.schedule import SCHEDULES


@dataclass(frozen=True)
class Choice:
    """One of what can be chosen by name.

    `summary` is a line; `details` says more, with its formula where it has one ("" where there is no more to say);
    `override` is how it is typed, `settings` are those of it.
    """

    name: str
    summary: str
    details: str
    override: str
    settings: tuple[Setting, ...] = ()


def experiments() -> list[Choice]:
    """The shipped experiments."""
    folder = shipped_folder() / "experiment"
    names = [file.relative_to(folder).with_suffix("").as_posix() for file in sorted(folder.rglob("*.yaml"))]
    return [_of_file("experiment", name, "") for name in sorted(names, key=lambda name: ("/" in name, name))]


def datasets() -> list[Choice]:
    """The data sets."""
    return [_of_file("dataset", name, _text(model)) for name, model in FAMILIES.items()]


def losses() -> list[Choice]:
    """The losses; the calls of one are what `show program` prints."""
    more = "`show program loss={}` prints its calls and those of its derivative."
    return [_of_file("loss", name, more.format(name)) for name in LOSSES]


def activations() -> list[Choice]:
    """The activation functions."""
    found = []
    for name, function in ACTIVATIONS.items():
        low, high = function.image(function.parameters)
        summary = f"f(z) = {function.formula}; values from {low:g} to {high:g}"
        found.append(_choice(name, summary, "", "network.activation"))
    return found


def inits() -> list[Choice]:
    """The rules for initial weights; those of biases are the same, under `init.bias`."""
    return [
        Choice(name, *_described("init", name, _text(model)), f"init={name}", _own(f"init.weights={name}"))
        for name, model in INITIALISERS.items()
    ]


def optimizers() -> list[Choice]:
    """The optimisers."""
    return [_of_file("optimizer", name, _text(model)) for name, model in OPTIMIZERS.items()]


def schedules() -> list[Choice]:
    """The schedules of the learning rate."""
    return [
        _choice(name, first, "\n\n".join(rest), "optimizer.schedule")
        for name, (first, *rest) in ((name, _paragraphs(model)) for name, model in SCHEDULES.items())
    ]


KINDS: Mapping[str, Callable[[], Iterable[Choice]]] = {
    "experiments": experiments,
    "datasets": datasets,
    "losses": losses,
    "activations": activations,
    "inits": inits,
    "optimizers": optimizers,
    "schedules": schedules,
}


def _of_file(group: str, name: str, details: str) -> Choice:
    override = f"{group}={name}"
    shared = tuple(
        one for one in settings() if one.path.startswith(f"{group}.") and override in (one.choices or (override,))
    )
    return Choice(name, *_described(group, name, details), override, shared)


def _described(group: str, name: str, details: str) -> tuple[str, str]:
    """The line that stands above the YAML of a choice, and what there is to say besides."""
    line = heading((shipped_folder() / group / f"{name}.yaml").read_text(encoding="utf-8"))
    return line, "" if details == line else details


def _choice(name: str, summary: str, details: str, path: str) -> Choice:
    """A choice without a file of its own: one with settings is typed as a mapping."""
    own = _own(f"{path}={name}")
    inside = ", ".join([f"name: {name}", *(f"{_last(one)}: {_example(one)}" for one in own)])
    return Choice(name, summary, details, f"'{path}={{{inside}}}'" if own else f"{path}={name}", own)


def _last(setting: Setting) -> str:
    return setting.path.rpartition(".")[2]


def _example(setting: Setting) -> str:
    return "[1000, 2000]" if setting.default == "must be given" else setting.default


def _own(choice: str) -> tuple[Setting, ...]:
    return tuple(one for one in settings() if choice in one.choices)


def _text(model: type[BaseModel]) -> str:
    return "\n\n".join(_paragraphs(model))


def _paragraphs(model: type[BaseModel]) -> list[str]:
    """A docstring's paragraphs, each as one line."""
    return [" ".join(paragraph.split()) for paragraph in (inspect.getdoc(model) or "").split("\n\n")]
