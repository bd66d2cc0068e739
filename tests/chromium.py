"""A real browser without a screen, and what somebody in front of it would see of a page."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PICTURES = Path(__file__).parents[1] / "build" / "pictures"
_HIGHEST = 6000  # pixels of a picture
_PATIENCE = 60.0  # seconds for a page on a machine that does other things
_FLAGS = (
    "--headless",
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # the parallel coordinates are drawn with WebGL
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1400",
)
_BROWSERS = (
    "chromium",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Of MLflow's error boundaries and of its pages for what isn't there.
_BROKEN = ("went wrong", "an error occurred", "error while loading", "page not found", "oops", "internal error")
# What MLflow's pages do wherever they are opened: nobody is logged in, and a table is laid out twice.
_USUAL = ("/users/current", "ResizeObserver loop")
_POINTS = """return [...document.querySelectorAll("svg.main-svg .scatterlayer .trace path.js-line")]
    .map(line => (line.getAttribute("d") || "").split(/[ML]/).length - 1)"""

_CHANGING = (NoSuchElementException, StaleElementReferenceException)  # a page that is being drawn

T = TypeVar("T")


class Browser:
    """Chromium at one site; a dialog that a page opens fails whatever is done next."""

    def __init__(self, driver: webdriver.Chrome, site: str) -> None:
        self.driver = driver
        self.site = site

    def open(self, path: str) -> None:
        """Go to a page of the site, from an empty one: MLflow's pages differ by what follows the # alone."""
        self.driver.get("about:blank")
        self.driver.get(self.site + path)

    def text(self) -> str:
        """What can be read on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def until(self, seen: Callable[[], T], what: str) -> T:
        """Wait until something true is seen, and give it; `what` is said where it never is."""
        return WebDriverWait(self.driver, _PATIENCE, ignored_exceptions=_CHANGING).until(
            lambda _: seen(), f"{what} was not seen on {self.driver.current_url}"
        )

    def read(self, *wanted: str) -> None:
        """Wait until all of these texts can be read."""
        self.until(lambda: all(text in self.text() for text in wanted), repr(wanted))

    def find(self, css: str) -> WebElement:
        """Wait for an element, and give the first."""
        return self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, css), css)[0]

    def count(self, css: str) -> int:
        """How many elements there are."""
        return len(self.driver.find_elements(By.CSS_SELECTOR, css))

    def type(self, css: str, text: str) -> None:
        """Write into a field, and press Enter."""
        self.find(css).send_keys(text, Keys.ENTER)

    def keep(self, name: str) -> None:
        """Keep a picture of the page from top to bottom, for people to look at; CI offers it as an artefact."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        size = "return [window.innerWidth, window.innerHeight, document.documentElement.scrollHeight]"
        wide, seen, high = self.driver.execute_script(size)
        if high <= seen:  # MLflow's pages draw themselves anew where more than the window is asked for
            self.driver.save_screenshot(str(PICTURES / f"{name}.png"))
            return
        clip = {"x": 0, "y": 0, "width": wide, "height": min(high, _HIGHEST), "scale": 1}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))

    def points(self) -> list[int]:
        """The number of points of each line that is drawn in a chart."""
        return list(self.driver.execute_script(_POINTS))

    def curves(self, count: int, points: int) -> None:
        """Wait until so many lines are drawn, each with so many points at least."""
        wanted = f"{count} lines of {points} points"
        self.until(lambda: sum(drawn >= points for drawn in self.points()) >= count, wanted)

    def complaints(self) -> list[str]:
        """What is broken: errors on the page, exceptions of its scripts, and requests to anybody but the site."""
        shown = self.text().lower()
        found = [text for text in _BROKEN if text in shown]
        for entry in self.driver.get_log("browser"):
            if entry["level"] == "SEVERE" and not any(text in entry["message"] for text in _USUAL):
                found.append(entry["message"])
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                if not address.startswith((self.site, "data:", "blob:", "about:", "chrome:", "chrome-untrusted:")):
                    found.append(f"asked {address}")
        return found


@contextmanager
def browsing(site: str, profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile, until the end of the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = _found(*_BROWSERS)
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(_found("chromedriver")))
    try:
        yield Browser(driver, site)
    finally:
        driver.quit()


def _found(*programs: str) -> str:
    """The first of these programs that is installed."""
    found = next(filter(None, map(shutil.which, programs)), None)
    assert found is not None, f"{programs[0]} is missing; install it: apt-get install chromium chromium-driver"
    return found
