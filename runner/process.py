"""Which process trains a run. Its identity is written into the run's folder, so that others can check whether it lives.

A process number alone is not enough: numbers are reused, each container counts from 1, and a folder on a shared disk
is visible from several machines.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

State = Literal["alive", "gone", "unknown"]

# Seconds without a heartbeat after which a process that can't be inspected counts as gone.
SILENCE = 300.0

_PROC = Path("/proc")


def this_process() -> dict[str, object]:
    """Host, boot, process namespace, number and start time of this process."""
    return {
        "host": platform.node(),
        "boot": _read(_PROC / "sys/kernel/random/boot_id"),
        "namespace": _namespace(),
        "pid": os.getpid(),
        "started": _started(os.getpid()),
    }


def state_of(process: Mapping[str, Any], silent: float) -> State:
    """Whether a process described by `this_process` is alive; its last heartbeat was `silent` seconds ago.

    Where it can be inspected (same host, same boot, same namespace) its start time decides. A process of this host that
    can't be (from before a reboot, or in a container) counts as gone once it has been silent for long. A process of
    another host is never called gone, since that machine may only be asleep.
    """
    here = this_process()
    if process.get("host") != here["host"]:
        return "unknown"
    if all(process.get(key) == here[key] for key in ("boot", "namespace")):
        pid, started = process.get("pid"), process.get("started")
        return "alive" if isinstance(pid, int) and started and _started(pid) == started else "gone"
    return "gone" if silent > SILENCE else "unknown"


def _started(pid: int) -> str:
    """When a process started, to be compared only; empty where no process has that number."""
    if _PROC.is_dir():
        # The second field, the name, may contain blanks and brackets; the start time is the 22nd.
        fields = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
        return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
