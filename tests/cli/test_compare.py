"""`compare`: what is printed, and the files."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from commands import Whynan
from sweep_folders import converged, sweep_folder

import runner

FACTORS = {"optimizer.lr": [0.01, 0.1, 10.0], "network.hidden": [[4], [8, 8]], "seed": [0, 1]}
COMPARE = "compare outputs/s tracking=none"


@pytest.fixture
def sweep(folder: Path) -> Path:
    """A sweep in the working folder."""
    return sweep_folder(folder / "outputs" / "s", FACTORS)


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_a_sweep_is_ranked(sweep: Path, whynan: Whynan) -> None:
    """Of a sweep the groups are printed, the best first, with tabs between the columns where no terminal is."""
    said = whynan(COMPARE)
    header, *groups = rows(said.out)
    assert said.code == 0
    assert header[:4] == ["median", "failed", "optimizer.lr", "network.hidden"]
    assert [group[1:4] for group in groups] == [
        ["0", "0.1", "[4]"],
        ["0", "0.1", "[8, 8]"],
        ["0", "0.01", "[4]"],
        ["0", "0.01", "[8, 8]"],
        ["1", "10", "[4]"],
        ["1", "10", "[8, 8]"],
    ]
    assert said.err == "the same in all: runs 2\n"
    assert groups[-1][-1] == "learning_rate_too_high"


def test_every_run_is_shown_when_asked_for(sweep: Path, whynan: Whynan) -> None:
    """With --all there is a row a run, those that failed last, how it ended first; nan is printed as it is."""
    header, *runs = rows(whynan(f"{COMPARE} --all").out)
    assert header[:3] == ["job", "outcome", "loss"]
    assert [run[1] for run in runs] == ["converged"] * 8 + ["nan"] * 4
    assert runs[0][header.index("optimizer.lr")] == "0.1"


def test_order_metric_and_number_of_rows(sweep: Path, whynan: Whynan) -> None:
    """--metric names what is ranked by, --sort any column, --limit how many rows; the rest is counted."""
    said = whynan(f"{COMPARE} --metric accuracy --sort best --limit 2")
    assert [row[1] for row in rows(said.out)[1:]] == ["[4]", "[8, 8]"]
    assert "failed 0, optimizer.lr 0.01, runs 2" in said.err
    assert said.err.endswith("4 more rows: --limit shows more\n")
    assert "optimizer.lr 0.1" in whynan(f"{COMPARE} --metric accuracy --limit 2").err


def test_files_hold_every_run(sweep: Path, whynan: Whynan, folder: Path) -> None:
    """CSV, Parquet and Markdown hold a row a run with its values in full, in the order that is asked for."""
    assert whynan(f"{COMPARE} --csv a.csv --sort job").code == 2  # the ranking, which is shown, has no such column
    assert not (folder / "a.csv").exists()
    said = whynan(f"{COMPARE} --all --csv a.csv --parquet a.parquet --markdown a.md --sort job")
    assert said.code == 0
    assert said.err.splitlines() == [f"12 runs written to a.{kind}" for kind in ("csv", "parquet", "md")]
    for table in (pd.read_csv(folder / "a.csv"), pd.read_parquet(folder / "a.parquet")):
        assert table["job"].tolist() == list(range(12))
        assert table["network.hidden"].tolist()[:4] == ["[4]", "[4]", "[8, 8]", "[8, 8]"]
    assert len((folder / "a.md").read_text().splitlines()) == 14


def test_the_terminal_gets_what_fits(sweep: Path, whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the table has the columns that fit, values with brackets whole; the others are named below it."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    said = whynan(COMPARE)
    assert "[8, 8]" in said.out
    assert "median" in said.out
    assert "std" not in said.out.splitlines()[0]
    assert re.search(r"more columns: .*std", said.out)
    assert "\t" not in said.out
    assert "how much of the differences in rank" in said.out
    whole = whynan(f"{COMPARE} --all").out
    assert all(name in whole for name in ("best_loss", "reused", "folder"))
    assert "more columns" not in whole


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ("compare", "compare what?"),
        ("compare a b", "compare what?"),
        ("compare outputs/s --metric lss tracking=none", "--metric: no column 'lss': did you mean 'loss'"),
        ("compare outputs/s --sort medain tracking=none", "--sort: no column 'medain': did you mean 'median'"),
        ("compare outputs/s --limit 0 tracking=none", "'0' is not a number of rows"),
        ("compare outputs/s --cvs x tracking=none", "did you mean '--csv'"),
        ("compare outputs/s --csv none/a.csv tracking=none", "--csv: can't write there"),
        ("compare outputs/t tracking=none", "did you mean 'outputs/s'"),
    ],
)
def test_mistakes_are_reported(sweep: Path, whynan: Whynan, line: str, reported: str) -> None:
    """A wrong word, column, number, flag or place is the user's error, with the nearest where there is one."""
    said = whynan(line)
    assert said.code == 2
    assert reported in said.err
    assert "Traceback" not in said.err


def test_python_gets_the_table(sweep: Path) -> None:
    """From Python the same words give the runs as a DataFrame."""
    for word in ("outputs/s", sweep, "last"):
        table = runner.results(word, overrides=["tracking=none"])
        assert isinstance(table, pd.DataFrame)
        assert len(table) == 12
        assert table["optimizer.lr"].dtype == "float64"


def test_a_sweep_of_one_job_is_compared(folder: Path, whynan: Whynan) -> None:
    """A single job is a group of its own; a sweep without any is an empty table."""
    sweep_folder(folder / "one", {"seed": [0]}, lambda _: converged(0.5))
    assert rows(whynan("compare one tracking=none").out)[1][:3] == ["0.5", "0", "1"]
    sweep_folder(folder / "none", {"seed": []})
    assert len(rows(whynan("compare none tracking=none").out)) == 1
