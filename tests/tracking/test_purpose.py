"""A writer that nobody speaks to any more ends, even where the store never lets it go."""

from __future__ import annotations

import subprocess
import sys

ALONE = """
import threading, time
from runner.tracking.purpose import Purpose
purpose = Purpose()
purpose.end_without(0.3)
for _ in range(5):
    time.sleep(0.2)
print("spoken to", flush=True)
purpose.left_alone()
threading.Event().wait()  # the store never answers
"""


def test_process_without_a_purpose_ends() -> None:
    """It lives while somebody speaks to it, and ends by itself after that."""
    said = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout) == (1, "spoken to\n")
    assert "the rest is left to `sync`" in said.stderr
