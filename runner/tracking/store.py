"""Which MLflow store is used, whether it can be reached, and its passwords.

Everything here runs in the training process before the first step, so nothing imports MLflow (1.1 s): the probe asks
the file system, or the server with one short request. What only MLflow can find out (an old schema, a deleted
experiment) is reported by the writer.
"""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from runner.errors import Problem, UserError
from runner.redaction import keep_address, redact, redacted_address

DEFAULT_URI = "sqlite:///mlflow.db"
DATABASES = ("postgresql", "mysql", "mssql")
SCHEMES = ("sqlite", "http", "https", *DATABASES, "databricks")
_DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
_ASKED = ("postgresql", "mysql")  # the databases whose drivers take a time-out by the same name
_SETTING = "tracking.uri"
_PATIENCE = 5.0  # seconds that a server has to answer the probe


@dataclass(frozen=True)
class Store:
    """An MLflow store and the experiment in it; `artifacts` is the folder for the files of local stores,
    `experiment_shown` what may be written down of its name: one from the environment is named by its variable.

    Paths are absolute, so that another process, in another working folder, means the same store.
    """

    uri: str
    experiment: str
    artifacts: str
    experiment_shown: str = ""

    def __post_init__(self) -> None:
        """Keep the password out of all texts; where the experiment's name is no secret, it is shown."""
        keep_address(self.uri)
        object.__setattr__(self, "experiment_shown", self.experiment_shown or redact(self.experiment))

    @property
    def scheme(self) -> str:
        """The part before the colon, without the driver (`postgresql+psycopg2` is `postgresql`)."""
        return self.uri.partition(":")[0].partition("+")[0]

    @property
    def database(self) -> Path | None:
        """The file of a SQLite store."""
        return Path(unquote(self.uri.removeprefix("sqlite:///"))) if self.scheme == "sqlite" else None

    @property
    def is_server(self) -> bool:
        """Whether a server decides where artifacts lie."""
        return self.scheme in ("http", "https", "databricks")

    @property
    def shown(self) -> str:
        """The address without its password."""
        return redacted_address(self.uri)

    def to_dict(self) -> dict[str, str]:
        """For the writer's standard input only: it contains the password."""
        return asdict(self)


def resolve_store(uri: str | None, experiment: str, *, outputs: Path | None = None) -> Store:
    """The store at `uri`, else at MLFLOW_TRACKING_URI, else in a SQLite file in the working folder.

    `outputs` is the folder of the run folders (default: outputs/ in the working folder). Raises UserError for
    an address that no store can have.
    """
    from_environment = os.environ.get("MLFLOW_TRACKING_URI")
    address = uri or from_environment or DEFAULT_URI
    path = _SETTING if uri or not from_environment else "MLFLOW_TRACKING_URI"
    scheme = address.partition(":")[0].partition("+")[0] if ":" in address else ""
    if scheme in ("", "file"):
        raise UserError(
            Problem(
                path,
                "MLflow no longer keeps runs in plain folders; name a SQLite file: sqlite:///mlflow.db",
                given=redacted_address(address),
            )
        )
    if scheme not in SCHEMES and address != "databricks":
        raise UserError(
            Problem(
                path, f"no MLflow store has the scheme {scheme!r}", given=redacted_address(address), allowed=SCHEMES
            )
        )
    keep_address(address)
    _refuse_unreadable(address, path)
    if scheme == "sqlite":
        address = _absolute_sqlite(address, path)
    artifacts = (outputs or Path("outputs")).absolute() / "mlartifacts"
    return Store(address, experiment, str(artifacts))


def _refuse_unreadable(address: str, path: str) -> None:
    try:
        _ = urlsplit(address).port
    except ValueError:
        message = "the address can't be read; in a user name or password write / as %2F, ? as %3F, # as %23, @ as %40"
        raise UserError(Problem(path, message, given=redacted_address(address))) from None


def _absolute_sqlite(address: str, path: str) -> str:
    prefix, separator, file = address.partition("///")
    if not separator or not file or file == ":memory:":
        raise UserError(
            Problem(path, "name a file, as in sqlite:///mlflow.db or sqlite:////srv/mlflow.db", given=address)
        )
    return f"{prefix}///{quote(str(Path(unquote(file)).absolute()), safe='/~:')}"


