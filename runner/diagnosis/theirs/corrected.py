"""A copy of somebody's file with the corrected line that a check has found, to be trained in its place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.scripts.correction import correction
from runner.diagnosis.scripts.edit import Source
from runner.diagnosis.subjects.finding import EditFound
from runner.recording.loading.source import read_source
from runner.subjects.loading import place_of


@dataclass(frozen=True)
class CorrectedCopy:
    """A corrected copy: the change of the settings that trains it, its lines as a diff, `patch` for `file`."""

    change: Change
    lines: tuple[str, ...]
    patch: str
    file: Path


def corrected(case: Case, best: EditFound, folder: Path) -> CorrectedCopy | None:
    """A copy in `folder` of the file, and of the modules beside it that it uses; None where that can't be made.

    Limits: what the file reads beside it by its own place is not copied.
    """
    path = case.setup.settings.subject.path or ""
    file, name = place_of(path)
    source = Source(read_source(file).text)
    edit = correction(source, best, file.name)
    text = None if edit is None else source.applied(edit)
    if edit is None or text is None:
        return None
    for used in case.setup.network.described()["subject"]["files"]:
        copy = folder / used
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.parent / used, copy)
    copy = folder / file.name
    copy.write_text(text, encoding="utf-8")
    change = Change("subject.path", f"{copy}:{name}" if name else str(copy))
    return CorrectedCopy(change, source.changed(edit), source.patch(edit, file), file)
