"""Settings that mean nothing for somebody's own network, or that can't be kept with it."""

from __future__ import annotations

from collections.abc import Iterator

from runner.errors import Problem
from runner.settings import Settings
from runner.settings.optimizer import LBFGSSettings, SGDSettings
from runner.subjects.naming_habits import RATES
from runner.subjects.naming_habits import plain as plain_name

# What each group of settings describes, and what to say in its place.
_OURS = {
    "network": "describes the layers of our network; those of your own are arguments of its constructor, "
    "subject.args.NAME=..., or stand in subject.call",
    "init": "says where our network starts; your own starts as its constructor says, from numpy.random.seed of the "
    "run's seed (init.seed, seed)",
    "loss": "is what our network minimises; your own has its loss, and subject.names.loss says which call that is",
    "faults": "are put into our network; your own file is changed by you",
}


def meaningless(settings: Settings) -> Iterator[Problem]:
    """What is set, in other ways than it is by default, of what only our networks have."""
    plain, given = Settings().model_dump(), settings.model_dump()
    for group in ("init", "loss"):
        for key, value in given[group].items():
            if value != plain[group][key] and (group, key) != ("init", "seed"):
                yield _problem(group, f"{group}.{key}", value)
    for key, value in given["network"].items():
        if key != "hidden" and value != plain["network"][key]:
            yield _problem("network", f"network.{key}", value)
    for name, value in settings.subject.args.items():
        if plain_name(name) in RATES and value != settings.optimizer.model_dump().get("lr"):
            message = "the learning rate of a run is optimizer.lr, which your own update is given, too"
            yield Problem(f"subject.args.{name}", message, given=value, allowed=(f"optimizer.lr={value}",))
    if settings.faults:
        yield _problem("faults", "faults", list(settings.faults))
    if settings.dtype != "float64":
        yield Problem("dtype", "your own network is given float64", given=settings.dtype, allowed=("float64",))
    if isinstance(settings.optimizer, LBFGSSettings):
        message = "its line search needs the loss of networks of ours"
        yield Problem("optimizer.name", message, given="lbfgs", allowed=("sgd", "rmsprop", "adam", "adamw"))
    if settings.subject.update == "theirs":
        yield from _of_our_update(settings)


def typed(key: str) -> Problem | None:
    """What is wrong with an override of this key beside a subject, whatever its value; None where nothing is."""
    group = key.lstrip("+~").partition(".")[0]
    if group not in _OURS or key.endswith(("network.hidden", "init.seed")):
        return None
    return Problem(key.lstrip("+~"), _OURS[group])


def hidden_without_use(settings: Settings, built: str) -> Problem | None:
    """What is wrong with `network.hidden` where the network is built as `built` says, without hidden sizes."""
    hidden = settings.network.hidden
    if hidden == Settings().network.hidden or "sizes" in built:
        return None
    return _problem("network", "network.hidden", list(hidden))


def _of_our_update(settings: Settings) -> Iterator[Problem]:
    optimizer = settings.optimizer
    why = "belongs to our update; with subject.update=theirs your network makes its own"
    if not isinstance(optimizer, SGDSettings):
        yield Problem("optimizer.name", why, given=optimizer.name, allowed=("sgd",))
        return
    plain = SGDSettings().model_dump()
    for key, value in optimizer.model_dump().items():
        if key != "lr" and value != plain[key]:
            yield Problem(f"optimizer.{key}", why, given=value)
    policy = settings.watch.on_nonfinite
    if policy in ("skip", "rollback"):
        message = "can't take back an update that your network has made itself (subject.update=theirs)"
        yield Problem("watch.on_nonfinite", message, given=policy, allowed=("stop", "continue"))


def _problem(group: str, path: str, given: object) -> Problem:
    return Problem(path, _OURS[group], given=given)