def exists(store: Store) -> bool:
    """Whether there can be runs in the store: False only for a SQLite file that doesn't exist."""
    return store.database is None or store.database.exists()


def probe(store: Store) -> None:
    """Raise UserError where the store can't be written or doesn't answer; takes milliseconds for a file."""
    if store.database is not None:
        _probe_file(store.database)
        _probe_folder(Path(store.artifacts), "the artifacts")
    elif store.scheme in DATABASES:
        _probe_database(store)
    elif store.scheme in ("http", "https"):
        _probe_server(store)


def _probe_file(database: Path) -> None:
    if not database.exists():
        _probe_folder(database.parent, f"the store {database.name}")
        return
    try:
        with database.open("r+b") as file:
            header = file.read(16)
    except OSError as error:
        raise UserError(
            Problem(_SETTING, f"the store can't be written: {error.strerror}", given=str(database))
        ) from None
    if header and header != b"SQLite format 3\0":
        raise UserError(Problem(_SETTING, "the file is not a SQLite database", given=str(database)))


def _probe_folder(folder: Path, use: str) -> None:
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(Problem(_SETTING, f"no folder for {use}: {existing} can't be written", given=str(folder)))


def _probe_database(store: Store) -> None:
    parts = urlsplit(store.uri)
    address = (parts.hostname or "localhost", parts.port or _DEFAULT_PORTS[store.scheme])
    try:
        socket.create_connection(address, timeout=_PATIENCE).close()
    except OSError as error:
        raise _unreachable(store, error) from None
    if store.scheme in _ASKED:
        _log_in(store)


def _log_in(store: Store) -> None:
    import sqlalchemy

    try:
        waiting = {"connect_timeout": int(_PATIENCE)}
        engine = sqlalchemy.create_engine(store.uri, connect_args=waiting, poolclass=sqlalchemy.NullPool)
        engine.connect().close()
    except ModuleNotFoundError as error:
        message = f"its driver is missing: install the Python package of {error.name}"
        raise UserError(Problem(_SETTING, message, given=store.shown)) from None
    except sqlalchemy.exc.DBAPIError as error:
        reason = redact(str(error.orig)).strip().partition("\n")[0]
        raise UserError(
            Problem(_SETTING, f"the database refuses the connection: {reason}", given=store.shown)
        ) from None


def _probe_server(store: Store) -> None:
    # Imported here, since a SQLite store doesn't need them (40 ms).
    import base64
    import json
    import ssl
    import urllib.error
    import urllib.request

    parts = urlsplit(store.uri)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl().rstrip("/")
    request = urllib.request.Request(
        f"{bare}/api/2.0/mlflow/experiments/get-by-name?experiment_name={quote(store.experiment)}"
    )
    user = os.environ.get("MLFLOW_TRACKING_USERNAME") or parts.username
    password = os.environ.get("MLFLOW_TRACKING_PASSWORD") or parts.password
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    elif user and password:
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    context = ssl.create_default_context(cafile=os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"))
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("1", "true"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE, context=context) as response:
            answer, status = response.read(65536), 200
    except urllib.error.HTTPError as error:
        answer, status = error.read(65536), error.code
        error.close()
    except (OSError, ValueError) as error:
        raise _unreachable(store, error) from None
    if status in (401, 403):
        raise UserError(
            Problem(
                _SETTING,
                f"the server refuses the user name or password (HTTP {status}); set them in "
                "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
                given=store.shown,
            )
        )
    try:
        known = {"experiment", "error_code"} & set(json.loads(answer))
    except (ValueError, TypeError):
        known = set()
    if not known:
        raise UserError(Problem(_SETTING, f"the server there (HTTP {status}) is not MLflow", given=store.shown))


def _unreachable(store: Store, error: Exception) -> UserError:
    reason = redact(str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error))
    return UserError(
        Problem(
            _SETTING,
            f"no answer ({reason}); start the store, correct its address, or run with tracking=none",
            given=store.shown,
        )
    )
