"""Many networks trained at once by JAX: `vmap` over the networks inside a compiled `lax.scan` over the steps.

The networks of a pack have the same data and different learning rates and initial weights, all of them ours: planar
2-4-1 (400 samples) and xor 2-2-1, tanh, float64, full batch, plain gradient descent. The loss and the norm of the
gradient of every step are outputs of the scan, and nothing else is measured. Compiling is not counted.

How the network is written decides as much as the compiler does, so there are two forms:

- as written:     (samples, features), `x @ w1 + b1`, the loss from `jax.nn.softplus`, as in a tutorial;
- features first: (features, samples) and the loss from `exp` and `log1p`, the fastest of the forms that were tried.

Before the clock starts, the losses and norms of both forms are compared with ours of the same runs.

    python benchmarks/jax_packs.py            microseconds a run-step on one core and on all
    python benchmarks/jax_packs.py --quick    fewer repetitions
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

PROBLEMS: dict[str, dict[str, Any]] = {
    "planar": {"dataset": {"name": "planar", "seed": 0}, "network": {"hidden": [4], "activation": "tanh"}},
    "xor": {"dataset": {"name": "xor"}, "network": {"hidden": [2], "activation": "tanh"}},
}
SIZES = (("planar", 64, 500), ("xor", 256, 4000), ("xor", 1024, 1000))
FORMS = ("as written", "features first")
ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
# How far JAX's curves may be from ours, relative to them, at the steps that are compared.
TOLERANCE, COMPARED = 1e-9, (0, 1, 10, 100, 500)


def rates(replicas: int, low: float = 1e-3, high: float = 10.0) -> list[float]:
    """The learning rates of a pack."""
    return [low * (high / low) ** (k / max(1, replicas - 1)) for k in range(replicas)]


def prepared(problem: str, rate: float, seed: int, steps: int, **more: Any) -> Any:
    """One run of a pack as ours, `more` being other keys of its configuration."""
    from runner.settings import validate
    from runner.training.setup import prepare

    chosen = {"init": {"seed": seed}, "optimizer": {"name": "sgd", "lr": rate}, "steps": steps}
    return prepare(validate({**PROBLEMS[problem], **chosen, **more}))


def compiled(problem: str, form: str, learning_rates: Sequence[float], steps: int) -> Any:
    """A function without arguments that trains a pack and returns losses and norms, both (steps, replicas)."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import numpy as np

    setups = [prepared(problem, rate, seed, steps) for seed, rate in enumerate(learning_rates)]
    x, y = (jnp.asarray(array) for array in (setups[0].dataset.train.X, setups[0].dataset.train.Y))
    starts = [list(setup.workspace().weights().values()) for setup in setups]
    start = tuple(jnp.asarray(np.stack(arrays)) for arrays in zip(*starts, strict=True))
    lr = jnp.asarray(np.array(learning_rates))

    def as_written(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        z = jnp.tanh(x @ w1 + b1) @ w2 + b2
        return jnp.mean(jax.nn.softplus(z) - y * z)

    def features_first(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        z = w2.T @ jnp.tanh(w1.T @ x.T + b1[:, None]) + b2[:, None]
        size = jnp.abs(z)
        # (z + |z|) / 2, not max(z, 0): at 0, where xor's (0, 0) starts, JAX's derivatives of max and |z| don't match.
        return jnp.mean((z + size) / 2 - y.T * z + jnp.log1p(jnp.exp(-size)))

    loss_of = dict(zip(FORMS, (as_written, features_first), strict=True))[form]

    def step(parameters: Any, rate: Any) -> Any:
        loss, gradient = jax.value_and_grad(loss_of)(parameters)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in gradient))
        return tuple(p - rate * g for p, g in zip(parameters, gradient, strict=True)), (loss, norm)

    def train(parameters: Any, rate: Any) -> Any:
        return jax.lax.scan(lambda p, _: jax.vmap(step)(p, rate), parameters, None, length=steps)

    program = jax.jit(train).lower(start, lr).compile()
    return lambda: jax.block_until_ready(program(start, lr))[1]


