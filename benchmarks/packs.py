"""Packed training beside JAX's `vmap` in a compiled `lax.scan`, and beside the same runs one after the other.

The problems, the runs and the two forms of JAX are those of `jax_packs.py`, on one core. Ours records the loss and each
layer's gradient and parameter norms at every step, and looks for values that are not finite; JAX records the loss and
the norm of the gradient. In turns, the best of several repetitions each; compiling is not counted.

    python benchmarks/packs.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from typing import Any

from jax_packs import FORMS, SIZES, line, prepared, rates, start, timed

ALONE = 8  # runs one after the other take long


def ours(setups: Sequence[Any], size: int) -> float:
    """Seconds for all runs in packs of `size`."""
    from runner.threads import one_blas_thread
    from runner.training.history import History
    from runner.training.listeners import Listener
    from runner.training.loop import Training
    from runner.training.packs.pack import Pack
    from runner.training.recorder import history_columns
    from runner.training.stopping import Interruption

    trainings = [
        Training(setup, History(history_columns(setup.watch)), lambda event: None, Listener(), None) for setup in setups
    ]
    with one_blas_thread():
        started = time.perf_counter()
        for first in range(0, len(setups), size):
            Pack(trainings[first : first + size]).run(Interruption())
        return time.perf_counter() - started


def compared(problem: str, replicas: int, steps: int, core: int, repetitions: int) -> list[float]:
    """Microseconds a run-step: in packs, alone, and JAX in each of its forms."""
    from runner.training.packs.size import pack_size

    # Evaluations, statistics of units and sharpness are no part of training, and JAX makes none.
    watch = {"units": "off", "sharpness": "off", "evaluate": steps}
    setups = [prepared(problem, rate, seed, steps, watch=watch) for seed, rate in enumerate(rates(replicas, 0.01, 1.0))]
    processes = [start([core], problem, form, rates(replicas, 0.01, 1.0), steps) for form in FORMS]
    for process in processes:
        line(process)  # it has compiled
    size = pack_size(setups[0])
    found = [
        (
            ours(setups, size) / replicas,
            ours(setups[:ALONE], 1) / ALONE,
            *(timed(process) / replicas for process in processes),
        )
        for _ in range(repetitions)
    ]
    for process in processes:
        process.communicate()
    return [min(times) / steps * 1e6 for times in zip(*found, strict=True)]


def main() -> None:
    """Print microseconds a step of one run, and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    repetitions = 2 if parser.parse_args().quick else 7
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    forms = "".join(f"{f'JAX {form}':>20}" for form in FORMS)
    print(f"{'us a run-step':18}{'packed':>9}{'alone':>9}{forms}{'alone/packed':>14}{'JAX/packed, by form':>21}")
    for problem, replicas, steps in SIZES:
        packed, alone, *others = compared(problem, replicas, steps, core, repetitions)
        times = "".join(f"{other:>20.2f}" for other in others)
        ratios = " ".join(f"{other / packed:.2f}" for other in others)
        name = f"{problem}, {replicas:,} runs"
        print(f"{name:18}{packed:>9.2f}{alone:>9.2f}{times}{alone / packed:>14.2f}{ratios:>21}", flush=True)


if __name__ == "__main__":
    main()
