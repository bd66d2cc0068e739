"""Steps a second of one run, beside PyTorch, scikit-learn and JAX, as ratios within one run of this script.

Each tool is a process of its own, pinned to one core with one BLAS thread, and trains the same network on the same
data with plain gradient descent:

- xor: 4 samples, 2-2-1 tanh, full batch;  planar: 400 samples, 2-4-1 tanh, full batch;
- mnist: 784-128-10 ReLU, batches of 64 out of 8,000 samples (random pixels: speed does not depend on them).

Ours runs with the full watch on (loss, gradient norms and update ratios of each layer at every step, statistics of
the units, the non-finite check) and its history kept; the others get no monitoring at all, only the loss where the
tool computes it in any case. Whatever compiles is warmed up before the clock starts. Each measurement is the best of
several repetitions, taken in turns so that a slow moment of the machine hits all tools.

What sharpness costs is measured apart, on runs as short as the shipped ones: of a longer run it is a smaller part.

    python benchmarks/single_run.py            the table
    python benchmarks/single_run.py --quick    fewer repetitions
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

TASKS: dict[str, dict[str, Any]] = {
    "xor": {"sizes": (2, 2, 1), "samples": 4, "batch": None, "lr": 0.5, "steps": 20000, "short": 4000},
    "planar": {"sizes": (2, 4, 1), "samples": 400, "batch": None, "lr": 1.2, "steps": 10000, "short": 4000},
    "mnist": {"sizes": (784, 128, 10), "samples": 8000, "batch": 64, "lr": 0.1, "steps": 1000, "short": 1250},
}
WITHOUT_SHARPNESS = "whynan, sharpness off"
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def data(task: str, dtype: str = "float64") -> tuple[Any, Any]:
    """Inputs (n, features) and targets: (n, 1) labels, or one-hot (n, 10)."""
    import numpy as np

    rng = np.random.default_rng(0)
    spec = TASKS[task]
    n, features, outputs = spec["samples"], spec["sizes"][0], spec["sizes"][-1]
    X = rng.random((n, features))
    if task == "xor":
        X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
        return X.astype(dtype), np.array([[0], [1], [1], [0]]).astype(dtype)
    if outputs == 1:
        return X.astype(dtype), (X.sum(axis=1, keepdims=True) > 1).astype(dtype)
    return X.astype(dtype), np.eye(outputs)[rng.integers(0, outputs, n)].astype(dtype)


def ours(task: str, dtype: str, watch: dict[str, Any], runtime: str = "auto") -> Callable[[int], float]:
    """Whynan, its history kept in memory."""
    from runner.settings import validate
    from runner.training.history import History
    from runner.training.listeners import Listener
    from runner.training.loop import Training
    from runner.training.recorder import history_columns
    from runner.training.setup import prepare
    from runner.training.stopping import Interruption

    spec, (X, Y) = TASKS[task], data(task)
    config = {
        "dataset": {"name": "inline", "X": X, "Y": Y, "task": "binary" if Y.shape[1] == 1 else "classes"},
        "network": {"hidden": [spec["sizes"][1]], "activation": "relu" if task == "mnist" else "tanh"},
        "optimizer": {"name": "sgd", "lr": spec["lr"]},
        "batch_size": spec["batch"],
        "dtype": dtype,
        "watch": watch,
        "runtime": runtime,
    }

    def train(steps: int) -> float:
        setup = prepare(validate({**config, "steps": steps}))
        training = Training(setup, History(history_columns(setup)), lambda event: None, Listener(), None)
        return training.run(Interruption())

    return train


def torch_eager(task: str, dtype: str) -> Callable[[int], float]:
    """PyTorch as its tutorials write it: modules, an optimiser, zero_grad, backward, step."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    spec, (X, Y) = TASKS[task], data(task, dtype)
    kind = getattr(torch, dtype)
    inputs, hidden, outputs = spec["sizes"]
    activation = torch.nn.ReLU() if task == "mnist" else torch.nn.Tanh()
    model = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), activation, torch.nn.Linear(hidden, outputs)).to(kind)
    x = torch.from_numpy(X)
    y = torch.from_numpy(Y) if outputs == 1 else torch.from_numpy(Y.argmax(axis=1))
    loss_of = torch.nn.BCEWithLogitsLoss() if outputs == 1 else torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=spec["lr"])

    def train(steps: int) -> float:
        order = torch.randperm(len(x))
        size = spec["batch"]
        started = time.perf_counter()
        position = 0
        for _ in range(steps):
            if size is None:
                xb, yb = x, y
            else:
                if position + size > len(x):
                    order, position = torch.randperm(len(x)), 0
                index = order[position : position + size]
                xb, yb, position = x[index], y[index], position + size
            optimiser.zero_grad()
            loss = loss_of(model(xb), yb)
            loss.backward()
            optimiser.step()
        return time.perf_counter() - started

    return train


