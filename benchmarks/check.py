"""What a gradient check costs, in seconds: of configured networks and of subjects, by their size; right and wrong.

A check includes what is looked for where gradients are wrong: which mistake explains them. That of a subject includes
its process, finding out how it is called, and recording a step.

    python benchmarks/check.py
    python benchmarks/check.py --repeat 5   the fastest of so many, 3 otherwise
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runner import check

CONFIGURED = (
    ("xor 2-2-1", ["dataset=xor", "network.hidden=[2]"]),
    ("planar 2-4-1", ["dataset=planar"]),
    ("planar 2-16-16-16-1", ["dataset=planar", "network.hidden=[16,16,16]"]),
    ("digits 64-32-10", ["dataset=digits", "network.hidden=[32]"]),
    ("digits 64-512-128-10", ["dataset=digits", "network.hidden=[512,128]"]),
)
FAULT = "faults=[missing_activation_derivative@1]"
SIZES = ((2, 3, 1), (4, 8, 8, 3), (64, 32, 10), (100, 200, 10), (784, 128, 10))
NET = """
from itertools import pairwise

import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(100, {sizes}[0]))
Y = rng.uniform(size=(100, {sizes}[-1]))


class Net:
    def __init__(self):
        self.W = [rng.normal(size=(i, o)) / i**0.5 for i, o in pairwise({sizes})]
        self.b = [0.1 * rng.normal(size=o) for o in {sizes}[1:]]

    def forward(self, X):
        self.A = [X]
        for W, b in zip(self.W, self.b):
            self.A.append(np.tanh(self.A[-1] @ W + b))
        return self.A[-1]

    def loss(self, X, Y):
        return 0.5 * np.sum((self.forward(X) - Y) ** 2) / len(X)

    def gradients(self, X, Y):
        d = (self.forward(X) - Y) / len(X) * (1 - self.A[-1] ** 2)
        dW, db = [], []
        for layer in range(len(self.W) - 1, -1, -1):
            dW.insert(0, self.A[layer].T @ d)
            db.insert(0, d.sum(axis=0))
            d = d @ self.W[layer].T{derivative}
        return dW + db
"""
DERIVATIVE = " * (1 - self.A[layer] ** 2)"


def main() -> None:
    """Print seconds for right and wrong networks, and what was found of the wrong ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    print(f"{'network':<32}{'parameters':>11}{'right':>9}{'wrong':>9}  named")
    for name, words in CONFIGURED:
        _told(name, lambda *more, words=words: check("tracking=none", *words, *more), ([], [FAULT]), repeat)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.py"
        for sizes in SIZES:
            texts = [NET.format(sizes=list(sizes), derivative=derivative) for derivative in (DERIVATIVE, "")]

            def checked(text: str) -> object:
                file.write_text(text)
                return check(f"subject={file}:Net")

            _told(f"subject {'-'.join(map(str, sizes))}", checked, ([texts[0]], [texts[1]]), repeat)


def _told(name: str, checked: Callable[..., object], versions: tuple[list[str], list[str]], repeat: int) -> None:
    seconds, results = [], []
    for words in versions:
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            result = checked(*words)
            times.append(time.perf_counter() - start)
        seconds.append(min(times))
        results.append(result)
    parameters = sum(array.size for array in results[0].arrays)
    assert results[0].passed
    assert not results[1].passed
    named = ", ".join(cause.fault for cause in results[1].causes) or "nothing"
    print(f"{name:<32}{parameters:>11,}{seconds[0]:>9.2f}{seconds[1]:>9.2f}  {named}", flush=True)


if __name__ == "__main__":
    main()
