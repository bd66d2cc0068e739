"""The one style of all plots: colours that any colour vision distinguishes, on a light or a dark ground.

The colours of the series are those of Okabe and Ito (2008), a little darker where they are thin lines. A page draws
them with CSS variables in their place, so that one drawing serves a light and a dark page: `COLOURS` has both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

INK, SOFT, GRID, GROUND = "#1f2933", "#5f6b7a", "#dde2e8", "#ffffff"
BLUE, ORANGE, GREEN, PINK, AMBER, PURPLE = "#0072b2", "#d55e00", "#008f68", "#b8578f", "#b97f00", "#6a51a3"
BAD = "#c0392b"
FULL = 0.6  # how opaque the fullest cell of a table is: text in it is readable on a light and on a dark ground
SERIES = (BLUE, ORANGE, GREEN, PINK, AMBER, PURPLE)

# Each colour as it is on a dark ground.
DARK = {
    INK: "#e7eaef",
    SOFT: "#a3aebc",
    GRID: "#36404d",
    GROUND: "#161b22",
    BLUE: "#5fb0e8",
    ORANGE: "#f58f4e",
    GREEN: "#3fcb9c",
    PINK: "#e59fc6",
    AMBER: "#ecbf45",
    PURPLE: "#b4a3ea",
    BAD: "#ff8375",
}
# The name of each as a CSS variable.
NAMES = {
    INK: "ink",
    SOFT: "soft",
    GRID: "grid",
    GROUND: "ground",
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    PINK: "pink",
    AMBER: "amber",
    PURPLE: "purple",
    BAD: "bad",
}

_CHARACTERS = 11  # of a legend in an inch
# Inches; a page shows a plot about as large as it is drawn, so that its text is readable on a telephone.
WIDTH, HEIGHT = 3.9, 2.7
# How labels below an axis stand that are too wide side by side.
TURNED: Mapping[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
_RC: dict[str, Any] = {
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "axes.formatter.limits": (-4, 5),
    "axes.formatter.use_mathtext": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "path.simplify_threshold": 0.2,
    "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
    "text.color": INK,
    "text.parse_math": False,  # names may hold anything
    "xtick.color": SOFT,
    "xtick.labelsize": 8.5,
    "ytick.color": SOFT,
    "ytick.labelsize": 8.5,
}


@contextmanager
def styled() -> Iterator[None]:
    """The style, for figures that are made and drawn within the block."""
    from matplotlib import rc_context

    with rc_context(_RC):  # type: ignore[arg-type]
        yield


def colours(count: int) -> list[str]:
    """So many colours, easily distinguished; of many, which stand for layers, a scale from first to last."""
    if count <= len(SERIES):
        return list(SERIES[:count])
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    scale = colormaps["viridis"]
    return [to_hex(scale(0.25 + 0.6 * k / (count - 1))) for k in range(count)]


def class_colours(count: int) -> list[str]:
    """A colour for each of so many classes, numbered from 0."""
    if count <= len(SERIES):
        return [BLUE, ORANGE, *SERIES[2:count]][:count]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["tab20"](k % 20)) for k in range(count)]


def cut(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def legend(axes: Any, *, handles: Sequence[Any] | None = None) -> None:
    """A legend above the axes, in rows as long as the figure is wide."""
    if handles is None:
        handles = axes.get_legend_handles_labels()[0]
    room = int(axes.figure.get_figwidth() * _CHARACTERS)
    labels = [cut(str(handle.get_label()), room - 8) for handle in handles]
    if not labels:
        return
    columns = max(1, min(len(labels), room // (max(map(len, labels)) + 5)))
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        columnspacing=1.2,
        handletextpad=0.5,
        labelspacing=0.3,
    )
