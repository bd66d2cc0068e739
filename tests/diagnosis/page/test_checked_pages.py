"""The pages of `check` and `ladder`: what they show, how they are made, and their plots in Python."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from commands import Whynan
from matplotlib import pyplot

from runner import check, ladder
from runner.diagnosis.gradients.entries import grid_of_errors
from runner.diagnosis.gradients.gradient_check import ArrayCheck
from runner.diagnosis.page.errors import layers
from runner.diagnosis.page.left import LeftCheck
from runner.diagnosis.page.network import drawing
from runner.diagnosis.page.pages import PLOTS, page_of
from runner.report.page.diff import of_lines, of_patch

pytestmark = pytest.mark.usefixtures("warm_workers")

FAULTY = "'faults=[missing_activation_derivative@1]'"
NET = Path(__file__).parents[3] / "docs" / "my_net.py"


class Words(HTMLParser):
    """The text of a page, the text of each line of its coloured diffs, and how many drawings it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self.names: list[str] = []
        self.feed(page)
        diffs = re.findall(r'<div class="(removed|added)">(.*?)</div>', page)
        marked = [(kind, re.sub(r'<span class="(at|sign)">[^<]*</span>|<[^>]*>', "", line)) for kind, line in diffs]
        self.diff = [(kind, unescape(line)) for kind, line in marked]
        self.text = " ".join(" ".join(self.all).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        self.all.append(data)


def array(name: str, layer: int, shape: tuple[int, ...], *, passed: bool = True, is_bias: bool = False) -> ArrayCheck:
    """An array whose entries all have the same error."""
    cells = np.arange(int(np.prod(shape))).reshape(shape)
    off = 0.0 if passed else 1.0
    errors = grid_of_errors(cells, cells.ravel(), np.ones(cells.size), np.ones(cells.size) + off)
    size = cells.size
    return ArrayCheck(name, layer, is_bias, passed, off / 2, 1.0, 1.0, None, "right", size, size, 0, "", shape, errors)


def checked(*arrays: ArrayCheck, network: str = "") -> LeftCheck:
    """A check of these arrays."""
    return LeftCheck(network, "", all(one.passed for one in arrays), "A sentence.", arrays, ())


def test_the_error_of_an_entry_is_relative_to_the_larger_of_the_two() -> None:
    """|a - n| / max(|a|, |n|), with a floor for entries that are next to nothing; null where none was checked."""
    cells = np.arange(6).reshape(2, 3)
    a, n = np.array([1.0, 4.0, 1e-9, -2.0]), np.array([1.0, 5.0, 0.0, 2.0])
    grid = grid_of_errors(cells, np.array([0, 1, 3, 5]), a, n)
    floor = 0.01 * np.sqrt((1 + 25 + 4) / 4)
    assert grid == ((0.0, 0.2, None), (float(f"{1e-9 / floor:.2e}"), None, 2.0))


def test_a_large_array_shares_cells() -> None:
    """Of more than 40 rows or columns several entries stand in a cell, which has the largest of their errors."""
    cells = np.arange(100 * 30).reshape(100, 30)
    a = np.ones(cells.size)
    a[cells[99, 29]] = 1.5
    grid = np.array(grid_of_errors(cells, cells.ravel(), a, np.ones(cells.size)))
    assert grid.shape == (34, 30)
    assert np.argwhere(grid > 0).tolist() == [[33, 29]]
    assert grid[33, 29] == pytest.approx(1 / 3, rel=0.01)


def test_a_derivative_that_is_not_finite_is_all_wrong() -> None:
    """NaN counts as an error of 1, not as right."""
    with np.errstate(invalid="ignore"):
        grid = grid_of_errors(np.arange(2), np.arange(2), np.array([np.nan, 1.0]), np.array([1.0, 1.0]))
    assert grid[0][0] == 1.0


def test_a_patch_is_lines_with_their_numbers() -> None:
    """Removed and added lines stand in pairs with what differs marked; lines around them have their numbers."""
    patch = "--- a/net.py\n+++ b/net.py\n@@ -3,3 +3,3 @@\n a = 1\n-d = x * (1 - z)\n+d = x * (1 - a)\n b = 2\n"
    place, before, old, new, after = of_patch(patch)
    assert (place.kind, place.text) == ("place", "net.py")
    assert (before.kind, before.number, before.text) == ("same", 3, "a = 1")
    assert (old.kind, old.number, [text for text, changed in old.pieces if changed]) == ("removed", 4, ["z"])
    assert (new.kind, new.number, [text for text, changed in new.pieces if changed]) == ("added", None, ["a"])
    assert (after.number, after.text) == (5, "b = 2")


def test_lines_that_have_little_in_common_are_marked_as_a_whole() -> None:
    """Where nothing of a line stays, no single characters stand out."""
    old, new = of_lines(["return theta"], ["delta @ W.T * f(Z)"])
    assert [changed for _, changed in (*old.pieces, *new.pieces)] == [False, False]


@pytest.mark.parametrize(
    ("arrays", "sizes"),
    [
        ([array("W1", 1, (2, 4)), array("b1", 1, (4,), is_bias=True), array("W2", 2, (4, 1))], (2, 4, 1)),
        ([array("W1", 1, (4, 2)), array("b1", 1, (4, 1), is_bias=True), array("W2", 2, (1, 4))], (2, 4, 1)),
        ([array("W1", 1, (3, 4)), array("W2", 2, (5, 1))], (3, 4, 1)),
        ([array("Wx", 1, (2, 4)), array("Wh", 1, (4, 4)), array("Wy", 2, (4, 1))], ()),
        ([array("K", 1, (3, 3, 2)), array("W2", 2, (4, 1))], ()),
    ],
    ids=["inputs first", "outputs first", "bias inside", "recurrent", "convolution"],
)
def test_a_chain_of_layers_is_found_by_the_shapes(arrays: list[ArrayCheck], sizes: tuple[int, ...]) -> None:
    """Weights fit together in either direction; what is no chain of layers is drawn as boxes."""
    found = drawing(checked(*arrays))
    assert found is not None
    assert found.sizes == sizes


def test_wrong_weights_of_the_drawing_are_those_of_the_array() -> None:
    """Weights that are (outputs, inputs) are turned, and a wrong bias is that of its unit."""
    wrong = array("W1", 1, (3, 2), passed=False)
    found = drawing(checked(wrong, array("b1", 1, (3,), is_bias=True), array("W2", 2, (1, 3))))
    assert found is not None
    assert found.weights[0].shape == (2, 3)
    assert found.weights[0].all()
    assert not found.weights[1].any()
    assert found.biases[0] is not None
    assert not found.biases[0].any()


def test_of_many_layers_the_wrong_ones_are_drawn() -> None:
    """Eight panels at most, those that are wrong among them."""
    arrays = [array(f"W{k}", k, (2, 2), passed=k < 11) for k in range(1, 13)]
    labels = [label for label, _ in layers(checked(*arrays))]
    assert labels == [f"layer {k}" for k in (1, 2, 3, 4, 5, 6, 11, 12)]


def test_the_page_of_a_check_shows_the_mistake(whynan: Whynan, folder: Path) -> None:
    """`report FOLDER` writes it: sentence, what is written and what should be in colour, drawings, a table."""
    whynan(f"check dataset=xor {FAULTY} hydra.run.dir=here")
    said = whynan("report here")
    assert (said.code, said.out) == (0, "here/report.html\n")
    page = Words((folder / "here/report.html").read_text(encoding="utf-8"))
    assert page.diff == [("removed", "dZ1 = dA1"), ("added", "dZ1 = dA1 * f'(Z1)")]
    assert "The gradients are wrong in layer 1." in page.text
    assert page.names.count("svg") == 3  # the network, and two layers
    assert {"script", "img"}.isdisjoint(page.names)


def test_the_page_of_somebodys_file_shows_the_lines_around(whynan: Whynan, folder: Path) -> None:
    """The wrong line and the right one stand among those around them, with their numbers."""
    (folder / "my_net.py").write_text(NET.read_text(encoding="utf-8"))
    assert whynan("check subject=my_net.py hydra.run.dir=here").code == 1
    assert whynan("report here").code == 0
    page = Words((folder / "here/report.html").read_text(encoding="utf-8"))
    assert page.diff == [
        ("removed", "    d1 = d2 @ W2.T * (1 - Z1**2)"),
        ("added", "    d1 = d2 @ W2.T * (1 - A1**2)"),
    ]
    assert "24" in page.all
    assert "with this line all gradients are right" in page.text


def test_the_page_of_a_ladder_shows_rung_by_rung(whynan: Whynan, folder: Path) -> None:
    """Each rung with its status, the mistake in colour, and the gradients of the rung that broke."""
    whynan(f"ladder {FAULTY} hydra.run.dir=here")
    assert whynan("report here").code == 0
    page = Words((folder / "here/report.html").read_text(encoding="utf-8"))
    assert [page.all.count(status) for status in ("holds", "breaks", "not tried")] == [2, 2, 3]  # one is the head's
    assert ("added", "dZ1 = dA1 * f'(Z1)") in page.diff
    assert "The gradients of rung 3" in page.text


def test_names_with_html_are_text_on_the_page_of_a_check() -> None:
    """What arrays, files and mistakes are called is shown, not carried out."""
    evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    left = LeftCheck(
        evil, evil, False, evil, (array(evil, 1, (2, 2), passed=False),), (), ((evil, evil),), notes=(evil,)
    )
    page = Words(page_of(left))
    assert {"script", "img"}.isdisjoint(page.names)
    assert page.text.count("alert(2)") >= 7


def test_a_check_without_arrays_has_a_page() -> None:
    """Where nothing could be compared, the sentence says why."""
    page = Words(page_of(replace(checked(), passed=False)))
    assert "not checked" in page.text
    assert "svg" not in page.names


@pytest.mark.parametrize("name", ["check.json", "ladder.json"])
def test_a_damaged_file_is_a_mistake(whynan: Whynan, folder: Path, name: str) -> None:
    """It is named, without a traceback."""
    (folder / "here").mkdir()
    (folder / "here" / name).write_text('{"passed": true}')
    said = whynan("report here")
    assert said.code == 2
    assert f"here/{name} is damaged" in said.err


def test_runs_of_a_check_are_a_mistake(whynan: Whynan, folder: Path) -> None:
    """--runs is for sweeps."""
    whynan("check dataset=xor hydra.run.dir=here")
    said = whynan("report here --runs")
    assert said.code == 2
    assert "'here' is a check" in said.err


def test_results_are_drawn_in_python(folder: Path) -> None:
    """`plot` has the plots of the page, axes in and axes out, and `report` writes the page where it is asked to."""
    mpl.use("agg")
    result = check("dataset=xor", "faults=[missing_activation_derivative@1]")
    assert list(result.plot) == list(PLOTS) == ["network", "errors"]
    axes = pyplot.figure().add_subplot()
    assert result.plot.network(axes) is axes
    assert len(result.plot.errors()) == 2
    assert result.report("page.html") == Path("page.html")
    assert "The gradients are wrong" in Path("page.html").read_text(encoding="utf-8")
    climbed = ladder("faults=[sign_flipped]")
    assert list(climbed.plot) == ["network", "errors"]
    assert climbed.report() == Path("report.html")
    pyplot.close("all")
