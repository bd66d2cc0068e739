"""A real browser without a screen: Chromium, steered by its driver over WebDriver's plain HTTP."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlflow_servers import free_port

_OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1600,1400"]


class Browser:
    """One window."""

    def __init__(self, address: str) -> None:
        self._address = address
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": _OPTIONS, "binary": _found("chromium")},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        self._session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def open(self, url: str) -> None:
        """Go to a page."""
        self._ask("POST", f"/session/{self._session}/url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script of the page returns."""
        return self._ask("POST", f"/session/{self._session}/execute/sync", {"script": script, "args": []})

    def wait_for(self, script: str, seconds: float = 90.0) -> Any:
        """The first result of a script that counts as true."""
        deadline = time.monotonic() + seconds
        while not (found := self.run(f"return {script}")):
            assert time.monotonic() < deadline, f"{script}\n{self.run('return document.body.innerText')}"
            time.sleep(0.3)
        return found

    def errors(self) -> list[str]:
        """The uncaught errors of the page so far."""
        log = self._ask("POST", f"/session/{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if "Uncaught" in entry["message"]]

    def picture(self, path: Path) -> None:
        """Save what the window shows as a PNG."""
        path.write_bytes(base64.b64decode(self._ask("GET", f"/session/{self._session}/screenshot")))

    def close(self) -> None:
        """Close the window."""
        self._ask("DELETE", f"/session/{self._session}")

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self._address}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)["value"]


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A window, until the end of the block."""
    port = free_port()
    with (folder / "chromedriver.log").open("wb") as log:
        driver = subprocess.Popen([_found("chromedriver"), f"--port={port}"], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{address}/status", timeout=5):
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        window = Browser(address)
        try:
            yield window
        finally:
            window.close()
    finally:
        driver.terminate()
        driver.wait()


def _found(program: str) -> str:
    path = shutil.which(program)
    assert path is not None, "install Chromium: apt-get install chromium chromium-driver"
    return path