def difference(problem: str, form: str, replicas: int = 6) -> float:
    """The largest relative difference between JAX's losses and norms and ours, at some steps of some runs."""
    import numpy as np

    from runner.training.history import History
    from runner.training.listeners import Listener
    from runner.training.loop import Training
    from runner.training.recorder import history_columns
    from runner.training.stopping import Interruption

    steps, chosen = max(COMPARED) + 1, rates(replicas, 0.01, 1.0)
    theirs = [np.asarray(values)[list(COMPARED)] for values in compiled(problem, form, chosen, steps)()]
    found = []
    for seed, rate in enumerate(chosen):
        setup = prepared(problem, rate, seed, steps)
        history = History(history_columns(setup.watch))
        Training(setup, history, lambda event: None, Listener(), None).run(Interruption())
        for column, values in zip(("loss", "grad_norm"), theirs, strict=True):
            ours = history[column][list(COMPARED)]
            found.append(np.abs(values[:, seed] / ours - 1))
    return float(np.max(found))


def worker(cores: Sequence[int], problem: str, form: str, learning_rates: Sequence[float], steps: int) -> None:
    """Train a pack on some cores whenever a line comes in: prints seconds."""
    os.sched_setaffinity(0, cores)  # before JAX makes its threads
    if not learning_rates:
        print(difference(problem, form), flush=True)
        return
    train = compiled(problem, form, learning_rates, steps)
    train()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        train()
        print(time.perf_counter() - started, flush=True)


def start(cores: Sequence[int], *task: Any) -> subprocess.Popen[str]:
    """A worker, with one thread where it has one core."""
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    if len(cores) == 1:
        environment["XLA_FLAGS"] = ONE_THREAD
    command = [sys.executable, __file__, "--worker", json.dumps([list(cores), *task])]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)


def line(process: subprocess.Popen[str]) -> str:
    """What a worker says next; its end is ours."""
    assert process.stdout is not None
    text = process.stdout.readline().strip()
    if not text:
        raise SystemExit(f"{__file__}: a worker ended with exit code {process.wait()}")
    return text


def timed(process: subprocess.Popen[str]) -> float:
    """Seconds that a worker takes to train its pack once more."""
    print("go", file=process.stdin, flush=True)
    return float(line(process))


def jax_repetitions(
    problem: str, replicas: int, steps: int, form: str, cores: Sequence[Sequence[int]], repetitions: int
) -> list[float]:
    """Microseconds a run-step, once for each repetition; as `jax_microseconds`."""
    shares = [rates(replicas)[k :: len(cores)] for k in range(len(cores))]
    processes = [start(own, problem, form, share, steps) for own, share in zip(cores, shares, strict=True)]
    for process in processes:
        line(process)
    found = []
    for _ in range(repetitions):
        for process in processes:
            print("go", file=process.stdin, flush=True)
        slowest = max(float(line(process)) for process in processes)
        found.append(slowest / replicas / steps * 1e6)
    for process in processes:
        process.communicate()
    return found


def jax_microseconds(
    problem: str,
    replicas: int,
    steps: int,
    form: str = "features first",
    cores: Sequence[Sequence[int]] | None = None,
    repetitions: int = 7,
) -> float:
    """The median of the microseconds that JAX takes for a step of one network in a pack.

    `problem` is one of `PROBLEMS` and `form` one of `FORMS`. `cores` has a list for each process among which the
    networks are shared out; by default it is one process on the cores of the caller.
    """
    cores = cores or [sorted(os.sched_getaffinity(0))]
    return statistics.median(jax_repetitions(problem, replicas, steps, form, cores, repetitions))


def jax_difference(problem: str, form: str) -> float:
    """`difference` in a process of its own."""
    process = start(sorted(os.sched_getaffinity(0)), problem, form, [], 0)
    found = float(line(process))
    process.communicate()
    return found


def main() -> None:
    """Compare the curves, then measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(*json.loads(arguments.worker))
        return
    for problem in PROBLEMS:
        for form in FORMS:
            found = jax_difference(problem, form)
            print(f"{problem}, {form}: at most {found:.1e} from our losses and norms", flush=True)
            if not found <= TOLERANCE:
                raise SystemExit(f"more than {TOLERANCE:g}: this is another computation")
    all_cores = sorted(os.sched_getaffinity(0))
    places = {"one core": [all_cores[:1]]}
    if len(all_cores) > 1:
        places |= {
            f"{len(all_cores)} cores, one process": [all_cores],
            f"{len(all_cores)} cores, a process each": [[core] for core in all_cores],
        }
    for problem, replicas, steps in SIZES:
        print(f"\n{problem}, {replicas} networks, {steps} steps: microseconds a run-step, median and best")
        for form in FORMS:
            for place, cores in places.items():
                measured = jax_repetitions(problem, replicas, steps, form, cores, 5 if arguments.quick else 15)
                print(f"  {form:16s}{place:26s}{statistics.median(measured):9.3f}{min(measured):9.3f}", flush=True)


if __name__ == "__main__":
    main()
