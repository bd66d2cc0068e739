"""Containers and objects copied by `copy`: what is in the copy was made of what is in the original."""

from __future__ import annotations

from typing import Any

import numpy as np

from runner.recording.rewriting.sites import Site
from runner.recording.taping.arguments import Arguments
from runner.recording.taping.notes import Notes
from runner.recording.taping.values import Packing, followed


def copied(recorder: Notes, site: Site, old: Any, new: Any, seen: set[int]) -> None:
    """Note that what is in `new` was copied from what is in `old`."""
    if old is new or id(new) in seen:
        return
    seen.add(id(new))
    if followed(new) and followed(old):
        if isinstance(new, np.ndarray) and recorder.memory.block(new) is None:
            packing = Packing(recorder)
            arguments = Arguments((packing.of(old, site.place),))
            recorder.emit(site, "copy", new, packing, np.array, arguments)
    elif isinstance(new, dict) and isinstance(old, dict):
        for name in new:
            if name in old:
                copied(recorder, site, old[name], new[name], seen)
    elif isinstance(new, list | tuple) and isinstance(old, list | tuple):
        for before, after in zip(old, new, strict=False):
            copied(recorder, site, before, after, seen)
    elif type(new) is type(old) and hasattr(new, "__dict__") and not isinstance(new, type):
        copied(recorder, site, vars(old), vars(new), seen)
