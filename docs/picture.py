"""Make docs/picture.png, the picture in the README, from runs of the program.

python docs/picture.py
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from runner import train
from runner.network.inference import Predictor
from runner.training.setup import prepare

HERE = Path(__file__).parent
INK, BLUE, RED, GREY = "#22272e", "#2f6fdb", "#d1433f", "#8b949e"
RAW = ["experiment=x_plus_one", "dataset.standardize=none", "init=uniform", "steps=60", "tracking=none"]


def flower(axes: Axes) -> None:
    """The default experiment: what the network makes of the plane."""
    from runner.composition.configuration import compose_settings
    from runner.network.architecture import Architecture

    run = train("tracking=none", "seed=3")
    setup = prepare(compose_settings(["seed=3"]))
    with np.load(run.folder / "weights.npz", allow_pickle=False) as arrays:
        predict = Predictor(Architecture.from_dict(setup.architecture.to_dict()), dict(arrays))
    grid = np.linspace(-5, 5, 300)
    plane = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    probability = predict(plane).reshape(300, 300)
    axes.contourf(grid, grid, probability, levels=20, cmap="RdBu", alpha=0.55)
    axes.contour(grid, grid, probability, levels=[0.5], colors=INK, linewidths=1)
    X, Y = setup.dataset.train.X, setup.dataset.train.Y[:, 0]
    axes.scatter(*X.T, c=np.where(Y == 1, BLUE, RED), s=9, linewidths=0)
    axes.set(xticks=[], yticks=[], title=f"python -m runner\n{run.summary['final']['accuracy']:.1%} right")


def curves(axes: Axes) -> None:
    """x + 1 with raw inputs at three learning rates: what the watch sees."""
    for lr, colour in (("3e-7", BLUE), ("3e-6", GREY), ("1e-3", RED)):
        run = train(*RAW, f"optimizer.lr={lr}")
        norm = run.history["grad_norm"]
        shown = norm[np.isfinite(norm)]
        axes.semilogy(shown, color=colour, label=f"lr {lr}: {run.outcome}")
        if run.summary["first_nonfinite_step"] is not None:
            step = run.summary["first_nonfinite_step"]
            axes.annotate(
                f"first infinity\nat step {step}",
                (len(shown) - 1, shown[-1]),
                (len(shown) + 8, shown[-1] * 1e-60),
                color=colour,
                arrowprops={"arrowstyle": "->", "color": colour},
            )
    axes.set(xlabel="step", title="gradient norm, x + 1 with raw inputs")
    axes.legend(frameon=False, loc="center right")


def main() -> None:
    """Train and draw."""
    mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10})
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), width_ratios=(1, 1.5), layout="constrained")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        flower(left)
        curves(right)
    figure.savefig(HERE / "picture.png", dpi=130)


if __name__ == "__main__":
    main()
