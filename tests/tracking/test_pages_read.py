"""MLflow's pages on what this program records, in a real browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy
from chromium import Browser, browsing
from mlflow_servers import free_port
from mlflow_stores import client_of, opened

from runner.tracking.content.experiment import runs_page
from runner.tracking.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PLANAR, SWEEP, HTML = "planar", "sweep", "<img src=x onerror=alert(1)>"
CHILDREN = 200
SEARCH_CHARTS = 'input[placeholder="Search metric charts"]'
SEARCH_RUNS = 'input[placeholder^="metrics."]'
ROWS = '.ag-pinned-left-cols-container .ag-row:not([row-id*="load"])'
EXPAND = '.ag-row button[data-component-id*="runnamecellrenderer"]'
_PATIENCE = 60.0


@dataclass(frozen=True)
class Recorded:
    """The store, the ids of its experiments by name, and those of the runs."""

    store: Store
    experiments: dict[str, str]
    broken: str
    fixed: str
    html: str
    children: list[str]

    def compared(self, *runs: str) -> str:
        """The address of the compare view."""
        return f"/#/compare-runs?runs={_in_address(runs)}&experiments={_in_address(self.experiments.values())}"

    def page(self, run: str, tab: str = "", experiment: str = PLANAR) -> str:
        """The address of a run's page."""
        return f"/#/experiments/{self.experiments[experiment]}/runs/{run}{tab}"


def _in_address(ids: Iterable[str]) -> str:
    return json.dumps(list(ids), separators=(",", ":")).replace('"', "%22")


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The program with these arguments, in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *arguments],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sweep(store: Store) -> list[str]:
    """A parent and its children, each with a curve of 20 points."""
    from mlflow.entities import Metric, Param

    client = client_of(store)
    experiment = client.create_experiment(SWEEP)
    parent = client.create_run(experiment, run_name="all of them").info.run_id
    children = []
    for index in range(CHILDREN):
        rate = (index + 1) / 100
        tags = {"mlflow.parentRunId": parent, "outcome": "finished"}
        run = client.create_run(experiment, run_name=f"optimizer.lr={rate}", tags=tags).info.run_id
        losses = [Metric("loss", 1.0 / (1.0 + rate * step), 1000 * step, step) for step in range(20)]
        client.log_batch(run, losses, [Param("optimizer.lr", str(rate))])
        client.set_terminated(run)
        children.append(run)
    client.set_terminated(parent)
    return children


