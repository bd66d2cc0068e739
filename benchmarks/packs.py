"""Packed training beside JAX's `vmap` of a compiled `lax.scan`, and beside the same runs one after the other.

Ours records the loss and each layer's gradient and parameter norms at every step, and looks for values that are not
finite; JAX records the loss and the norm of the gradient. All in one process on one core, in turns, the best of several
repetitions each; compiling is not counted.

    python benchmarks/packs.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

# problem: hidden units, samples, runs, steps, and how many of ours are a pack (None: as many as `pack_size` says)
PROBLEMS = {
    "planar, 64 runs": ("planar", 4, 64, 1000),
    "xor, 256 runs": ("xor", 2, 256, 2000),
    "xor, 1,024 runs": ("xor", 2, 1024, 2000),
}


def ours(dataset: str, hidden: int, runs: int, steps: int, size: int | None) -> float:
    """Seconds for all runs in packs of `size`."""
    from runner.settings import validate
    from runner.training.history import History
    from runner.training.interrupt import Interruption
    from runner.training.listeners import Listener
    from runner.training.loop import Training
    from runner.training.pack import Pack
    from runner.training.pack_size import pack_size
    from runner.training.recorder import history_columns
    from runner.training.setup import prepare
    from runner.training.threads import one_blas_thread

    # Evaluations, statistics of units and sharpness are no part of training, and JAX makes none.
    watch = {"units": "off", "sharpness": "off", "evaluate": steps}
    common = {"dataset": dataset, "network": {"hidden": [hidden]}, "steps": steps, "watch": watch}
    setups = [
        prepare(validate({**common, "optimizer": {"name": "sgd", "lr": 0.1 + 0.001 * k}, "seed": k}))
        for k in range(runs)
    ]
    trainings = [
        Training(setup, History(history_columns(setup.watch)), lambda event: None, Listener(), None) for setup in setups
    ]
    size = size or pack_size(setups[0])
    with one_blas_thread():
        started = time.perf_counter()
        for first in range(0, runs, size):
            Pack(trainings[first : first + size]).run(Interruption())
        return time.perf_counter() - started


class Jax:
    """All runs as one compiled program."""

    def __init__(self, dataset: str, hidden: int, runs: int, steps: int) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp
        import numpy as np
        from jax import lax

        from runner.settings import validate
        from runner.training.setup import prepare

        parts = [prepare(validate({"dataset": dataset, "seed": k})).dataset.train for k in range(runs)]
        X, Y = jnp.asarray(np.stack([p.X for p in parts])), jnp.asarray(np.stack([p.Y for p in parts]))
        rng = np.random.default_rng(0)
        shapes = ((2, hidden), (hidden,), (hidden, 1), (1,))
        start = tuple(jnp.asarray(rng.normal(size=(runs, *shape))) for shape in shapes)
        rates = jnp.asarray(0.1 + 0.001 * np.arange(runs))

        def loss_of(parameters: Any, x: Any, y: Any) -> Any:
            w1, b1, w2, b2 = parameters
            z = jnp.tanh(x @ w1 + b1) @ w2 + b2
            return jnp.mean(jax.nn.softplus(z) - y * z)

        def train(parameters: Any, x: Any, y: Any, rate: Any) -> Any:
            def step(p: Any, _: Any) -> Any:
                loss, gradient = jax.value_and_grad(loss_of)(p, x, y)
                norm = jnp.sqrt(sum(jnp.sum(g * g) for g in gradient))
                return tuple(a - rate * g for a, g in zip(p, gradient, strict=True)), (loss, norm)

            return lax.scan(step, parameters, None, length=steps)

        self._run = jax.jit(jax.vmap(train))
        self._arguments = start, X, Y, rates
        self._ready = jax.block_until_ready
        self._ready(self._run(*self._arguments))

    def __call__(self) -> float:
        """Seconds for all runs."""
        started = time.perf_counter()
        self._ready(self._run(*self._arguments))
        return time.perf_counter() - started


def main() -> None:
    """Print microseconds a step of one run, and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    repetitions = 2 if parser.parse_args().quick else 7
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    print(f"{'':18}{'packed':>10}{'alone':>10}{'JAX':>10}{'alone/packed':>15}{'JAX/packed':>13}")
    for name, (dataset, hidden, runs, steps) in PROBLEMS.items():
        jax = Jax(dataset, hidden, runs, steps)
        few = 8  # runs one after the other take long
        found = [
            (
                ours(dataset, hidden, runs, steps, None) / runs,
                ours(dataset, hidden, few, steps, 1) / few,
                jax() / runs,
            )
            for _ in range(repetitions)
        ]
        packed, alone, other = (min(times) / steps * 1e6 for times in zip(*found, strict=True))
        ratios = f"{alone / packed:>15.2f}{other / packed:>13.2f}"
        print(f"{name:18}{packed:>7.2f} us{alone:>7.2f} us{other:>7.2f} us{ratios}")


if __name__ == "__main__":
    main()
