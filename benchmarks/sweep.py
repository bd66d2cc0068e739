"""The same sweep three ways on the same cores, and what a run of ours costs outside of training.

Planar: 256 runs, 64 learning rates from 0.001 to 10 and 4 seeds, of 4,000 steps each: 400 samples, 2-4-1 tanh,
float64, full batch. Loss and gradient norm of every step are recorded, and curves go to a SQLite file of MLflow.

- basic:  Hydra's own launcher, PyTorch eager, MLflow's `log_batch` with every point (`other_sweep.py`);
- joblib: the same under Hydra's joblib launcher, a process for each core;
- ours:   `python -m runner -m`: every step in history.parquet, `sweep.points` of each curve in MLflow.

Each is a whole command in a fresh folder, until it has ended and all is in the store. Ours makes its store; that of
the others is there before their clock starts, since two processes that begin on a new file get in each other's way.
The others are measured on two numbers of runs: the difference is what a run costs, the rest what starting costs, and
both together are scaled to the sweep (that a store grows slower with its size is left out, in their favour). A time is
the best of the repetitions, in which the ways take turns. Diverged runs of ours are not stopped early, since theirs
are not either.

XOR: 1,000 runs of ours, 2-2-1 tanh, 2,000 steps: 10 learning rates, 5 initialisers, 20 seeds.

After each command its runs are counted: MLflow's children and their curves, the rows of each history. One that is
missing ends the benchmark with exit code 1.

    python benchmarks/sweep.py                        all, a quarter of an hour
    python benchmarks/sweep.py --quick                small sweeps, once: whether it works, no figures
    python benchmarks/sweep.py --only ours xor        some of basic, joblib, ours, xor
    python benchmarks/sweep.py --basic 16 --joblib 48 --repeat 5
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.settings.sweep import SweepSettings

WAYS = ("basic", "joblib", "ours", "xor")
OTHER = [sys.executable, str(Path(__file__).with_name("other_sweep.py"))]
OURS = [sys.executable, "-m", "runner", "-m", "hydra.sweep.dir=sweep", "sweep.stop_diverged=false"]
CURVES = ("loss", "grad_norm")
SAID = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Sweep:
    """One of ours: the words that make it, how many runs of how many steps."""

    words: Sequence[str]
    runs: int
    steps: int


@dataclass(frozen=True)
class Cost:
    """Seconds of a sweep: what starting costs, and each run."""

    fixed: float
    per_run: float

    def of(self, runs: int) -> float:
        """Seconds of so many runs."""
        return self.fixed + runs * self.per_run


def geometric(low: float, high: float, count: int) -> list[str]:
    """Numbers at equal ratios, as they are typed."""
    return [f"{low * (high / low) ** (k / max(1, count - 1)):.6g}" for k in range(count)]


def planar(rates: int, seeds: int, steps: int) -> Sweep:
    """The sweep that all three carry out."""
    lr = ",".join(geometric(1e-3, 10.0, rates))
    words = ["experiment=planar", f"optimizer.lr={lr}", f"seed=range({seeds})", f"steps={steps}"]
    return Sweep(words, rates * seeds, steps)


def xor(rates: int, seeds: int, steps: int) -> Sweep:
    """Small networks, many of which stall."""
    initialisers = ("he", "xavier", "lecun", "normal", "uniform")
    lr = ",".join(geometric(0.01, 10.0, rates))
    swept = [f"optimizer.lr={lr}", f"init={','.join(initialisers)}", f"seed=range({seeds})"]
    words = ["dataset=xor", "network.hidden=[2]", *swept, f"steps={steps}"]
    return Sweep(words, rates * len(initialisers) * seeds, steps)


def command(words: Sequence[str], folder: Path) -> float:
    """Seconds of a whole command; its output is shown where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    environment["MLFLOW_DISABLE_TELEMETRY"] = "true"
    log = folder / "command.log"
    with log.open("w") as file:
        started = time.perf_counter()
        code = subprocess.run(words, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT).returncode
        seconds = time.perf_counter() - started
    if code:
        raise SystemExit(f"exit code {code} of {' '.join(words)}\n{log.read_text()[-4000:]}")
    return seconds