def sklearn_mlp(task: str, dtype: str) -> Callable[[int], float]:
    """scikit-learn's MLPClassifier with solver sgd, through fit with a fixed number of epochs."""
    import warnings

    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    spec, (X, Y) = TASKS[task], data(task, dtype)
    labels = Y.ravel() if Y.shape[1] == 1 else Y.argmax(axis=1)
    size = spec["batch"] or spec["samples"]
    per_epoch = -(-spec["samples"] // size)

    def train(steps: int) -> float:
        model = MLPClassifier(
            hidden_layer_sizes=(spec["sizes"][1],),
            activation="relu" if task == "mnist" else "tanh",
            solver="sgd",
            alpha=0.0,
            batch_size=size,
            learning_rate_init=spec["lr"],
            momentum=0.0,
            nesterovs_momentum=False,
            max_iter=steps // per_epoch,
            tol=0.0,
            n_iter_no_change=10**9,
            random_state=0,
        )
        started = time.perf_counter()
        model.fit(X, labels)
        return time.perf_counter() - started

    return train


def jax_scan(task: str, dtype: str) -> Callable[[int], float]:
    """JAX: the whole run as one compiled lax.scan; compiling is not counted."""
    import jax

    jax.config.update("jax_enable_x64", dtype == "float64")
    import jax.numpy as jnp
    from jax import lax

    spec, (X, Y) = TASKS[task], data(task, dtype)
    inputs, hidden, outputs = spec["sizes"]
    size = spec["batch"]
    keys = jax.random.split(jax.random.PRNGKey(0), 2)
    x, y = jnp.asarray(X), jnp.asarray(Y)

    def loss_of(parameters: Any, xb: Any, yb: Any) -> Any:
        w1, b1, w2, b2 = parameters
        z1 = xb @ w1 + b1
        z = (jnp.maximum(z1, 0) if task == "mnist" else jnp.tanh(z1)) @ w2 + b2
        if outputs == 1:
            return jnp.mean(jax.nn.softplus(z) - yb * z)
        return -jnp.mean(jnp.sum(yb * jax.nn.log_softmax(z), axis=1))

    def step(parameters: Any, index: Any) -> Any:
        xb, yb = (x, y) if size is None else (x[index], y[index])
        loss, gradient = jax.value_and_grad(loss_of)(parameters, xb, yb)
        return jax.tree.map(lambda p, g: p - spec["lr"] * g, parameters, gradient), loss

    start = (
        jax.random.normal(keys[0], (inputs, hidden), x.dtype) * inputs**-0.5,
        jnp.zeros(hidden, x.dtype),
        jax.random.normal(keys[1], (hidden, outputs), x.dtype) * hidden**-0.5,
        jnp.zeros(outputs, x.dtype),
    )
    compiled: dict[int, Any] = {}

    def train(steps: int) -> float:
        import numpy as np

        rng = np.random.default_rng(0)
        indices = None
        if size is not None:
            epochs = -(-steps * size // len(X))
            order = np.concatenate([rng.permutation(len(X)) for _ in range(epochs)])[: steps * size]
            indices = jnp.asarray(order.reshape(steps, size))
        if steps not in compiled:
            run = jax.jit(lambda p, i: lax.scan(step, p, i, length=steps))
            jax.block_until_ready(run(start, indices))
            compiled[steps] = run
        started = time.perf_counter()
        jax.block_until_ready(compiled[steps](start, indices))
        return time.perf_counter() - started

    return train


def products(task: str, dtype: str) -> Callable[[int], float]:
    """The floor: NumPy's two large products of an MNIST step and nothing else."""
    import numpy as np

    inputs, hidden, _ = TASKS[task]["sizes"]
    rng = np.random.default_rng(0)
    W, X, D = (rng.random(shape).astype(dtype) for shape in ((hidden, inputs), (64, inputs), (hidden, 64)))
    Z, dW = np.empty((hidden, 64), dtype), np.empty((hidden, inputs), dtype)

    def train(steps: int) -> float:
        started = time.perf_counter()
        for _ in range(steps):
            np.dot(W, X.T, Z)
            np.dot(D, X, dW)
        return time.perf_counter() - started

    return train


def floor(task: str, dtype: str) -> Callable[[int], float]:
    """What no NumPy program can leave out of a watched MNIST step: gather, large products, two norms, update."""
    import numpy as np

    inputs, hidden, _ = TASKS[task]["sizes"]
    rng = np.random.default_rng(0)
    data_X, data_D = rng.random((TASKS[task]["samples"], inputs)).astype(dtype), rng.random((hidden, 64)).astype(dtype)
    W, dW = (rng.random((hidden, inputs)).astype(dtype) for _ in range(2))
    X, Z, lr, norm = (
        np.empty((64, inputs), dtype),
        np.empty((hidden, 64), dtype),
        np.array(1e-9, dtype),
        np.empty((), dtype),
    )
    w, g = W.ravel(), dW.ravel()

    def train(steps: int) -> float:
        order = np.concatenate([rng.permutation(len(data_X)) for _ in range(-(-steps * 64 // len(data_X)))])
        batches = list(order[: steps * 64].reshape(steps, 64))
        started = time.perf_counter()
        for batch in batches:
            data_X.take(batch, axis=0, out=X, mode="clip")
            W.dot(X.T, Z)
            data_D.dot(X, dW)
            w.dot(w, norm)
            g.dot(g, norm)
            np.multiply(g, lr, g)
            np.subtract(w, g, w)
        return time.perf_counter() - started

    return train


TOOLS: dict[str, Callable[[str, str], Callable[[int], float]]] = {
    "whynan": lambda task, dtype: ours(task, dtype, {}),
    "whynan, by Python": lambda task, dtype: ours(task, dtype, {}, "python"),
    "whynan, watch off": lambda task, dtype: ours(task, dtype, {"every": 0, "units": "off", "sharpness": "off"}),
    WITHOUT_SHARPNESS: lambda task, dtype: ours(task, dtype, {"sharpness": "off"}),
    "pytorch eager": torch_eager,
    "scikit-learn": sklearn_mlp,
    "jax scan": jax_scan,
    "two products": products,
    "numpy's floor": floor,
}


def worker(tool: str, task: str, dtype: str, steps: int) -> None:
    """Measure whenever a line comes in: prints seconds a step."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    train = TOOLS[tool](task, dtype)
    steps = steps // 125 * 125
    train(steps if tool == "jax scan" else max(125, steps // 10))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(train(steps) / steps, flush=True)


def measure(task: str, dtype: str, tools: Iterable[str], steps: int, repetitions: int) -> dict[str, float]:
    """The best seconds a step of each tool in runs of so many steps, the tools taking turns."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "JAX_PLATFORMS": "cpu"}
    environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    best: dict[str, float] = {}
    processes = {}
    for tool in tools:
        command = [sys.executable, __file__, "--worker", json.dumps([tool, task, dtype, steps])]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        assert process.stdout is not None
        if process.stdout.readline().strip() == "ready":
            processes[tool] = process
        else:
            print(f"  {tool}: not installed, left out")
    for _ in range(repetitions):
        for tool, process in processes.items():
            assert process.stdin is not None
            assert process.stdout is not None
            print("go", file=process.stdin, flush=True)
            best[tool] = min(best.get(tool, 1e9), float(process.stdout.readline()))
    for process in processes.values():
        process.communicate()
    return best


def tools_for(task: str) -> list[str]:
    """The tools of the table."""
    floors = ("two products", "numpy's floor")
    return [tool for tool in TOOLS if tool != WITHOUT_SHARPNESS and (task == "mnist" or tool not in floors)]


def main() -> None:
    """Print a table for each task and type."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--task", choices=list(TASKS), help="this one only")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(*json.loads(arguments.worker))
        return
    for task, dtype in (("xor", "float64"), ("planar", "float64"), ("mnist", "float64"), ("mnist", "float32")):
        if arguments.task in (None, task):
            print(f"{task} {'-'.join(map(str, TASKS[task]['sizes']))}, {dtype}")
            repetitions, spec = 3 if arguments.quick else 9, TASKS[task]
            seconds = measure(task, dtype, tools_for(task), spec["steps"], repetitions)
            mine = seconds["whynan"]
            for tool, value in seconds.items():
                print(f"  {tool:20s} {value * 1e6:9.2f} us a step   {value / mine:6.2f} x whynan's time", flush=True)
            print(f"  the watch costs {mine / seconds['whynan, watch off'] - 1:+.1%}")
            short = measure(task, dtype, ("whynan", WITHOUT_SHARPNESS), spec["short"], 5 * repetitions)
            cost = short["whynan"] / short[WITHOUT_SHARPNESS] - 1
            print(f"  of it, sharpness in a run of {spec['short']} steps: {cost:+.1%}\n", flush=True)


if __name__ == "__main__":
    main()
