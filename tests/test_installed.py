"""The wheel, and every command of the README and of the page on sweeps: what a user has and types."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def blocks(page: str) -> list[str]:
    """What a page shows as typed, block by block."""
    return re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """A command of a page, and the exit code that the comment behind it promises."""

    command: str
    code: int


MAKE = [
    line.partition("  #")[0].strip() for block in blocks("README.md") for line in block.splitlines() if "make " in line
]


def commands(page: str) -> list[Typed]:
    """The commands of a page, but for `make`, which the tests are run by, and `ui`, which doesn't end."""
    lines = [line.partition("  #") for block in blocks(page) for line in block.splitlines()]
    typed = [Typed(command.strip(), int("exit code 1" in comment)) for command, _, comment in lines]
    return [one for one in typed if not one.command.startswith("make ") and not one.command.endswith(" ui")]


ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")},
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def shell(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    bash = ["bash", "-c", command]  # what the README's commands are typed into
    return subprocess.run(bash, cwd=folder, env={**ENVIRONMENT, **more}, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_every_command_works_as_typed(page: str, tmp_path: Path) -> None:
    """In the order of the page, in one folder, each command exits with 0, or with 1 where it says so."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    typed = commands(page)
    assert len(typed) >= 13
    for one in typed:
        said = shell(one.command, tmp_path)
        assert said.returncode == one.code, f"{one.command}\n{said.stdout}\n{said.stderr}"
        assert "Traceback" not in said.stderr


@pytest.mark.slow
def test_the_ui_answers_until_it_is_stopped(tmp_path: Path) -> None:
    """Ctrl-C ends the UI, with the exit code of an interrupted command."""
    typed("python -m runner dataset=xor steps=50", tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "runner", "ui", "--port", "5791"], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE
    ) as ui:
        assert _answers("http://127.0.0.1:5791/health")
        ui.send_signal(signal.SIGINT)
        assert ui.wait(30) == 130


@pytest.mark.slow
def test_every_command_of_the_page_on_sweeps_works_as_typed(tmp_path: Path) -> None:
    """Each block is typed into a shell, `resume` where a sweep was cut off; what one leaves running ends with it."""
    sweeps, resume, cluster = blocks("docs/sweeps.md")
    for command in sweeps.splitlines():
        typed(command, tmp_path)
    cut_off(f"exec {sweeps.splitlines()[0]} sweep.reuse=false", tmp_path)
    assert "jobs     120 of 120" in typed(resume, tmp_path)
    cluster = re.sub(r"^pip install .*\n", "", cluster).replace(" &\n", " 2>/dev/null &\n")  # Dask's log is not ours
    assert "jobs     100 of 100" in typed(cluster, tmp_path)


@pytest.mark.slow
def test_every_command_of_the_page_on_tracking_works_as_typed(tmp_path: Path) -> None:
    """`resume` goes on with the run of the page after Ctrl-C, and its model is registered; serving it has a test."""
    sync, resumed, model = blocks("docs/tracking.md")
    typed(sync, tmp_path)
    train, resume = resumed.splitlines()
    cut_off(f"exec {train} epochs=300", tmp_path, "outputs/*/*/checkpoints/*")
    assert "steps                13,500" in typed(resume, tmp_path)
    (record,) = tmp_path.glob("outputs/*/*/summary.json")
    serve, register = model.replace("RUN_ID", json.loads(record.read_text())["mlflow_run_id"]).splitlines()
    assert serve.startswith("mlflow models serve ")
    said = shell(register, tmp_path, MLFLOW_TRACKING_URI="sqlite:///mlflow.db")
    assert said.returncode == 0, said.stderr


def typed(block: str, folder: Path) -> str:
    """What a block printed that worked in each of its lines."""
    said = shell(f"set -e; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{block}", folder)
    assert said.returncode == 0, f"{block}\n{said.stdout}\n{said.stderr}"
    assert "Traceback" not in said.stderr
    return said.stdout


def cut_off(command: str, folder: Path, results: str = "outputs/*/*/results.jsonl") -> None:
    """Start a sweep or a run, and press Ctrl-C when its first results are there."""
    before = set(folder.glob(results))
    with subprocess.Popen(["bash", "-c", command], cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL) as started:
        while not any(path.stat().st_size for path in set(folder.glob(results)) - before):
            assert started.poll() is None, "it ended before it had a result"
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 130


def _answers(url: str) -> bool:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1) as response:
                return bool(response.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


@pytest.mark.parametrize("command", MAKE)
def test_every_make_command_of_the_readme_has_its_rule(command: str) -> None:
    """The targets exist, and `make` knows how to build them from nothing."""
    said = shell(f"{command} --dry-run VENV=none", ROOT)
    assert said.returncode == 0
    assert "-m venv none" in said.stdout
    assert ("-m runner" if command == "make run" else "-m pytest") in said.stdout


@pytest.mark.slow
def test_the_wheel_trains_in_an_empty_folder(tmp_path: Path) -> None:
    """Installed from its wheel, the program brings its configuration along and trains without a checkout."""
    wheels, site, empty = tmp_path / "wheels", tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    pip = f"{shlex.quote(sys.executable)} -m pip --disable-pip-version-check"
    for command in (
        f"{pip} wheel --quiet --no-deps --no-build-isolation --wheel-dir {wheels} {ROOT}",
        f"{pip} install --quiet --no-deps --target {site} {wheels}/whynan-*.whl",
    ):
        said = shell(command, empty)
        assert said.returncode == 0, said.stderr
    where = shell("python -P -c 'import runner; print(runner.__file__)'", empty, PYTHONPATH=str(site))
    assert where.stdout.strip() == str(site / "runner" / "__init__.py")
    said = shell("python -P -m runner steps=200", empty, PYTHONPATH=str(site))
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("outcome")
    assert (empty / "mlflow.db").exists()
    said = shell("python -P -m runner init && python -P -m runner steps=5 tracking=none", empty, PYTHONPATH=str(site))
    assert said.returncode == 0, said.stderr
    assert (empty / "conf" / "config.yaml").exists()
