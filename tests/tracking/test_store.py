"""Which store is meant, whether it is there, and no password shown."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runner.errors import UserError
from runner.redaction import redact
from runner.tracking.store import exists, probe, resolve_store


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working folder and no store in its environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("URI", "USERNAME", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)


class Server(BaseHTTPRequestHandler):
    """An HTTP server that answers as its `status` and `answer` say, and takes one user."""

    status, answer, users = 404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}', ("ann:secret",)

    def do_GET(self) -> None:
        """Answer the probe."""
        allowed = [f"Basic {base64.b64encode(user.encode()).decode()}" for user in self.users]
        refused = bool(self.users) and self.headers["Authorization"] not in allowed
        self.send_response(401 if refused else self.status)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a running server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:s3cr:t@db/runs", "postgresql://***@db/runs"),
        ("postgresql+psycopg2://me:p@ss@db:5432/runs", "postgresql+psycopg2://***@db:5432/runs"),
        ("https://me:x@a.b/ and http://you:y@c.d", "https://***@a.b/ and http://***@c.d"),
        ("mysql://db/runs?user=me&password=x&ssl=1", "mysql://db/runs?***"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("network.hidden=[8] a: b@c", "network.hidden=[8] a: b@c"),
    ],
)
def test_passwords_are_redacted(text: str, shown: str) -> None:
    """The password of every address in a text becomes ***, and nothing else changes."""
    assert redact(text) == shown


def test_default_store_is_a_file_in_the_working_folder(tmp_path: Path) -> None:
    """Without a setting the store is mlflow.db here, its artifacts below outputs/, both as absolute paths."""
    store = resolve_store(None, "whynan")
    assert store.uri == f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert store.database == tmp_path / "mlflow.db"
    assert store.artifacts == str(tmp_path / "outputs" / "mlartifacts")
    assert not exists(store)


def test_environment_comes_after_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """MLFLOW_TRACKING_URI is used where tracking.uri is null."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:5000")
    assert resolve_store(None, "x").uri == "http://there:5000"
    assert resolve_store("http://here:5000", "x").uri == "http://here:5000"


def test_path_with_blanks_survives(tmp_path: Path) -> None:
    """A SQLite path is the same whether its blanks are written plainly or as %20."""
    expected = tmp_path / "my runs" / "m.db"
    assert resolve_store("sqlite:///my runs/m.db", "x").database == expected
    assert resolve_store("sqlite:///my%20runs/m.db", "x").database == expected


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("./mlruns", "sqlite:///mlflow.db"),
        ("file:///tmp/mlruns", "sqlite:///mlflow.db"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("ftp://me:secret@x", "no MLflow store has the scheme 'ftp'"),
    ],
)
def test_impossible_addresses_are_reported(uri: str, message: str) -> None:
    """An address that no store can have is an error that says what would do, without its password."""
    with pytest.raises(UserError, match=message) as caught:
        resolve_store(uri, "x")
    assert "secret" not in str(caught.value.problems[0].given)


def test_wrong_address_in_the_environment_is_blamed_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the environment variable where that holds the address."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "/srv/mlruns")
    with pytest.raises(UserError) as caught:
        resolve_store(None, "x")
    assert caught.value.problems[0].path == "MLFLOW_TRACKING_URI"


def test_new_file_in_a_new_folder_passes_the_probe(tmp_path: Path) -> None:
    """A store that can be made passes, and the probe makes nothing."""
    probe(resolve_store("sqlite:///a/b/mlflow.db", "x"))
    assert list(tmp_path.iterdir()) == []


def test_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    """A text file is refused as a store."""
    (tmp_path / "notes.db").write_text("just some notes, not a database")
    with pytest.raises(UserError, match="not a SQLite database"):
        probe(resolve_store("sqlite:///notes.db", "x"))


def test_store_below_a_file_is_reported(tmp_path: Path) -> None:
    """A folder that can't be made because a file stands there is reported before training."""
    (tmp_path / "taken").touch()
    with pytest.raises(UserError, match="can't be written"):
        probe(resolve_store("sqlite:///taken/mlflow.db", "x"))


def test_folder_as_database_is_reported(tmp_path: Path) -> None:
    """A folder given as the database is reported with the system's reason."""
    (tmp_path / "m.db").mkdir()
    with pytest.raises(UserError, match="Is a directory"):
        probe(resolve_store("sqlite:///m.db", "x"))


def test_silent_address_is_reported_without_its_password() -> None:
    """A server that isn't there is reported at once, its password not."""
    for uri in ("http://me:secret@127.0.0.1:9", "postgresql://me:secret@127.0.0.1:9/runs"):
        with pytest.raises(UserError, match="no answer") as caught:
            probe(resolve_store(uri, "x"))
        assert "secret" not in f"{caught.value} {caught.value.problems[0].given}"


def test_server_with_the_right_user_passes(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """User and password are taken from the address or, as MLflow does, from the environment."""
    probe(resolve_store(f"http://ann:secret@127.0.0.1:{port}", "x"))
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    probe(resolve_store(f"http://127.0.0.1:{port}", "x"))


def test_wrong_password_is_reported(port: int) -> None:
    """A server that refuses the password is reported before training."""
    with pytest.raises(UserError, match="refuses the user name or password") as caught:
        probe(resolve_store(f"http://ann:wrong@127.0.0.1:{port}", "x"))
    assert "wrong" not in str(caught.value.problems[0].given)


@pytest.mark.parametrize("answer", [b"<html>hello</html>", b"[]", json.dumps({"a": 1}).encode()])
def test_other_servers_are_reported(port: int, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What answers but isn't MLflow is reported."""
    monkeypatch.setattr(Server, "answer", answer)
    with pytest.raises(UserError, match="is not MLflow"):
        probe(resolve_store(f"http://ann:secret@127.0.0.1:{port}", "x"))
