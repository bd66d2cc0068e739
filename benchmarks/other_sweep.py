"""The sweep of sweep.py as one would write it without Whynan: Hydra, PyTorch, and MLflow's `log_batch`.

    python benchmarks/other_sweep.py -m lr=0.1,1 'seed=range(4)'
    python benchmarks/other_sweep.py -m hydra/launcher=joblib hydra.launcher.n_jobs=2 lr=0.1,1 'seed=range(4)'

A planar network 2-4-1 in float64, full batch, one thread; the loss and the gradient norm of every step are recorded.
"""

from __future__ import annotations

import os
import time

import hydra
import numpy as np
import torch
from hydra.core.config_store import ConfigStore
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from omegaconf import DictConfig

STEPS = 4000

ConfigStore.instance().store("config", {"lr": 1.0, "seed": 0, "steps": STEPS, "uri": "sqlite:///mlflow.db"})


def flower(seed: int, samples: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    """Two classes of petals: inputs (samples, 2) and labels (samples, 1)."""
    rng = np.random.default_rng(seed)
    label = np.arange(samples) % 2
    angle = rng.uniform(0, 3.12, samples) + label * 3.12 + rng.normal(0, 0.2, samples)
    radius = 4 * np.sin(4 * angle) + rng.normal(0, 0.2, samples)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return torch.from_numpy(points), torch.from_numpy(label[:, None].astype(np.float64))


@hydra.main(version_base="1.3", config_path=None, config_name="config")
def main(config: DictConfig) -> None:
    """Train one network, and record every step."""
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    X, Y = flower(config.seed)
    network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.SGD(network.parameters(), lr=config.lr)
    losses, norms = [], []
    for _ in range(config.steps):
        optimiser.zero_grad()
        loss = loss_of(network(X), Y)
        loss.backward()
        norms.append(torch.nn.utils.get_total_norm([p.grad for p in network.parameters()]))
        losses.append(loss.detach())
        optimiser.step()
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    client = MlflowClient(config.uri)
    run_id = client.create_run(client.get_experiment_by_name("sweep").experiment_id).info.run_id
    now = int(time.time() * 1000)
    curves = {"loss": torch.stack(losses).tolist(), "grad_norm": torch.stack(norms).tolist()}
    points = [Metric(name, value, now, step) for name, curve in curves.items() for step, value in enumerate(curve)]
    client.log_batch(run_id, params=[Param("lr", str(config.lr)), Param("seed", str(config.seed))])
    for start in range(0, len(points), 1000):
        client.log_batch(run_id, metrics=points[start : start + 1000])
    client.set_terminated(run_id)


if __name__ == "__main__":
    main()