def expect(what: str, found: object, wanted: object) -> None:
    """End the benchmark unless both are equal."""
    if found != wanted:
        raise SystemExit(f"{what}: found {found}, not {wanted}")


def recorded(folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, Counter[str]]]:
    """The store of a folder by run: its status, its parent where it has one, the number of points of each curve."""
    with sqlite3.connect(folder / "mlflow.db") as store:
        status = dict(store.execute("select run_uuid, status from runs"))
        parent = dict(store.execute("select run_uuid, value from tags where key = 'mlflow.parentRunId'"))
        points: dict[str, Counter[str]] = {run: Counter() for run in status}
        for run, curve, count in store.execute("select run_uuid, key, count(*) from metrics group by 1, 2"):
            points[run][curve] = count
    store.close()
    return status, parent, points


def check_others(folder: Path, runs: int, steps: int) -> None:
    """Every run has ended and has every point."""
    status, _, points = recorded(folder)
    whole = [
        run for run, state in status.items() if state == "FINISHED" and points[run] == dict.fromkeys(CURVES, steps)
    ]
    expect("runs of the others with all their points", len(whole), runs)


def check_ours(folder: Path, sweep: Sweep) -> list[float]:
    """Every run is there with every step, and is one of the parent's children in MLflow; the seconds of each."""
    import pyarrow.parquet as parquet

    results = folder / "sweep" / "results.jsonl"
    expect(f"{results} exists", results.is_file(), True)
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    expect("different jobs in results.jsonl", len({line["job"] for line in lines}), sweep.runs)
    expect("lines of results.jsonl", len(lines), sweep.runs)
    expect("jobs that failed or were not run", [line for line in lines if line["reason"] or line["reused"]], [])
    for line in lines:
        history = folder / "sweep" / line["folder"] / "history.parquet"
        table = parquet.read_table(history, columns=list(CURVES))
        expect(f"rows of {history}", table.num_rows, sweep.steps + 1)
        # The last row is the state after the last update: it has no gradient.
        expect(f"nulls of {history}", [table[curve].null_count for curve in CURVES], [0, 1])
    status, parent, points = recorded(folder)
    expect("runs in MLflow, the parent among them", len(status), sweep.runs + 1)
    expect("parents in MLflow", len(set(parent.values())), 1)
    expect("children in MLflow", len(parent), sweep.runs)
    expect("runs that have not ended in MLflow", [run for run, state in status.items() if state != "FINISHED"], [])
    most = SweepSettings().points
    thin = [run for run in parent if not all(most / 2 < points[run][curve] <= most for curve in CURVES)]
    expect(f"children with curves of other than {most // 2} to {most} points", thin, [])
    return [line["seconds"] for line in lines]


