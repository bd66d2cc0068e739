"""The gallery: its script makes the pictures that its page shows, of the commands that it names."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"\]\(gallery/(\w+)\.png\)", PAGE)


def script() -> ModuleType:
    """docs/gallery.py as a module."""
    spec = importlib.util.spec_from_file_location("gallery", DOCS / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_picture_is_of_the_command_above_it() -> None:
    """What the page says to type is what the script runs, and every picture is there."""
    made = script()
    typed = re.findall(r"```sh\npython -m runner (.*)\n", PAGE)
    ran = [list(settings) for settings, _ in made.RUNS.values()]
    checked = [list(command) for command in made.CHECKS.values()]
    assert [shlex.split(line) for line in typed] == [*ran, ["-m", *made.SWEEP], *checked]
    assert [*made.RUNS, "sweep", *made.CHECKS] == SHOWN
    assert sorted(SHOWN) == sorted(path.stem for path in (DOCS / "gallery").glob("*.png"))


@pytest.mark.slow
def test_the_script_makes_every_picture(tmp_path: Path) -> None:
    """Pages are written and pictures taken, as wide as those that are kept."""
    made = script()
    made.main(tmp_path)
    for name in SHOWN:
        with Image.open(tmp_path / f"{name}.png") as new, Image.open(DOCS / "gallery" / f"{name}.png") as kept:
            assert new.width == kept.width == made.SHOWN
            assert new.height > 400
