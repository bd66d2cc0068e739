"""What of the settings means something for a watched script, and what does not."""

from __future__ import annotations

from typing import Any

from runner.errors import Problem, UserError
from runner.settings import Settings


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
        "tracking": {**held["tracking"], "model": False},
        "watch": {key: held["watch"][key] for key in ("every", "layers", "on_nonfinite", "units", "sharpness")},
        "diagnosis": held["diagnosis"],
        "outcome": held["outcome"],
    }
