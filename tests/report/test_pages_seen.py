"""Pages in a real browser, on a wide screen and on a telephone: nothing broken, cut off, or fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import Browser, browsing
from run_folders import append, begin, record, rows
from sweep_folders import converged, logspace, sweep_folder, went_nan

from runner import train
from runner.files.history import write_history
from runner.files.run_record import read_record
from runner.report.left import read_run
from runner.report.page.run_page import write_page
from runner.sweeps.page.left import read_sweep
from runner.sweeps.page.sweep_page import write_sweep_page

pytestmark = pytest.mark.slow

QUIET = ("tracking=none", "steps=60")
LONG = "a_name_without_any_blank_" * 8
EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>' + LONG
RUNS: dict[str, tuple[str, ...]] = {
    "default": (),
    "broken": ("experiment=post/planar", "optimizer.lr=10"),
    "fixed": ("experiment=fixed/planar",),
    "a curve": ("experiment=x_plus_one",),
    "digits": ("experiment=digits", "epochs=1"),
    "xor": ("experiment=xor",),
    "one step": ("steps=1",),
    "twelve layers": ("network.hidden=[4,4,4,4,4,4,4,4,4,4,4]",),
    "two targets": ("experiment=blobs",),
}
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


def look_at(browser: Browser, page: Path) -> None:
    """Open a page at two widths, light and dark: it complains of nothing, asks for nothing, and stays in its width."""
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


@pytest.mark.parametrize("name", RUNS)
def test_the_page_of_a_run_is_whole_at_any_width(browser: Browser, folder: Path, name: str) -> None:
    """A run's page, of at most 1.5 MB, shows no error, reaches over no edge, and fetches nothing."""
    page = train(*QUIET, *RUNS[name], "diagnosis.budget=1").report()
    assert page.stat().st_size < 1_500_000
    look_at(browser, page.absolute())


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
    look_at(browser, write_page(read_run(killed, kept)).absolute())
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
    look_at(browser, page.absolute())
