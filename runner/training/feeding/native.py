"""Whether the steps of a run can be taken without Python, and if not, because of which of its calls."""

from __future__ import annotations

from collections.abc import Iterator

from runner.network.native.calls import nests_of
from runner.network.native.library import library
from runner.network.native.loops import NoLoopError
from runner.network.ops import Bound
from runner.network.program import Phase
from runner.training.feeding.batches import batches_of
from runner.training.feeding.masks import with_masks
from runner.training.setup import Setup


def left_to_python(setup: Setup) -> Iterator[str]:
    """The calls of a step that only Python can carry out, as mathematics."""
    (segment,) = with_masks(batches_of(setup, setup.workspace()), [setup]).segments(0, 1)
    if not all(map(_has_loops, segment.feed)):
        yield "the random numbers of the masks"
    program = segment.batch.workspace.program
    for call in program.of(*Phase):
        if not _has_loops(segment.batch.bind(call)):
            yield str(call)


def runtime_of(setup: Setup) -> str:
    """Who makes the calls of a run's steps, in a sentence."""
    if setup.settings.runtime == "python":
        return "Python makes the calls, as runtime=python asks"
    if library() is None:
        return "Python makes the calls: nothing was compiled at installation, or not for this source and this NumPy"
    left = list(left_to_python(setup))
    return f"Python makes the calls because of {'; '.join(left)}" if left else "compiled code makes the calls"


def _has_loops(call: Bound) -> bool:
    try:
        return bool(nests_of(call))
    except NoLoopError:
        return False
