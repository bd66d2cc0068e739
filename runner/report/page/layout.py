"""Where the axes of a figure stand: as large as their labels, title and legend leave room for, measured once.

matplotlib's constrained layout measures everything twice, and drawing once more: two fifths of the time of a page.
"""

from __future__ import annotations

from typing import Any

_PAD = 3.0  # points around everything
_ABOUT = (0.15, 0.15, 0.8, 0.7)  # where axes stand while their labels are measured


def fit(figure: Any, renderer: Any) -> None:
    """Give the axes of a figure that has only these all of its room; other figures lay themselves out."""
    if len(figure.axes) != 1:
        return
    (axes,) = figure.axes
    figure.set_layout_engine("none")
    axes.set_position(_ABOUT)
    around, inside = axes.get_tightbbox(renderer, for_layout_only=True), axes.get_window_extent(renderer).frozen()
    up, across = axes.yaxis.label, axes.xaxis.label
    beside, below = up.get_position()[0] - inside.x0, across.get_position()[1] - inside.y0
    left, bottom = inside.x0 - around.x0 + _PAD, inside.y0 - around.y0 + _PAD
    right, top = max(0.0, around.x1 - inside.x1) + _PAD, max(0.0, around.y1 - inside.y1) + _PAD
    all_wide, all_high = figure.bbox.size
    wide, high = max(1.0, all_wide - left - right), max(1.0, all_high - bottom - top)
    axes.set_position((left / all_wide, bottom / all_high, wide / all_wide, high / all_high))
    # The names of the axes keep their distance: without, they look for it again beside the labels of the ticks.
    axes.yaxis.set_label_coords(beside / wide, up.get_position()[1])
    axes.xaxis.set_label_coords(across.get_position()[0], below / high)
