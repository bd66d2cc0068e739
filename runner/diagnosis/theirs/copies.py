"""Copies of somebody's file with a change in it, to be trained in its place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from runner.diagnosis.case import Case
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.scripts.changes.edit import Edit, Source
from runner.recording.loading.source import read_source
from runner.subjects.loading import place_of


@dataclass(frozen=True)
class ChangedCopy:
    """A changed copy: the change of the settings that trains it, and its patch for `file`."""

    change: Change
    patch: str
    file: Path


def source_of(case: Case) -> Source:
    """The text of their file."""
    return Source(read_source(place_of(case.setup.settings.subject.path or "")[0]).text)


def copy_with(case: Case, edit: Edit | None, folder: Path) -> ChangedCopy | None:
    """A copy of the file, and of the modules beside it that it uses, in a folder of its own within `folder`.

    None where that can't be made. Limits: what the file reads beside it by its own place is not copied.
    """
    file, name = place_of(case.setup.settings.subject.path or "")
    source = source_of(case)
    text = None if edit is None else source.applied(edit)
    if edit is None or text is None:
        return None
    own = folder / f"copy_{len(list(folder.iterdir()))}"
    for used in case.setup.network.described()["subject"]["files"]:
        copy = own / used
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.parent / used, copy)
    own.mkdir(exist_ok=True)
    copy = own / file.name
    copy.write_text(text, encoding="utf-8")
    change = Change("subject.path", f"{copy}:{name}" if name else str(copy), source.changed(edit))
    return ChangedCopy(change, source.patch(edit, file), file)
