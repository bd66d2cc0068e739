"""The page of a sweep: what is best, what fails and why, every curve, and a link to each run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from commands import Whynan
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sweep_folders import converged, crashed, sweep_folder, went_nan

from runner.files.history import write_history
from runner.sweeps.page import effects, importance, maps, multiples
from runner.sweeps.page.left import LeftSweep, read_sweep
from runner.sweeps.page.sweep_page import sweep_page

RATES = {"optimizer.lr": [0.1, 0.2, 0.4], "init": ["he", "xavier"], "seed": [0, 1]}


def swept(folder: Path, curves: bool = False) -> LeftSweep:
    """A sweep in which a rate of 0.4 fails for he, and for one seed of xavier; the higher the rate, the better."""

    def outcome(values: dict[str, object]):  # type: ignore[no-untyped-def]
        rate = float(str(values["optimizer.lr"]))
        fails = rate == 0.4 and (values["init"] == "he" or values["seed"] == 1)
        return went_nan() if fails else converged(0.5 - rate)

    sweep_folder(folder, RATES, outcome)
    if curves:
        for job in range(12):
            (folder / str(job)).mkdir()
            rows = np.array([[0.0, 1.0], [1.0, 0.5 + 0.01 * job]])
            write_history(folder / str(job) / "history.parquet", ["step", "loss"], rows)
    return read_sweep(folder)


def drawn(plot, data):  # type: ignore[no-untyped-def]
    """A panel on axes of its own."""
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = plot.draw(data, figure.add_subplot())
    figure.canvas.draw()
    return axes


def test_two_factors_are_drawn_against_each_other(tmp_path: Path) -> None:
    """The share of failed runs and the mean of the others, by both factors; seeds are none."""
    panels = maps.PLOT.panels(swept(tmp_path / "s"))
    (failures, means) = (data for _, data in panels)
    assert (failures.cells.across.name, failures.cells.up.name) == ("optimizer.lr", "init")
    assert failures.failed.tolist() == [[0, 0, 1], [0, 0, 0.5]]
    assert means.cells.mean[1].tolist() == pytest.approx([0.4, 0.3, 0.1])
    axes = drawn(maps.PLOT, failures)
    assert [text.get_text() for text in axes.texts] == ["0%", "0%", "100%", "0%", "0%", "50%"]
    drawn(maps.PLOT, means)
    expected = "optimizer.lr and init: no run failed in 4 of 6 cells, every run in 1."
    assert maps.PLOT.words(panels) == expected


def test_each_factor_is_drawn_alone(tmp_path: Path) -> None:
    """The median of the runs that didn't fail at each value, and a cross where some failed."""
    panels = effects.PLOT.panels(swept(tmp_path / "s"))
    assert [label for label, _ in panels] == ["optimizer.lr", "init"]
    rates = panels[0][1]
    assert [np.median(rates.of(k)) for k in range(3)] == pytest.approx([0.4, 0.3, 0.1])
    assert [rates.failed(k) for k in range(3)] == [0, 0, 3]
    axes = drawn(effects.PLOT, rates)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["runs failed", "median, middle half"]
    assert "optimizer.lr: best median loss 0.1 at 0.4, 3 runs failed" in effects.PLOT.words(panels)


def test_curves_are_apart_by_a_factor_and_coloured_by_outcome(tmp_path: Path) -> None:
    """A panel for each value on one scale; each outcome has its colour and its count."""
    panels = multiples.PLOT.panels(swept(tmp_path / "s", curves=True))
    assert [label for label, _ in panels] == ["optimizer.lr 0.1", "optimizer.lr 0.2", "optimizer.lr 0.4"]
    assert len({data.limits for _, data in panels}) == 1
    axes = drawn(multiples.PLOT, panels[2][1])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["converged (1)", "nan (3)"]
    assert len({line.get_color() for line in axes.lines}) == 2
    assert "optimizer.lr 0.4: 1 converged, 3 nan" in multiples.PLOT.words(panels)


def test_what_matters_is_drawn_where_it_can_be_estimated(tmp_path: Path) -> None:
    """A bar for each factor."""
    ((_, shares),) = importance.PLOT.panels(swept(tmp_path / "s"))
    axes = drawn(importance.PLOT, shares)
    assert len(axes.patches) == 2
    assert [text.get_text() for text in axes.get_yticklabels()] == ["optimizer.lr", "init"]


def test_the_page_ranks_counts_and_links(tmp_path: Path) -> None:
    """The best group comes first, failures stand by cause, and each run has a link to its page or its folder."""
    sweep = swept(tmp_path / "s", curves=True)
    (tmp_path / "s" / "3" / "report.html").touch()
    page = sweep_page(sweep)
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "12 of 12 runs have ended: 9 converged, 3 nan." in text
    assert "By the median loss over seed" in text
    ranked = page[page.index("<tbody>") : page.index("</tbody>")]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", ranked)[1:5] == ["0%", "0.2", "he", "2"]
    assert "3 learning_rate_too_high 3 nan" in text
    assert page.count('<a href="') == 12
    assert '<a href="3/report.html">3</a>' in page
    assert '<a href="4/">4</a>' in page
    assert all(f'id="{name}"' in page for name in ("maps", "effects", "importance", "losses"))


def test_names_in_a_sweep_are_text(tmp_path: Path) -> None:
    """HTML in swept values and reasons is shown, not carried out; a folder outside of the sweep has no link."""
    evil = '"><script>alert(1)</script>'
    folder = sweep_folder(
        tmp_path / "s", {"init": [evil, "he"]}, lambda swept: crashed(reason=evil, cause=evil, folder="../out")
    )
    lines = (folder / "jobs.jsonl").read_text().replace('"folder": "0"', '"folder": "javascript:alert(1)/../.."')
    (folder / "jobs.jsonl").write_text(lines)
    page = sweep_page(read_sweep(folder))
    assert "<script" not in page
    assert "javascript:" not in page
    assert "&lt;script&gt;" in page


def test_report_writes_the_page_of_a_sweep(whynan: Whynan, folder: Path) -> None:
    """`report FOLDER` leaves report.html in a sweep's folder; a sweep without factors or results has one, too."""
    sweep_folder(folder / "s", {"seed": [0]}, lambda swept: None, summary=False)
    said = whynan("report s tracking=none")
    assert (said.code, said.out) == (0, "s/report.html\n")
    page = (folder / "s/report.html").read_text(encoding="utf-8")
    assert "0 of 1 runs have ended. The sweep has not ended." in page
    assert whynan("report nowhere --runs tracking=none").code == 2


def test_a_page_of_each_run_is_made_where_it_is_asked_for(whynan: Whynan, folder: Path) -> None:
    """`--runs` writes the page of every run, which the sweep's page then links to."""
    sweep_folder(folder / "s", {"optimizer.lr": [0.1, 1.0]}, lambda swept: converged(0.1))
    for job in (0, 1):
        whynan(f"dataset=xor steps=5 tracking=none diagnosis=none hydra.run.dir=s/{job}")
    assert whynan("report s --runs tracking=none").code == 0
    page = (folder / "s/report.html").read_text(encoding="utf-8")
    for link in re.findall(r'<a href="([^"]+)"', page):
        assert link.endswith("/report.html")
        assert (folder / "s" / link).is_file()
