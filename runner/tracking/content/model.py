"""The MLflow model of a run: a pyfunc made of arrays and source code, without a pickle.

Loading a pickle can run any code, and a pickled model breaks with the next version of this package. So the model holds
`weights.npz`, the names of its columns, and the source of the modules that inference needs, found by following their
imports. The copy is a package of another name: loading a model puts its code first on Python's path, where a second,
partial `runner` would shadow the installed one.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import runner
from runner.datasets.scaling import Scaling
from runner.files.names import WEIGHTS
from runner.files.run_record import RunRecord
from runner.network.architecture import Architecture
from runner.network.layer import ActivationChoice
from runner.tracking.trained import SCALING, Columns, TrainedNetwork

if TYPE_CHECKING:
    from mlflow.models import Model

PACKAGE = "whynan_model"
_ROOT = "runner"
_LOADER = "runner.tracking.trained"
_EXAMPLE_ROWS = 2


def save_model(folder: Path, columns: Columns, destination: Path, mlflow_model: Model | None = None) -> None:
    """Write the model of the run in `folder` as MLflow's files into `destination`, which must not exist yet.

    `mlflow_model` is MLflow's description of it, where it belongs to a run.
    """
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature

    network = TrainedNetwork.load(folder / WEIGHTS, columns)
    example = pd.DataFrame(np.zeros((_EXAMPLE_ROWS, len(columns.features))), columns=list(columns.features))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Hint: Inferred schema contains integer")  # a class label is never missing
        signature = infer_signature(example, network.predict(example))
    with tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
        data = Path(scratch, "data")
        data.mkdir()
        shutil.copyfile(folder / WEIGHTS, data / WEIGHTS)
        columns.save(data)
        mlflow.pyfunc.save_model(
            str(destination),
            loader_module=_LOADER.replace(_ROOT, PACKAGE, 1),
            data_path=str(data),
            code_paths=[str(copy_sources(Path(scratch)))],
            signature=signature,
            input_example=example,
            # Named here, since MLflow would find them by loading the model in another process (1.5 s).
            pip_requirements=[
                f"mlflow=={mlflow.__version__}",
                f"numpy=={np.__version__}",
                f"pandas=={pd.__version__}",
            ],
            mlflow_model=mlflow_model,
        )


@cache
def rehearse() -> None:
    """Save a tiny model and discard it: the first one in a process takes half a second longer than later ones.

    Nothing is raised: if models can't be saved, the real one will raise.
    """
    architecture = Architecture((1, 1), (ActivationChoice("identity"),), bias=False)
    scaling = Scaling(np.zeros(1), np.ones(1), np.zeros(1), np.ones(1))
    arrays: dict[str, Any] = {f"{SCALING}{name}": array for name, array in scaling.arrays().items()}
    arrays |= {"architecture": np.array(json.dumps(architecture.to_dict())), "layer_1/W": np.ones((1, 1))}
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(prefix="whynan-") as scratch:
        np.savez(Path(scratch, WEIGHTS), **arrays)
        save_model(Path(scratch), Columns("regression", ("x",), ("y",)), Path(scratch, "model"))


def columns_of(record: RunRecord) -> Columns:
    """The names of a run's inputs and outputs."""
    return Columns(record.task, record.dataset.features, record.dataset.targets)


def copy_sources(folder: Path) -> Path:
    """Write the modules of inference as the package `PACKAGE` below `folder`; gives the package's folder."""
    package = folder / PACKAGE
    for name, source in inference_sources().items():
        path = package.joinpath(*name.split(".")[1:]).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(rf"^(\s*(?:from|import)) {_ROOT}\b", rf"\1 {PACKAGE}", source, flags=re.M), "utf-8")
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    return package


def inference_sources() -> dict[str, str]:
    """The loader and every module of this package that it imports, directly or not: names and sources."""
    sources: dict[str, str] = {}
    waiting = [_LOADER]
    while waiting:
        name = waiting.pop()
        path = _source_file(name)
        if name in sources or path is None:
            continue
        sources[name] = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(sources[name])):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == _ROOT:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sources


def _source_file(name: str) -> Path | None:
    path = Path(runner.__path__[0]).joinpath(*name.split(".")[1:]).with_suffix(".py")
    return path if path.is_file() else None
