"""Downloads from a server on this machine that behaves as badly as servers do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runner.datasets import download
from runner.datasets.download import DownloadError, fetch

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Mirrors:
    """URLs of mirrors, one for each behaviour, and the requests that came."""

    base: str
    requests: list[str] = field(default_factory=list)

    def __getitem__(self, behaviour: str) -> str:
        return f"{self.base}/{behaviour}/"


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    """A server whose answer depends on the first part of the path."""
    monkeypatch.setenv("NO_PROXY", "*")
    found = Mirrors("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behaviour = self.path.split("/")[1]
            found.requests.append(self.path)
            if behaviour == "missing" or (behaviour == "flaky" and len(found.requests) == 1):
                self.send_error(404 if behaviour == "missing" else 503)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            if behaviour == "broken":
                self.wfile.write(CONTENT[:100])
            else:
                self.wfile.write(CONTENT[::-1] if behaviour == "wrong" else CONTENT)

        def log_message(self, *arguments: object) -> None:
            """Keep the test's output to itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.base = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_good_mirror(tmp_path: Path, mirrors: Mirrors):
    """A file is fetched once and taken from the cache from then on."""
    folder = tmp_path / "new" / "cache"
    for _ in range(2):
        path = fetch("data.gz", SHA256, folder, [mirrors["good"]])
        assert path == folder / "data.gz"
        assert path.read_bytes() == CONTENT
    assert mirrors.requests == ["/good/data.gz"]


@pytest.mark.parametrize("bad", ["missing", "wrong", "broken"])
def test_next_mirror(tmp_path: Path, mirrors: Mirrors, bad: str):
    """A mirror without the file, with another one or with half of it is passed over for the next."""
    path = fetch("data.gz", SHA256, tmp_path, [mirrors[bad], mirrors["good"]])
    assert path.read_bytes() == CONTENT
    assert mirrors.requests == [f"/{bad}/data.gz", "/good/data.gz"]


def test_second_try(tmp_path: Path, mirrors: Mirrors):
    """A server that fails once is asked again."""
    assert fetch("data.gz", SHA256, tmp_path, [mirrors["flaky"]]).read_bytes() == CONTENT
    assert len(mirrors.requests) == 2


def test_damaged_cache_is_replaced(tmp_path: Path, mirrors: Mirrors):
    """A file in the cache whose checksum is wrong is fetched again."""
    (tmp_path / "data.gz").write_bytes(b"half of it")
    assert fetch("data.gz", SHA256, tmp_path, [mirrors["good"]]).read_bytes() == CONTENT


def test_all_mirrors_fail(tmp_path: Path, mirrors: Mirrors):
    """The error has the reason of each mirror, and nothing is left in the cache."""
    urls = [mirrors["missing"], mirrors["wrong"], mirrors["broken"], "http://127.0.0.1:1/"]
    with pytest.raises(DownloadError) as error:
        fetch("data.gz", SHA256, tmp_path, urls)
    reasons = ["HTTP status 404", "wrong checksum", "the transfer broke off", "no connection"]
    assert str(error.value) == "; ".join(f"{url}: {reason}" for url, reason in zip(urls, reasons, strict=True))
    assert list(tmp_path.iterdir()) == []
    assert len(mirrors.requests) == 3 * download.ROUNDS


def test_silent_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A server that never answers is given up after the time limit."""
    import socket

    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "TIMEOUT", (0.2, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DownloadError, match="no answer in time"):
            fetch("data.gz", SHA256, tmp_path, [url])


def test_unwritable_cache(tmp_path: Path, mirrors: Mirrors):
    """Where the cache can't be written that is said, and no further mirror is asked."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="can't write to"):
        fetch("data.gz", SHA256, tmp_path / "file" / "cache", [mirrors["good"]])
    assert len(mirrors.requests) <= 1


def test_progress_on_a_terminal(tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch, capsys):
    """On a terminal a bar with the file's name is drawn; elsewhere nothing is printed."""
    fetch("quiet.gz", SHA256, tmp_path, [mirrors["good"]])
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    fetch("data.gz", SHA256, tmp_path, [mirrors["good"]])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "data.gz" in printed.err


def test_cache_folder_belongs_to_the_program():
    """The cache is a folder of its own below the program's."""
    folder = download.cache_folder("mnist")
    assert folder.name == "mnist"
    assert "whynan" in folder.parts[-2] or "whynan" in folder.parts[-3]
