"""Pages in a real browser, on a wide screen and on a telephone: nothing broken, cut off, or fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import Browser, browsing
from composed import settings_of
from idx_files import write_part
from run_folders import append, begin, record, rows
from sweep_folders import converged, logspace, sweep_folder, went_nan

from runner import check, ladder, train
from runner.files.history import write_history
from runner.files.run_record import read_record
from runner.report.left import read_run
from runner.report.page.run_page import write_page
from runner.sweeps.page.left import read_sweep
from runner.sweeps.page.sweep_page import write_sweep_page

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_workers")]

QUIET = ("tracking=none", "steps=60")
LONG = "a_name_without_any_blank_" * 8
EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>' + LONG
RUNS: dict[str, tuple[str, ...]] = {
    "default": (),
    "broken": ("experiment=post/planar", "optimizer.lr=10"),
    "regression": ("experiment=x_plus_one",),
    "digits": ("experiment=digits", "epochs=1"),
    "mnist": ("experiment=mnist", "epochs=2", "dataset.root=."),
    "xor": ("experiment=xor",),
    "one_step": ("steps=1",),
    "twelve_layers": ("network.hidden=[4,4,4,4,4,4,4,4,4,4,4]",),
    "two_targets": ("experiment=blobs",),
}
CONF = Path(__file__).parents[2] / "conf" / "experiment"
# Each post as it stands there, and each as it is fixed; those on MNIST with made-up images.
POSTS = sorted(f"{kind}/{path.stem}" for kind in ("post", "fixed") for path in (CONF / kind).glob("*.yaml"))
# Of long runs fewer steps: what is seen on the page is there by then.
MOST_STEPS = 4000
# The widest element's right edge; what is scrolled within its own box does not count.
_WIDEST = """const inside = e => { for (let p = e.parentElement; p; p = p.parentElement)
    if (p.classList.contains("scroll")) return true; return false; };
