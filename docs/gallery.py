"""Make the pictures of docs/gallery.md: pages of runs, a sweep, a check and a ladder, as a browser shows them.

python docs/gallery.py [FOLDER]
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from runner import train
from runner.__main__ import main as whynan

HERE = Path(__file__).parent
QUIET = ("tracking=none",)
# Each picture: what is run, and whether the page is shown on a dark ground.
RUNS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "planar_nan": (("experiment=post/planar",), False),
    "planar": (("seed=3",), True),
    "x_plus_one": (("experiment=x_plus_one",), False),
    "digits": (("experiment=digits",), False),
}
SWEEP = (
    "optimizer.lr=0.03,0.1,0.3,1,3,10,30",
    "network.hidden=[2],[4],[16]",
    "seed=range(3)",
    "steps=500",
    "loss.from_logits=false",
    "diagnosis.fixes=false",
)
# What is checked, each by its command: a file of somebody's, and a configured network with a mistake in it.
CHECKS: Mapping[str, tuple[str, ...]] = {
    "check": ("check", "subject=docs/my_net.py"),
    "ladder": ("ladder", "faults=[missing_activation_derivative@2]"),
}
WIDTH, MOST = 1280, 2400  # pixels of a page; what is below is cut off
SHOWN = 900  # pixels of the picture's width


def pages(folder: Path) -> dict[str, tuple[Path, bool]]:
    """Run everything in a folder; the page of each, and whether it is dark."""
    found = {}
    for name, (settings, dark) in RUNS.items():
        run = train(*settings, *QUIET, f"hydra.run.dir={folder / name}")
        found[name] = run.report(), dark
    sweep = folder / "sweep"
    whynan(["-m", *SWEEP, *QUIET, f"hydra.sweep.dir={sweep}"])
    whynan(["report", str(sweep), *QUIET])
    found["sweep"] = sweep / "report.html", False
    shutil.copytree(HERE, "docs", ignore=shutil.ignore_patterns("gallery"))
    for name, command in CHECKS.items():
        whynan([*command, f"hydra.run.dir={folder / name}"])
        whynan(["report", str(folder / name), *QUIET])
        found[name] = folder / name / "report.html", name == "ladder"
    return found


def pictures(shown: Mapping[str, tuple[Path, bool]], folder: Path) -> None:
    """Take a picture of each page."""
    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        for name, (page, dark) in shown.items():
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
            size = {"width": WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            driver.get(page.absolute().as_uri())
            height = min(MOST, driver.execute_script("return document.documentElement.scrollHeight"))
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
            taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
            with Image.open(io.BytesIO(base64.b64decode(taken["data"]))) as image:
                small = image.convert("RGB").resize((SHOWN, height * SHOWN // WIDTH), Image.Resampling.LANCZOS)
                small.quantize(256, method=Image.Quantize.FASTOCTREE).save(folder / f"{name}.png", optimize=True)
    finally:
        driver.quit()


def main(folder: Path) -> None:
    """Run, write the pages, and take their pictures."""
    target = folder.absolute()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gallery-") as scratch:
        back = Path.cwd()
        os.chdir(scratch)
        try:
            pictures(pages(Path("runs")), target)
        finally:
            os.chdir(back)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gallery")
