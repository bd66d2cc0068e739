"""Pages from templates: everything that goes into one is escaped, and nothing in one is fetched from anywhere."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from runner.report.plots.style import DARK, NAMES

_HERE = Path(__file__).parent


def render(template: str, **content: Any) -> str:
    """A page from one of the templates beside this module."""
    return str(_environment().get_template(template).render(style=_style(), **content))


def keep(page: str, path: Path) -> Path:
    """Write a page, completely or not at all; gives its path."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)
    return path


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


@cache
def _style() -> Markup:
    """The style sheet, with the colours of the plots on a light and on a dark ground."""
    light = "".join(f"--{name}:{colour};" for colour, name in NAMES.items())
    dark = "".join(f"--{name}:{DARK[colour]};" for colour, name in NAMES.items())
    sheet = (_HERE / "templates" / "page.css").read_text(encoding="utf-8")
    # A page is printed dark on light, whatever the screen shows.
    schemes = f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return Markup(f"{schemes}\n{sheet}")
