"""What the program costs around the training: help, completion, the time to the first step, tracking.

Whole commands, as a user types them, in a folder of their own; medians of several repetitions, taken in turns. The
first step is seen from outside: the first rows of the history appear in the run folder. Tracking is compared as whole
commands of a run of some ten seconds, with MLflow (an existing SQLite store) and with tracking=none.

    python benchmarks/command_line.py            all
    python benchmarks/command_line.py --quick    fewer repetitions, no tracking
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUNNER = [sys.executable, "-m", "runner"]
WHYNAN = str(Path(sys.executable).with_name("whynan"))


def command(folder: Path, *arguments: str) -> float:
    """Seconds of a whole command."""
    started = time.perf_counter()
    subprocess.run([*RUNNER, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def completion(folder: Path) -> float:
    """Seconds that a press of the tab key takes."""
    environment = {**os.environ, "COMP_LINE": "whynan dataset=", "COMP_POINT": "15"}
    started = time.perf_counter()
    query = [WHYNAN, "-sc", "query=bash"]
    subprocess.run(query, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def first_step(folder: Path) -> float:
    """Seconds from the command to the first rows of the history, on a store that exists."""
    run = folder / f"run-{time.monotonic_ns()}"
    rows = run / "spool" / "history.f64"
    started = time.perf_counter()
    with subprocess.Popen(
        [*RUNNER, "steps=100000000", f"hydra.run.dir={run}"], cwd=folder, stdout=subprocess.DEVNULL
    ) as process:
        while not (rows.exists() and rows.stat().st_size):
            time.sleep(0.001)
        seconds = time.perf_counter() - started
        process.terminate()
    return seconds


def report(measures: dict[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Print and return the median of each measure."""
    seconds: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(repetitions):
        for name, measure in measures.items():
            seconds[name].append(measure())
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, values in seconds.items():
        print(f"  {name:40s} {medians[name]:7.2f} s   ({min(values):.2f} to {max(values):.2f})", flush=True)
    return medians


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, no tracking")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        command(folder, "steps=10")  # makes the store
        around: dict[str, Callable[[], float]] = {
            "python -m runner --help": lambda: command(folder, "--help"),
            "completion": lambda: completion(folder),
            "to the first training step": lambda: first_step(folder),
        }
        report(around, 3 if quick else 9)
        if quick:
            return
        steps = 650_000
        long: dict[str, Callable[[], float]] = {
            "a long run, tracking=none": lambda: command(folder, f"steps={steps}", "tracking=none"),
            "the same run in MLflow": lambda: command(folder, f"steps={steps}"),
        }
        medians = list(report(long, 5).values())
        print(f"  tracking adds {medians[1] / medians[0] - 1:+.1%}")


if __name__ == "__main__":
    main()
