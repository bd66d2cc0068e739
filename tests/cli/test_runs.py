"""`runs`: the list, its filters, and deleting."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from mlflow_stores import client_of, opened
from run_folders import append, begin, carry, end, finding, record, rows

from runner.cli.commands import runs
from runner.cli.screen.tables import fitting
from runner.errors import UserError
from runner.tracking.content.run import PARENT_TAG, SWEEP_TAG
from runner.tracking.store import Store

COLUMNS = tuple(field.name for field in fields(runs.Row))
SECOND = {"name": "planar", "digest": "cd" * 32, "samples": 4, "features": ["a", "b"], "targets": ["y"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str]]:
    """A store with two runs in two experiments, and their ids, the older first."""
    base = tmp_path_factory.mktemp("runs")
    store = opened(base)
    first = begin(base / "a", record(started="2026-11-21T01:00:00+00:00"))
    append(first, rows(100))
    end(first)
    second = begin(
        base / "b", record(started="2026-11-21T02:00:00+00:00", overrides=["network.hidden=[8]"], dataset=SECOND)
    )
    end(second, outcome="nan", first_nonfinite_step=7)
    (second / "findings.json").write_text(json.dumps([finding("dead_units"), finding("too_few_steps")]))
    other = Store(store.uri, "others", store.artifacts)
    return store, [carry(first, store)[0]["run_id"], carry(second, other)[0]["run_id"]]


def listed(made: tuple[Store, list[str]], capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    """The cells of the printed list, without its header."""
    assert runs.main([*arguments, f"tracking.uri={made[0].uri}"]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()][1:]


def test_list_is_newest_first_and_plain(
    here: Path, made: tuple[Store, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The runs of all experiments stand newest first, with tabs between the columns where no terminal is."""
    second, first = listed(made, capsys)
    assert [second[0], first[0]] == [made[1][1][:8], made[1][0][:8]]
    assert first[1] == "x_plus_one lr=0.5"
    assert first[3:] == ["converged", "", "0.009901", "", "100", "x_plus_one", "tests"]
    assert second[1] == "planar hidden=[8]"
    assert second[3:] == ["nan", "dead_units", "", "", "100", "planar", "others"]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--outcome", "nan"], [1]),
        (["--limit", "1"], [1]),
        (["--filter", "metrics.loss < 0.1"], [0]),
        (["--filter", "tags.cause = 'dead_units'"], [1]),
        (["--filter", "tags.cause = 'too_few_steps'"], []),
        (["--filter", "tags.outcome = 'nan' and tags.first_nonfinite_step = '7'"], [1]),
        (["--filter", "tags.dataset = 'planar'", "--outcome", "converged"], []),
        (["tracking.experiment=tests"], [0]),
    ],
)
def test_filters(
    here: Path,
    made: tuple[Store, list[str]],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    found: list[int],
) -> None:
    """Runs are chosen by outcome, MLflow's own language (cause, bad step), experiment and number, or all at once."""
    assert [row[0] for row in listed(made, capsys, *arguments)] == [made[1][index][:8] for index in found]


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (["--filter", "metrics.loss < 'x'"], "--filter: "),
        (["--outcome", "nann"], "invalid choice: 'nann'"),
        (["--limit", "0"], "'0' is not a number of runs"),
        (["--limt", "3"], "did you mean '--limit'"),
        (["abc"], "unexpected argument 'abc'"),
        (["dataset=xor"], "dataset: only tracking"),
        (["tracking.experiment=none_such"], "no experiment 'none_such'"),
    ],
)
def test_mistakes_are_reported(here: Path, made: tuple[Store, list[str]], arguments: list[str], reported: str) -> None:
    """A wrong filter, flag, word or experiment is reported by its name."""
    with pytest.raises(UserError, match=reported):
        runs.main([*arguments, f"tracking.uri={made[0].uri}"])


