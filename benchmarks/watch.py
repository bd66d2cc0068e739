"""What the watch costs: scripts alone, and watched, side by side in processor time.

    python benchmarks/watch.py [--repeats 3] [--steps 1.0]

Each script is run in a process of its own and reports the processor time of its loop, from its first step to its last;
the search for the step before, and the diagnosis behind, are not part of it. `--steps` makes more or fewer steps.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SMALL = """
import time
import numpy as np
rng = np.random.default_rng(0)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)
W1, b1 = rng.normal(size=(2, 2)), np.zeros(2)
W2, b2 = rng.normal(size=(2, 1)), np.zeros(1)
lr = 0.1
begun = time.process_time()
for step in range({steps}):
    A = np.tanh(X @ W1 + b1)
    P = A @ W2 + b2
    d = (P - Y) / 4
    loss = np.sum(d * d)
    dA = d @ W2.T * (1 - A * A)
    W2 -= lr * (A.T @ d)
    b2 -= lr * d.sum(axis=0)
    W1 -= lr * (X.T @ dA)
    b1 -= lr * dA.sum(axis=0)
print("seconds", time.process_time() - begun)
"""
LARGE = """
import time
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=({batch}, 784))
Y = np.eye(10)[rng.integers(0, 10, {batch})]
params = {{"W1": rng.normal(size=(784, 128)) * 0.03, "b1": np.zeros(128),
          "W2": rng.normal(size=(128, 10)) * 0.1, "b2": np.zeros(10)}}
learning_rate = 0.1


def step_of(params):
    Z = X @ params["W1"] + params["b1"]
    A = np.maximum(Z, 0)
    S = A @ params["W2"] + params["b2"]
    E = np.exp(S - S.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    loss = -np.mean(np.sum(Y * np.log(P + 1e-12), axis=1))
    d = (P - Y) / len(X)
    dZ = (d @ params["W2"].T) * (Z > 0)
    return loss, {{"W1": X.T @ dZ, "b1": dZ.sum(axis=0), "W2": A.T @ d, "b2": d.sum(axis=0)}}


begun = time.process_time()
for step in range({steps}):
    loss, grads = step_of(params)
    for name in params:
        params[name] -= learning_rate * grads[name]
print("seconds", time.process_time() - begun)
"""
_ONE = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Kind:
    """A script, with how many steps of it are timed."""

    name: str
    text: str
    steps: int


KINDS = (
    Kind("XOR 2-2-1, 4 samples", SMALL, 40_000),
    Kind("XOR, the first 1,000 steps", SMALL, 1_000),
    Kind("784-128-10, batch 64", LARGE.replace("{batch}", "64"), 600),
    Kind("784-128-10, batch 512", LARGE.replace("{batch}", "512"), 120),
)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=float, default=1.0)
    options = parser.parse_args()
    print(f"{'script':<30} {'steps':>7} {'alone us':>10} {'watched us':>11} {'ratio':>6}")
    for kind in KINDS:
        steps = max(1, int(kind.steps * options.steps))
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "train.py")
            file.write_text(kind.text.format(steps=steps), encoding="utf-8")
            times: dict[bool, list[float]] = {False: [], True: []}
            for repeat in range(options.repeats):
                for watched in (False, True):
                    times[watched].append(seconds(file, watched, f"R{repeat}"))
        alone, watched_time = (min(times[one]) / steps * 1e6 for one in (False, True))
        line = f"{kind.name:<30} {steps:>7,} {alone:>10.1f} {watched_time:>11.1f} {watched_time / alone:>6.2f}"
        print(line)


def seconds(file: Path, watched: bool, folder: str) -> float:
    """The processor time of the script's loop."""
    ours = ["-m", "runner", "watch", "tracking=none", "diagnosis=none", f"hydra.run.dir={folder}"]
    command = [sys.executable, *(ours if watched else []), str(file)]
    done = subprocess.run(
        command, cwd=file.parent, capture_output=True, text=True, check=True, env={**os.environ, **_ONE}
    )
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    main()
