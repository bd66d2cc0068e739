"""Watching a loop of one's own from Python."""

from __future__ import annotations

from runner.api.arguments import composed
from runner.composition.watched import refuse_others
from runner.watching.notebook import Watching


def watch(*overrides: str) -> Watching:
    """Watch the training loop in a `with` block, and say why it broke.

    The block stands at the top of a notebook's cell, or of a script, and does what it would do without the watch. When
    it has ended, what was not finite and why it broke is printed, and stands in the `result` of the context.

    Args:
        overrides: Settings of `tracking`, `watch`, `diagnosis` and `hydra.run.dir`, as on the command line.

    Raises:
        UserError: A setting is wrong, or the block stands in a function.

    Examples:
        >>> with watch("tracking=none"):  # doctest: +SKIP
        ...     for step in range(1000):
        ...         train_step()
    """
    configuration = composed(overrides)
    refuse_others(configuration)
    return Watching(configuration.settings, configuration.recordable, configuration.folder, configuration.overrides)
