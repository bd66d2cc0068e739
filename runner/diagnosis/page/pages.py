"""The pages of a gradient check and of the ladder as text, and the plots of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.gradients.report import COLUMNS, row
from runner.diagnosis.page import errors, network
from runner.diagnosis.page.left import LeftCheck, LeftLadder
from runner.network.faults.catalogue import FAULTS
from runner.report.page.diff import of_lines, of_patch
from runner.report.page.figures import figures
from runner.report.page.rendering import render
from runner.report.plots.plot import Plot

Left = LeftCheck | LeftLadder

PLOTS: dict[str, Plot] = {"network": network.PLOT, "errors": errors.PLOT}
_TONES = {"holds": "good", "breaks": "bad"}
# What the coloured lines of a correction say already.
_IN_PATCH = re.compile(r"should be|or as|(.*, )?line \d+$")


def left_of(data: Mapping[str, Any]) -> Left:
    """What check.json or ladder.json holds, as it is drawn."""
    return LeftLadder.from_dict(data) if "rungs" in data else LeftCheck.from_dict(data)


def page_of(left: Left) -> str:
    """The page as text."""
    shared = {
        "figures": list(figures(left, PLOTS)),
        "columns": COLUMNS,
        "rows": [(array.passed, row(array)) for array in left.arrays],
    }
    if isinstance(left, LeftLadder):
        rungs = [(rung, _TONES.get(rung.status, "open"), list(_found(rung.mistakes))) for rung in left.rungs]
        return render(
            "ladder.html", title="The ladder", ladder=left, chip="holds" if left.passed else "breaks", rungs=rungs,
            **shared,
        )  # fmt: skip
    state = ("right", "good") if left.passed else ("wrong", "bad") if left.arrays else ("not checked", "open")
    return render(
        "check.html",
        title=_name(left.network) or "A gradient check",
        check=left,
        chip=state[0],
        tone=state[1],
        loss=left.loss,
        patch=of_patch(left.patch),
        answer=[line for line in left.answer if not (left.patch and _IN_PATCH.match(line[0]))],
        found=list(_found(left.mistakes, with_lines=not left.patch)),
        remarks=list(_remarks(left)),
        **shared,
    )


def _name(checked: str) -> str:
    """A network from input to output, or a file by its name."""
    return checked.replace(" -> ", " → ") if " -> " in checked else Path(checked).name


def _found(mistakes: Iterable[GradientMistake], *, with_lines: bool = True) -> Iterator[dict[str, Any]]:
    """Mistakes, each with its lines unless these are shown by themselves."""
    for one in mistakes:
        place = "" if one.source is None else f"{one.source.file}, line {one.source.line}"
        right = one.should_read
        written = [text.strip() for text in one.written]
        yield {
            "name": one.fault,
            "where": place or (f"layer {one.layer}" if one.layer is not None else "mistake"),
            "sentence": _sentence(one),
            "diff": of_lines(written, right.split("; ") if right else [], place) if with_lines and written else [],
            "should_read": right if with_lines else None,
            "ties": ", ".join(one.tied_with),
        }


def _sentence(mistake: GradientMistake) -> str:
    """What is wrong and what is right, where the sentence only repeats the name and the line."""
    fault = FAULTS.get(mistake.name)
    repeats = mistake.sentence.startswith(f"{mistake.name}: ")
    return fault.sentences if repeats and fault is not None else mistake.sentence


def _remarks(left: LeftCheck) -> Iterator[str]:
    yield from left.notes
    if left.points:
        yield f"Compared at these parameters: {'; '.join(left.points)}. Each array is shown where it is worst."
    yield from (f"Not checked: {point}, where the loss is not finite." for point in left.left_out)
