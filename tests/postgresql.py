"""A PostgreSQL cluster of a test's own, from Debian's postgresql or any other on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow_servers import free_port

USER, PASSWORD = "whynan", "s3cret-of-postgres"


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A running server with an empty database; gives its address, the password in it."""
    folder.mkdir(parents=True)
    port, data, secret = free_port(), folder / "data", folder / "password"
    secret.write_text(PASSWORD)
    _hand_over(folder)
    initdb = ["initdb", "-D", str(data), "-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    _carry_out(*initdb)
    _carry_out("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg2://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        _carry_out("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")


def _hand_over(folder: Path) -> None:
    """PostgreSQL refuses to run as root: there it belongs to the user that Debian's package makes."""
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "postgres")
        for parent in folder.parents:  # pytest's folders are private
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)


def _carry_out(program: str, *arguments: str) -> None:
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*as_user, _found(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _found(program: str) -> str:
    """Debian keeps the programs out of the path, a folder for each version."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    found = shutil.which(program) or (str(debian[-1]) if debian else None)
    assert found is not None, "install PostgreSQL: apt-get install postgresql"
    return found
