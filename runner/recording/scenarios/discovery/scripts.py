"""The first training step of a file that is run as a script, on made-up samples where its own can't be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runner.recording.loading.filling import TYPED, Filler
from runner.recording.loading.made_up import LAYOUTS, Shapes
from runner.recording.loading.program import Program
from runner.recording.loading.stand_ins import missing_packages
from runner.recording.loading.tables import columns_of, texts_of
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.discovery.discovered import Description, Discovered
from runner.recording.scenarios.discovery.texts import tree_of
from runner.recording.scenarios.discovery.turns import turn_of
from runner.recording.scenarios.nests import TRAINS_NOTHING
from runner.recording.scenarios.places import Roots
from runner.recording.scenarios.step import Entry
from runner.recording.scenarios.turn import Turn
from runner.recording.scenarios.variants import right_at
from runner.subjects.complaint import Complaint

# What is said when a program has been run as far as to its training: what takes time from then on is our work.
RECORDING = "recording "
# How often the numbers of a layout are changed after an error, before the next layout is tried.
_ADAPTED = 6


def step_of_script(program: Program, name: str = "", before: Callable[[str], None] = lambda text: None) -> Discovered:
    """The first training step of a program that is run as a script; `StepFailed` or `Complaint` if there is none.

    Where it fails for want of its data these are made up.
    """
    try:
        return _script(program, name, before)
    except StepFailed:
        if not (program.lacks_data or missing_packages()):
            raise
        found = _with_made_up(program, name, before)
        if found is None:
            raise
        return found


def _script(program: Program, name: str, before: Callable[[str], None]) -> Discovered:
    def start(program: Program, opened: Callable[[Roots], None], closed: Callable[[], None]) -> None:
        program.load()

    scenario = turn_of(
        program, Entry(f"running {program.file.name}", start, reached=lambda: before(f"{RECORDING}{program.file.name}"))
    )
    described = Description(program.file.name, name, scenario.text)
    notes = () if scenario.cut is None else ("checked on {1} of {0} samples: all take too long".format(*scenario.cut),)
    return Discovered(scenario, program, described, notes=notes)


def _with_made_up(program: Program, name: str, before: Callable[[str], None]) -> Discovered | None:
    """The script on samples that are made up: those of the first layout with which most of its gradients are right.

    Samples in rows where its own are in columns make a right average a wrong one.
    """
    best: Discovered | None = None
    nothing: StepFailed | None = None
    most = -1
    tree = tree_of(program.file)
    columns, texts = columns_of(tree), texts_of(tree)
    for layout in LAYOUTS:
        shapes: Shapes | None = layout
        for _ in range(_ADAPTED):
            assert shapes is not None
            filler = Filler(shapes, columns, texts)
            try:
                found = _script(program.with_made_up(filler), name, before)
            except (StepFailed, Complaint) as error:
                message = error.message if isinstance(error, Complaint) else str(error)
                if filler.missing and message.endswith(TRAINS_NOTHING):
                    nothing = StepFailed(message)
                if not filler.missing or (shapes := shapes.fitted(message)) is None:
                    break
                continue
            if not filler.missing and not filler.typed and not filler.arguments:
                return None
            found.notes = (*found.notes, *_made_up(filler, shapes))
            turn = found.scenario
            right = right_at(turn, turn.points[0]) if isinstance(turn, Turn) else [False]
            if all(right):
                return found
            if sum(right) > most:
                best, most = found, sum(right)
            break
    if best is None and nothing is not None:
        raise nothing
    return best


def _made_up(filler: Filler, shapes: Shapes) -> Iterator[str]:
    """What was made up, as notes."""
    if filler.typed:
        yield f"it asks for input: {TYPED} was typed in each time"
    if filler.arguments:
        yield f"its command line was left empty: {', '.join(filler.arguments)} got a value that is made up"
    if filler.missing:
        reason = next(iter(filler.missing.values()))
        yield f"{', '.join(filler.missing)} could not be read ({reason}); checked on {shapes.said(filler.roles)}"