def others(words: Sequence[str], counts: Sequence[int], sweep: Sweep) -> list[float]:
    """Seconds of the other way for each number of runs, spread over the learning rates of the sweep."""
    grid = sweep.words[1].removeprefix("optimizer.lr=").split(",")
    seconds = []
    with tempfile.TemporaryDirectory(prefix="whynan-", ignore_cleanup_errors=True) as name:
        folder, done = Path(name), 0
        command([*OTHER, f"steps={sweep.steps}"], folder)  # makes the store
        for count in counts:
            lr = ",".join(grid[k * len(grid) // count] for k in range(count))
            seconds.append(command([*OTHER, "-m", f"lr={lr}", f"steps={sweep.steps}", *words], folder))
            done += count
            check_others(folder, 1 + done, sweep.steps)
    return seconds


def ours(sweep: Sweep) -> tuple[float, float]:
    """Seconds of the whole command, and of training in all its processes."""
    with tempfile.TemporaryDirectory(prefix="whynan-", ignore_cleanup_errors=True) as name:
        seconds = command([*OURS, *sweep.words], Path(name))
        return seconds, sum(check_ours(Path(name), sweep))


def cost(small: int, large: int, measured: Sequence[Sequence[float]]) -> Cost:
    """Start and slope from the best times of two numbers of runs."""
    fewer, more = (min(times) for times in zip(*measured, strict=True))
    per_run = (more - fewer) / (large - small)
    return Cost(fewer - small * per_run, per_run)


def table(sweep: Sweep, costs: Mapping[str, Cost], mine: Sequence[tuple[float, float]]) -> None:
    """Print seconds for the sweep, and the ratios to ours."""
    best = min((seconds for seconds, _ in mine), default=None)
    print(f"\nplanar, {sweep.runs} runs of {sweep.steps:,} steps")
    print(f"{'':8s}{'start s':>10s}{'s a run':>10s}{'s in all':>10s}{'to ours':>10s}")
    for name, one in costs.items():
        ratio = f"{one.of(sweep.runs) / best:9.1f}x" if best else ""
        print(f"{name:8s}{one.fixed:10.2f}{one.per_run:10.3f}{one.of(sweep.runs):10.1f}{ratio}   scaled")
    if best:
        print(f"{'ours':8s}{'':10s}{best / sweep.runs:10.3f}{best:10.1f}{1:9.1f}x   measured")


def outside(sweep: Sweep, mine: Sequence[tuple[float, float]], workers: int) -> None:
    """Print what a run of ours costs beside its training, in the best repetition."""
    seconds, training = min(mine)
    apart = (seconds * workers - training) / sweep.runs
    print(f"  {sweep.runs:,} runs: {seconds:.1f} s with {workers} workers, of it {training / workers:.1f} s training")
    print(f"  outside of training a run costs {1000 * apart:.1f} ms of one core")


def surroundings(cores: Sequence[int]) -> None:
    """Print what the figures hold for."""
    import platform

    print(f"cores {cores}, Python {platform.python_version()}, load {os.getloadavg()[0]:.2f}")
    print(", ".join(f"{name}={os.environ.get(name, 'not set')}" for name in SAID), flush=True)


def main() -> None:
    """Measure what is asked for by turns, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sweeps, once")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--basic", type=int, default=8, help="runs of the larger of two measurements")
    parser.add_argument("--joblib", type=int, default=24, help="runs of the larger of two measurements")
    parser.add_argument("--cores", type=int, nargs="+", default=sorted(os.sched_getaffinity(0))[:2])
    chosen = parser.parse_args()
    os.sched_setaffinity(0, chosen.cores)
    surroundings(chosen.cores)
    workers = len(chosen.cores)
    if chosen.quick:
        flower, truth, repeat, basic, joblib = planar(4, 2, 400), xor(2, 1, 200), 1, 4, 4 * workers
    else:
        flower, truth, repeat = planar(64, 4, 4000), xor(10, 20, 2000), chosen.repeat
        basic, joblib = chosen.basic, chosen.joblib
    # As many runs for each worker, so that none of them waits for the others.
    smaller = {"basic": max(1, basic // 4), "joblib": max(1, joblib // 4 // workers) * workers}
    counts = {"basic": (smaller["basic"], basic), "joblib": (smaller["joblib"], joblib)}
    launcher = {"basic": [], "joblib": ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={workers}"]}
    sweeps = {"ours": flower, "xor": truth}
    theirs: dict[str, list[list[float]]] = {way: [] for way in counts if way in chosen.only}
    mine: dict[str, list[tuple[float, float]]] = {way: [] for way in sweeps if way in chosen.only}
    for _ in range(repeat):
        for way, measured in theirs.items():
            measured.append(others(launcher[way], counts[way], flower))
            timed = (f"{count} runs {seconds:.2f} s" for count, seconds in zip(counts[way], measured[-1], strict=True))
            print(f"  {way}: {', '.join(timed)}", flush=True)
        for way, found in mine.items():
            found.append(ours(sweeps[way]))
            print(f"  {way}: {sweeps[way].runs} runs {found[-1][0]:.2f} s", flush=True)
    table(flower, {way: cost(*counts[way], measured) for way, measured in theirs.items()}, mine.get("ours", []))
    for way, found in mine.items():
        print(f"\n{way}")
        outside(sweeps[way], found, workers)


if __name__ == "__main__":
    main()