@contextmanager
def unsynchronised() -> Iterator[None]:
    """Let SQLite not wait for the disk: three times as fast, and no power will fail here."""

    def log(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", log)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", log)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Three real runs, one of them full of HTML, and a sweep."""
    folder = tmp_path_factory.mktemp("recorded")
    with unsynchronised():
        store = opened(folder)
    (folder / f"{HTML}.csv").write_text(f"{HTML},y\n" + "".join(f"{x},{2 * x}\n" for x in range(8)))
    table = ("dataset=table", f"dataset.path='{HTML}.csv'", "dataset.targets=y", "dataset.task=regression", "steps=20")
    runs = [
        start(folder, f"tracking.uri={store.uri}", f"tracking.experiment='{experiment}'", *arguments)
        for experiment, arguments in (
            (PLANAR, ("experiment=post/planar",)),
            (PLANAR, ("experiment=fixed/planar",)),
            (HTML, (*table, "diagnosis.enabled=false")),
        )
    ]
    with unsynchronised():
        children = sweep(store)
    for run in runs:
        said, _ = run.communicate()
        assert run.returncode == 0, said
    client = client_of(store)
    experiments = {found.name: found.experiment_id for found in client.search_experiments()}
    by_outcome = {run.data.tags["outcome"]: run.info.run_id for run in client.search_runs([experiments[PLANAR]])}
    (html,) = client.search_runs([experiments[HTML]])
    broken = by_outcome.pop("nan")
    (fixed,) = by_outcome.values()
    return Recorded(store, experiments, broken, fixed, html.info.run_id, children)


@contextmanager
def served(store: Store, *arguments: str) -> Iterator[str]:
    """`ui` on a store; gives the line that it says first."""
    server = start(Path(store.artifacts).parents[1], "ui", *arguments, f"tracking.uri={store.uri}")
    with server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline()
        finally:
            server.send_signal(signal.SIGINT)


def answers(host: str, port: int) -> bool:
    """Whether anybody listens there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def await_answer(host: str, port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not answers(host, port):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def port(recorded: Recorded) -> Iterator[int]:
    """Where `ui` serves the store to this machine alone, as it does unless kept otherwise."""
    wanted = free_port()
    with served(recorded.store, "--port", str(wanted)) as said:
        assert f"at http://127.0.0.1:{wanted} " in said
        await_answer("127.0.0.1", wanted)
        yield wanted


@pytest.fixture(scope="module")
def browser(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser at the pages."""
    with browsing(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def test_only_this_machine_is_served(port: int) -> None:
    """The server listens at 127.0.0.1: at the machine's other addresses, 127.0.0.2 being one, nothing answers."""
    assert answers("127.0.0.1", port)
    assert not answers("127.0.0.2", port)


def test_another_address_is_served_when_asked(recorded: Recorded) -> None:
    """With --host the server listens there, says so, and only there."""
    wanted = free_port()
    with served(recorded.store, "--host", "127.0.0.2", "--port", str(wanted)) as said:
        assert f"at http://127.0.0.2:{wanted} " in said
        await_answer("127.0.0.2", wanted)
        assert not answers("127.0.0.1", wanted)


def test_run_that_ended_in_nan_has_a_page(browser: Browser, recorded: Recorded) -> None:
    """Its page shows outcome, cause and last finite values, and its loss is drawn."""
    browser.open(recorded.page(recorded.broken))
    browser.read("experiment=post/planar", "cause\n: learning_rate_too_high", "outcome\n: nan", "grad_norm/layer_1")
    assert browser.complaints() == []
    browser.keep("mlflow_run")
    browser.open(recorded.page(recorded.broken, "/model-metrics"))
    browser.read("dead", "grad_norm", "saturated", "update_ratio")
    browser.type(SEARCH_CHARTS, "^loss$")
    browser.curves(1, points=100)
    assert browser.complaints() == []
    browser.keep("mlflow_metrics")


def test_broken_and_fixed_run_are_compared(browser: Browser, recorded: Recorded) -> None:
    """The compare view shows both with what differs, and from there the two losses are drawn in one chart."""
    browser.open(recorded.compared(recorded.broken, recorded.fixed))
    browser.read("experiment=post/planar", "experiment=fixed/planar", "learning_rate_too_high")
    browser.until(lambda: browser.count("svg.main-svg"), "a plot")
    assert browser.complaints() == []
    browser.keep("mlflow_compare")
    browser.find('a[href*="metric=%22loss%22"], a[href*="metric=\\"loss\\""]').click()
    browser.curves(2, points=100)
    assert browser.complaints() == []


def test_runs_of_an_experiment_are_drawn_together(browser: Browser, recorded: Recorded) -> None:
    """The charts of the experiment's page begin with those of loss and accuracy, and hold the curves of both runs."""
    browser.open(f"{runs_page(recorded.experiments[PLANAR])}&compareRunsMode=CHART")
    sections = ("Model metrics\n(", "dead\n(", "grad_norm\n(")
    browser.read(*sections)
    places = [browser.text().index(section) for section in sections]
    assert places == sorted(places)
    browser.keep("mlflow_charts")
    browser.type(SEARCH_CHARTS, "^loss$")
    browser.curves(2, points=100)
    assert browser.complaints() == []


def test_the_printed_link_opens_the_list_of_runs(browser: Browser, recorded: Recorded) -> None:
    """It shows each run with outcome, cause and loss."""
    browser.open(runs_page(recorded.experiments[PLANAR]))
    browser.read("post/planar", "fixed/planar", "outcome", "cause", "loss", "learning_rate_too_high")
    assert browser.complaints() == []
    browser.keep("mlflow_runs")


def test_the_page_of_a_run_is_shown_among_its_artifacts(browser: Browser, recorded: Recorded) -> None:
    """report.html stands in a frame, with the explanation and the drawings."""
    browser.open(recorded.page(recorded.broken, "/artifacts/report.html"))
    browser.driver.switch_to.frame(browser.find("iframe"))
    browser.read("The learning rate is too high", "Learning rate against its stability limit")
    browser.driver.switch_to.default_content()
    assert browser.complaints() == []
    browser.find("iframe")  # the page around it is drawn anew now and then
    browser.keep("mlflow_report")


def test_cause_finds_the_run(browser: Browser, recorded: Recorded) -> None:
    """The search of the pages knows the cause: of two runs it leaves the broken one."""
    browser.open(f"/#/experiments/{recorded.experiments[PLANAR]}/runs")
    browser.read("2 matching runs")
    browser.type(SEARCH_RUNS, 'tags.cause = "learning_rate_too_high"')
    browser.read("1 matching run\n", "post/planar")
    assert "fixed/planar" not in browser.text()
    assert browser.complaints() == []


def test_sweep_of_200_children_opens(browser: Browser, recorded: Recorded) -> None:
    """The parent stands in the list, unfolds into its children, and their curves are drawn; so are those compared."""
    browser.open(f"/#/experiments/{recorded.experiments[SWEEP]}/runs?compareRunsMode=CHART")
    browser.read("all of them")
    browser.find(EXPAND).click()
    browser.until(lambda: browser.count(ROWS) >= 10, "ten rows")
    browser.curves(9, points=10)
    assert browser.complaints() == []
    browser.keep("mlflow_sweep")
    browser.open(recorded.compared(*recorded.children[::40]))
    browser.read(*(f"optimizer.lr={rate}" for rate in (0.01, 0.41, 0.81, 1.21, 1.61)))
    browser.find('a[href*="metric=%22loss%22"], a[href*="metric=\\"loss\\""]').click()
    browser.curves(5, points=10)
    assert browser.complaints() == []


@pytest.mark.parametrize("tab", ["", "/model-metrics", "/artifacts/run.json"])
def test_html_in_names_is_text_on_the_page_of_a_run(browser: Browser, recorded: Recorded, tab: str) -> None:
    """HTML in the names of the run, its experiment, its file and its columns is shown as it is; nothing of it runs."""
    browser.open(recorded.page(recorded.html, tab, experiment=HTML))
    browser.read(HTML)
    assert browser.count('img[src="x"]') == 0
    assert browser.complaints() == []


def test_html_in_names_is_text_in_lists(browser: Browser, recorded: Recorded) -> None:
    """So it is in the lists of experiments and runs, in charts and in the compare view."""
    run = recorded.html
    for path in (
        "/#/experiments",
        f"/#/experiments/{recorded.experiments[HTML]}/runs",
        f"/#/experiments/{recorded.experiments[HTML]}/runs?compareRunsMode=CHART",
        recorded.compared(run, recorded.broken),
    ):
        browser.open(path)
        browser.read(HTML)
        assert browser.count('img[src="x"]') == 0
        assert browser.complaints() == [], path
