"""whynan init: copy the shipped conf/ into the working folder, for editing.

Files in ./conf come before the shipped ones of the same name. A conf/ that is there already is never touched.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from runner.cli.screen.terminal import results
from runner.composition.options import shipped_folder
from runner.errors import Problem, UserError


def main(arguments: list[str]) -> int:
    """Copy the folder; `UserError` where there is one already or it can't be written."""
    if arguments:
        raise UserError(Problem("", f"init takes no arguments, not {' '.join(arguments)!r}"))
    target = Path.cwd() / "conf"
    if target.exists():
        raise UserError(Problem("", f"{target} is there already; move it away first"))
    try:
        shutil.copytree(shipped_folder(), target)
    except OSError as error:
        raise UserError(Problem("", f"can't write {target}: {error.strerror}")) from error
    results().print("wrote conf/: edit its files, or add your own beside them")
    return 0
