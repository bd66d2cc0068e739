"""What of the settings means something for a watched script, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.errors import Problem, UserError
from runner.settings import Settings

# Settings of `watch` and `tracking` that change nothing here, and what the watch of a script does instead.
INSTEAD = {
    "watch.units": "its dead and saturated units are counted at steps at logarithmic distance; watch.layers=false "
    "leaves that out",
    "watch.sharpness": "the learning rate that its curvature allows is worked out when causes are looked for, at an "
    "early and at the last finite step of the run; diagnosis=none leaves that out",
    "tracking.model": "its network can't be logged as a model; its parameters are left in weights.npz",
    "tracking.diff": "no patch is kept; the record holds the digest of the script and the git commit",
}


def watch_config(settings: Settings) -> dict[str, Any]:
    """The settings that a watched run records; `UserError` for those that can't hold for somebody's script."""
    watch = settings.watch
    if watch.on_nonfinite in ("skip", "rollback"):
        message = "the update is the script's own, and can't be left out or taken back"
        raise UserError(Problem("watch.on_nonfinite", message, given=watch.on_nonfinite, allowed=["stop", "continue"]))
    if watch.evaluate is not None:
        message = "what the accuracy of a script is, is not known; leave it out"
        raise UserError(Problem("watch.evaluate", message, given=watch.evaluate))
    held = settings.model_dump(mode="json")
    return {
        "tracking": {**_heeded("tracking", held), "model": False},
        "watch": {key: value for key, value in _heeded("watch", held).items() if key != "evaluate"},
        "diagnosis": held["diagnosis"],
        "outcome": held["outcome"],
        **{key: held[key] for key in ("name", "description", "tags")},
    }


def _heeded(group: str, held: Mapping[str, Any]) -> dict[str, Any]:
    """A group's settings, without those that change nothing."""
    return {key: value for key, value in held[group].items() if f"{group}.{key}" not in INSTEAD}