def test_table_on_a_terminal_shows_brackets(
    here: Path, made: tuple[Store, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the list is a table, in which values with brackets stand whole."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stdout", shown)
    assert runs.main([f"tracking.uri={made[0].uri}"]) == 0
    assert "hidden=[8]" in shown.getvalue()
    assert "\t" not in shown.getvalue()


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (200, list(COLUMNS)),
        (100, ["run", "name", "outcome", "cause", "loss", "accuracy", "steps"]),
        (80, ["run", "name", "outcome", "cause", "loss"]),
        (40, ["run", "outcome", "loss", "accuracy"]),
        (5, ["run"]),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns(width: int, shown: list[str]) -> None:
    """Columns that don't fit are left out from the least important on, none is cut; long names take several lines."""
    row = dict.fromkeys(COLUMNS, "") | {"run": "60d87719", "cause": "x" * 18, "name": "n " * 25, "started": "s" * 16}
    row |= {"outcome": "converged", "loss": "0.0002394"}
    assert fitting({name: [text] for name, text in row.items()}, runs._IMPORTANT, width) == shown


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_word_is_broken(
    here: Path, made: tuple[Store, list[str]], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """At any width each word of the list stands whole on a line that fits, and what is left out is named."""
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "stdout", shown)
    assert runs.main([f"tracking.uri={made[0].uri}"]) == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.getvalue()).splitlines()
    assert max(map(len, lines)) <= width
    words = {word for line in lines for word in line.split()}
    assert {"converged", "nan", made[1][0][:8], "columns:", "experiment"} <= words


def test_no_store_says_how_to_make_a_run(here: Path) -> None:
    """Before the first run there is nothing to list, and nothing is made by asking."""
    with pytest.raises(UserError, match=r"there is no run yet.*python -m runner"):
        runs.main([])
    with pytest.raises(UserError, match="tracking=none"):
        runs.main(["tracking=none"])
    assert list(here.iterdir()) == []


def test_delete_asks_and_leaves_the_folder(
    here: Path, made: tuple[Store, list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting marks the run in MLflow once it is confirmed; the run folder stays."""
    store, _ = made
    folder = begin(here / "a", record())
    end(folder)
    run_id = carry(folder, store)[0]["run_id"]
    delete = ["--delete", str(folder), f"tracking.uri={store.uri}"]

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UserError, match="give --yes"):
        runs.main(delete)
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert runs.main(delete) == 1
    assert client_of(store).get_run(run_id).info.lifecycle_stage == "active"
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert runs.main(delete) == 0
    assert "deleted 1 run from sqlite:" in capsys.readouterr().out
    assert client_of(store).get_run(run_id).info.lifecycle_stage == "deleted"
    assert json.loads((folder / "summary.json").read_text())["outcome"] == "converged"


def test_deleting_several_takes_each_once(
    here: Path, made: tuple[Store, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A run named twice is deleted once, and --yes doesn't ask."""
    store, _ = made
    folders = [begin(here / name, record()) for name in "ab"]
    for folder in folders:
        end(folder)
    ids = [carry(folder, store)[0]["run_id"] for folder in folders]
    words = [ids[0], ids[0][:10], str(folders[1])]
    assert runs.main(["--yes", f"tracking.uri={store.uri}", "--delete", *words]) == 0
    assert "deleted 2 runs" in capsys.readouterr().out
    assert {client_of(store).get_run(run_id).info.lifecycle_stage for run_id in ids} == {"deleted"}


def test_a_sweep_is_one_row_which_children_opens(
    here: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its row says how most jobs ended; --children lists its jobs, without a sweep those of all, as --outcome does."""
    store = opened(tmp_path_factory.mktemp("grouped"))
    client = client_of(store)
    number = client.create_experiment("tests")
    sweep = client.create_run(number, tags={SWEEP_TAG: "true", "outcome": "finished"}).info.run_id
    for name, count in (("converged", 1), ("nan", 2)):
        client.log_metric(sweep, f"jobs/{name}", count)
    jobs = [client.create_run(number, tags={PARENT_TAG: sweep, "outcome": "nan"}).info.run_id for _ in range(2)]
    made = store, []
    assert [row[:4:3] for row in listed(made, capsys)] == [[sweep[:8], "2 of 3 nan"]]
    assert {row[0] for row in listed(made, capsys, "--children", sweep[:9])} == {job[:8] for job in jobs}
    assert {row[0] for row in listed(made, capsys, "--children", "last")} == {job[:8] for job in jobs}
    assert len(listed(made, capsys, "--children")) == 3
    assert len(listed(made, capsys, "--outcome", "nan")) == 2
    with pytest.raises(UserError, match="'abcdef' is no sweep"):
        runs.main(["--children", "abcdef", f"tracking.uri={store.uri}"])
