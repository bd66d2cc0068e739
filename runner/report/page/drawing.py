"""Plots as SVG that stands in a page: text as text, colours as CSS variables, a title and a description.

matplotlib writes whole documents. What a page has no use for is taken out, and each colour of the style becomes the
variable of its name, so that the same drawing is readable on a light and on a dark ground.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from markupsafe import Markup, escape

from runner.report.page.layout import fit
from runner.report.plots.plot import Plot
from runner.report.plots.style import NAMES, styled

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_GROUP_IDS = re.compile(r' id="(?:figure|axes|patch|line2d|text|xtick|ytick|matplotlib\.axis|legend)_\d+"')
_SIZE = re.compile(r'(<svg [^>]*?)width="([\d.]+)pt" height="([\d.]+)pt"')
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_FONT = re.compile(r"font: ([\d.]+)px [^;\"]*")
_TICKS = 6  # about, of an axis: each is as dear as a curve
_POINTS = 72  # of SVG, an inch
_MOST_PIXELS = 120  # dots an inch of what is drawn as an image


def drawing(
    plot: Plot, data: Any, title: str, words: str, salt: str, size: tuple[float, float] | None = None
) -> Markup:
    """One panel of a plot as an `<svg>` element; `salt` keeps its identifiers apart from those of other panels."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import RendererSVG
    from matplotlib.figure import Figure

    width, height = size or plot.size(data)
    with styled(), rc_context({"svg.hashsalt": salt}), warnings.catch_warnings():
        # Text stays text, so the browser's fonts draw it; matplotlib's only measure it.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = Figure(figsize=(width, height), dpi=_POINTS)
        axes = figure.add_subplot()
        axes.locator_params(nbins=_TICKS, steps=(1, 2, 5, 10))
        plot.draw(data, axes)
        file = io.StringIO()
        # `savefig` would draw it twice, and has no place for a layout in between.
        make: Any = RendererSVG
        renderer = make(_POINTS * width, _POINTS * height, file, image_dpi=_MOST_PIXELS)
        fit(figure, renderer)
        figure.draw(renderer)
        renderer.finalize()
    return inline(file.getvalue(), title, words)


def inline(document: str, title: str, words: str) -> Markup:
    """A document of matplotlib's as an element of a page. Its text is escaped by matplotlib, title and words here."""
    text = _METADATA.sub("", _HEAD.sub("", document))
    text = _GROUP_IDS.sub("", text)
    text = text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    text = text.replace(' xmlns="http://www.w3.org/2000/svg"', "")
    text = _SIZE.sub(lambda found: f'{found[1]}role="img" style="max-width:{float(found[2]) * 2:.0f}px"', text, count=1)
    text = _FONT.sub(lambda found: f"font-size: {found[1]}px", text)
    text = _COLOUR.sub(_variable, text)
    said = f"<title>{escape(title)}</title><desc>{escape(words)}</desc>"
    return Markup(re.sub(r"(<svg [^>]*>)", lambda found: found[1] + said, text, count=1).strip())


def _variable(found: re.Match[str]) -> str:
    name = NAMES.get(found[0])
    return found[0] if name is None else f"var(--{name})"
