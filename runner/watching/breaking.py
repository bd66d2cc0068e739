"""The first non-finite step of a script as an event: its line, its operands, its sample, the way to the loss."""

from __future__ import annotations

from pathlib import Path

from runner.files.event_details import Growth, Operand
from runner.files.events import NonfiniteEvent
from runner.recording.watching.floating import Trouble
from runner.recording.watching.observer import Break
from runner.recording.watching.step import WatchedStep
from runner.recording.watching.ways import LOSS, chain
from runner.texts import is_number


def culprit(troubles: tuple[Trouble, ...]) -> Trouble | None:
    """Of what NumPy warned about in a step that broke, what came first and did harm.

    An overflow often does none (the sigmoid of -1000 is 0). So it is the first division by zero or invalid value;
    where that had operands that were not finite already, the first overflow before it.
    """
    harmful = next((one for one in troubles if one.kind != "overflow"), None)
    if harmful is None:
        return troubles[0] if troubles else None
    before = troubles[: troubles.index(harmful)]
    return before[0] if harmful.inherited and before else harmful


def event_of_break(broken: Break, step: WatchedStep, file: Path, growth: Growth | None = None) -> NonfiniteEvent:
    """The event of a step that was not finite."""
    trouble = culprit(broken.troubles)
    if trouble is None:
        return _without_warning(broken, growth)
    way, end = chain(step.ways, trouble.file, trouble.line, trouble.column)
    operands = {name: operand for name, operand in trouble.operands.items() if not is_number(name)}
    where = f"line {trouble.line}" if trouble.file == str(file) else f"{Path(trouble.file).name}, line {trouble.line}"
    sample, unit = _sample_and_unit(trouble, step.samples)
    return NonfiniteEvent(
        kind=trouble.kind,
        step=broken.step,
        phase="backward" if end not in ("", LOSS) else "loss" if step.loss and way[1:] == (LOSS,) else "forward",
        layer=0,
        tensor=trouble.target or trouble.text,
        call=f"{where}: {trouble.text}",
        position=trouble.line,
        count=trouble.count,
        size=trouble.size,
        sample=sample,
        samples=None if sample is None else (sample,),
        unit=unit,
        operands=operands,
        origin=trouble.origin,
        chain=way,
        first=True,
        approach=growth,
    )


def _without_warning(broken: Break, growth: Growth | None) -> NonfiniteEvent:
    """NumPy did not warn: the data were not finite, or warnings are switched off in the script."""
    name = broken.names[0] if broken.names else LOSS
    operands: dict[str, Operand] = {}
    return NonfiniteEvent("nan", broken.step, "forward", 0, name, name, operands=operands, first=True, approach=growth)


def _sample_and_unit(trouble: Trouble, samples: int | None) -> tuple[int | None, int | None]:
    if trouble.position is None or samples is None or samples not in trouble.shape:
        return None, None
    axis = trouble.shape.index(samples)
    others = [at for k, at in enumerate(trouble.position) if k != axis]
    return trouble.position[axis], others[0] if others else None