return Math.max(...[...document.querySelectorAll("body *")].filter(e => !inside(e)).map(
    e => e.getBoundingClientRect().right));"""
# Text of drawings that reaches out of them.
_CUT_OFF = """return [...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width).flatMap(s => {
    const box = s.getBoundingClientRect();
    return [...s.querySelectorAll("text")].filter(t => { const b = t.getBoundingClientRect();
        return b.width && (b.right > box.right + 12 || b.left < box.left - 12); }).map(t => t.textContent); });"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages, which are files."""
    with browsing("file://", tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def look_at(browser: Browser, page: Path, name: str) -> None:
    """Open a page at two widths, light and dark: it complains of nothing, asks for nothing, and stays in its width.

    A picture of each is kept under `name`.
    """
    for width, scheme in ((1280, "light"), (400, "dark")):
        metrics: dict[str, Any] = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.complaints()  # those of the page before
        browser.driver.get(f"file://{page}")
        asked = [line for line in browser.complaints() if line.startswith("asked")]
        assert asked == []
        assert [entry for entry in browser.driver.get_log("browser") if entry["level"] == "SEVERE"] == []
        seen = browser.driver.execute_script("return document.documentElement.clientWidth")
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= seen
        assert browser.driver.execute_script(_WIDEST) <= seen + 1
        assert browser.driver.execute_script(_CUT_OFF) == []
        assert browser.count("script") == browser.count("img") == 0
        browser.keep(f"{name.replace('/', '_')}_{width}")


@pytest.mark.parametrize("name", RUNS)
def test_the_page_of_a_run_is_whole_at_any_width(browser: Browser, folder: Path, name: str) -> None:
    """A run's page, of at most 1.5 MB, shows no error, reaches over no edge, and fetches nothing."""
    for part, count in (("train", 300), ("test", 100)):
        write_part(folder, part, count)
    page = train(*QUIET, *RUNS[name], "diagnosis.budget=1").report()
    assert page.stat().st_size < 1_500_000
    look_at(browser, page.absolute(), name)


@pytest.mark.parametrize("name", POSTS)
def test_the_page_of_each_post_broken_and_fixed_is_whole(browser: Browser, folder: Path, name: str) -> None:
    """So are those of the posts, as posted and as fixed."""
    words = [f"experiment={name}", "tracking=none", "diagnosis.budget=1"]
    if "mnist" in name:
        write_part(folder, "test", 300)
        words.append("dataset.root=.")
    settings = settings_of(words)
    short = [f"steps={MOST_STEPS}"] if settings.epochs is None and settings.steps > MOST_STEPS else []
    page = train(*words, *short).report()
    assert page.stat().st_size < 1_500_000
    look_at(browser, page.absolute(), name)


@pytest.mark.parametrize("name", ["check", "ladder"])
@pytest.mark.parametrize("words", [("faults=[missing_activation_derivative@1]",), ("subject=my_class.py:MyNet",)])
def test_the_pages_of_check_and_ladder_are_whole(
    browser: Browser, folder: Path, name: str, words: tuple[str, ...]
) -> None:
    """Those of a configured network with a fault, and of a class in somebody's file."""
    (folder / "my_class.py").write_text((CONF.parents[1] / "docs" / "my_class.py").read_text(encoding="utf-8"))
    result = check(*words, "dataset=xor") if name == "check" else ladder(*words)
    look_at(browser, result.report("report.html").absolute(), f"{name}_{words[0].partition('=')[0]}")


def test_the_page_of_a_corrected_file_is_whole(browser: Browser, folder: Path) -> None:
    """The line and its correction stand in their file; names with HTML are text."""
    net = (CONF.parents[1] / "docs" / "my_net.py").read_text(encoding="utf-8")
    Path("my_net.py").write_text(net.replace("1 - Z1**2)", f"1 - Z1**2)  # {EVIL}"))
    look_at(browser, check("subject=my_net.py").report("report.html").absolute(), "check_corrected")
    assert "<script>alert(2)</script>" in browser.text()


def test_the_page_of_a_trained_class_is_whole(browser: Browser, folder: Path) -> None:
    """A run of somebody's own class has its decision boundary."""
    (folder / "my_class.py").write_text((CONF.parents[1] / "docs" / "my_class.py").read_text(encoding="utf-8"))
    page = train(*QUIET, "subject=my_class.py:MyNet", "dataset=planar", "optimizer.lr=0.5").report()
    look_at(browser, page.absolute(), "subject")
    assert browser.count("#boundary svg") == 2


def test_names_with_html_and_without_blanks_do_no_harm(browser: Browser, folder: Path) -> None:
    """What data, settings and arrays are called is text on the page, broken where it is too long."""
    columns = ["step", "loss", f"grad_norm/{EVIL}", "valid_loss", "accuracy", "valid_accuracy"]
    described = record(columns=columns, overrides=[f"name={EVIL}"], network=EVIL)
    described["config"]["description"] = EVIL
    described["dataset"]["name"] = EVIL
    killed = begin(folder / "killed", described)
    append(killed, rows(30))
    kept = read_record(killed)
    assert kept is not None
    look_at(browser, write_page(read_run(killed, kept)).absolute(), "killed_with_html")
    assert "<script>alert(2)</script>" in browser.text()


def test_the_page_of_a_sweep_is_whole_at_any_width(browser: Browser, folder: Path) -> None:
    """The page of 256 runs has at most 5 MB, and reaches over no edge."""
    factors = {"optimizer.lr": logspace(1e-3, 10, 16), "init": ["he", LONG], "seed": list(range(8))}
    sweep_folder(folder / "s", factors, lambda swept: went_nan() if swept["optimizer.lr"] > 2 else converged(0.3))
    draws = np.random.default_rng(0)
    for job in range(256):
        (folder / "s" / str(job)).mkdir()
        losses = np.column_stack([np.arange(500.0), draws.random(500)])
        write_history(folder / "s" / str(job) / "history.parquet", ["step", "loss"], losses)
    page = write_sweep_page(read_sweep(folder / "s"))
    assert page.stat().st_size < 5_000_000
    look_at(browser, page.absolute(), "sweep")
