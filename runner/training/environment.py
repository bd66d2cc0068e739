"""What the numbers of a run depend on besides its configuration: the machine, its BLAS, the working tree."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

import runner

_LIBRARIES = ("numpy", "hydra-core", "mlflow", "pandas", "pydantic")
_FRESH = 5.0  # seconds
_PATIENCE = 2.0  # seconds to wait for git, which is slow in a huge working tree
# A repository's configuration may name programs to run; looking at a folder must not start any.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "diff.external=", "--no-optional-locks")


def environment() -> dict[str, object]:
    """Processor, system, BLAS, and the git commit of the working folder; no environment variables."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "blas": _blas(),
        # Looked up again every few seconds, not for each job of a sweep.
        "git": _git(int(time.monotonic() / _FRESH)),
    }


@cache
def versions() -> Mapping[str, str]:
    """The versions of this program, of Python, and of the libraries that a run's numbers and files come from."""
    found = {"whynan": runner.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def changes() -> str:
    """What differs from the commit in the working folder, as a patch; empty where nothing does, or without git."""
    return _said("diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color") or ""


@cache
def _blas() -> dict[str, object]:
    """NumPy's BLAS; training always runs it in one thread."""
    found = [library for library in threadpool_info() if library["user_api"] == "blas"]
    numpys = next((library for library in found if "numpy" in library["filepath"]), found[0] if found else {})
    known = {name: numpys[name] for name in ("internal_api", "version", "architecture") if name in numpys}
    return {**known, "threads": 1}


@cache
def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(named, platform.machine())


@lru_cache(maxsize=1)
def _git(moment: int) -> dict[str, object] | None:
    """The commit, and whether tracked files differ from it; None outside of a repository, or where it has none."""
    said = _said("status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules")
    if said is None:
        return None
    lines = said.splitlines()
    commit = next((line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")), "")
    return {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)} if commit[:1] != "(" else None


def _said(*arguments: str) -> str | None:
    try:
        done = subprocess.run([*_GIT, *arguments], capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):  # no git, no repository, not one's own, or too slow
        return None
    return done.stdout.decode(errors="replace")
