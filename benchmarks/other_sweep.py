"""The sweep of `sweep.py` without Whynan: Hydra for the jobs, PyTorch for the training, MLflow for the curves.

Written as somebody would who knows the three: modules, an optimiser, one thread; loss and gradient norm of every step
stay tensors until the end, when they go to MLflow in batches of 1,000, the most that a call takes.

    python benchmarks/other_sweep.py -m lr=0.1,1.2 'seed=range(4)'
    python benchmarks/other_sweep.py -m lr=0.1,1.2 'seed=range(4)' hydra/launcher=joblib hydra.launcher.n_jobs=2
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import hydra
import mlflow
import torch
from hydra.core.config_store import ConfigStore
from mlflow.entities import Metric
from omegaconf import DictConfig

BATCH = 1000
EXPERIMENT = "planar"


@dataclass
class Config:
    """A run; `uri` is MLflow's store."""

    lr: float = 1.2
    seed: int = 0
    steps: int = 4000
    hidden: int = 4
    samples: int = 400
    uri: str = "sqlite:///mlflow.db"


ConfigStore.instance().store(name="other_sweep", node=Config)


def planar(samples: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The two-class flower: inputs (samples, 2), targets (samples, 1)."""
    half = samples // 2
    points = []
    for label in range(2):
        angle = torch.linspace(label * 3.12, (label + 1) * 3.12, half) + 0.2 * torch.randn(half)
        radius = 4 * torch.sin(4 * angle) + 0.2 * torch.randn(half)
        points.append(torch.stack((radius * torch.sin(angle), radius * torch.cos(angle)), dim=1))
    return torch.cat(points), torch.arange(2).repeat_interleave(half).double()[:, None]


def train(config: DictConfig) -> dict[str, list[float]]:
    """The loss and the norm of the gradient at every step."""
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(config.seed)
    inputs, targets = planar(config.samples)
    layers = torch.nn.Linear(2, config.hidden), torch.nn.Tanh(), torch.nn.Linear(config.hidden, 1)
    model = torch.nn.Sequential(*layers)
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=config.lr)
    losses, norms = [], []
    for _ in range(config.steps):
        optimiser.zero_grad()
        loss = loss_of(model(inputs), targets)
        loss.backward()
        losses.append(loss.detach())
        norms.append(torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None]))
        optimiser.step()
    return {"loss": torch.stack(losses).tolist(), "grad_norm": torch.stack(norms).tolist()}


@hydra.main(version_base="1.3", config_path=None, config_name="other_sweep")
def main(config: DictConfig) -> float:
    """Train a run and record it; gives the last loss."""
    mlflow.set_tracking_uri(config.uri)
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run() as run:
        mlflow.log_params(dict(config))
        curves = train(config)
        now = round(time.time() * 1000)
        points = [Metric(name, v, now, k) for name, values in curves.items() for k, v in enumerate(values)]
        client = mlflow.MlflowClient()
        for first in range(0, len(points), BATCH):
            client.log_batch(run.info.run_id, metrics=points[first : first + BATCH])
    return curves["loss"][-1]


if __name__ == "__main__":
    main()
