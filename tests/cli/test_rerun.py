"""`rerun`: a run repeated from what is recorded of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from commands import Whynan
from mlflow_stores import opened

pytestmark = pytest.mark.filterwarnings("ignore:Operation with range is deprecated")  # MLflow's, of its example

LINE = "tracking.model=false dataset=planar batch_size=32 steps=60 optimizer=adam seed=3 diagnosis.enabled=false"


@pytest.fixture
def original(whynan: Whynan, folder: Path) -> Path:
    """A run that was made here."""
    assert whynan(f"{LINE} tracking=none hydra.run.dir=original").code == 0
    return folder / "original"


def changed(run_folder: Path, **config: Any) -> None:
    """Change what is recorded of a run's configuration."""
    path = run_folder / "run.json"
    record = json.loads(path.read_text())
    record["config"].update(config)
    path.write_text(json.dumps(record))


def test_run_is_repeated_to_the_last_bit(whynan: Whynan, folder: Path, original: Path) -> None:
    """On the same machine every number of the history is the same, and the command says so."""
    said = whynan("rerun original tracking=none")
    assert said.code == 0, said.err
    assert said.out.splitlines()[0] == "the same to the last bit: all 61 rows of the history"
    again = next(path for path in (folder / "outputs").glob("*/*") if (path / "run.json").exists())
    assert (again / "spool" / "history.f64").read_bytes() == (original / "spool" / "history.f64").read_bytes()


def test_other_numbers_are_exit_code_1(whynan: Whynan, original: Path) -> None:
    """A history that says other numbers is reported with the first step and column in which it does."""
    table = pd.read_parquet(original / "history.parquet")
    table.loc[41, "loss"] = np.nextafter(table.loc[41, "loss"], 2.0)
    table.to_parquet(original / "history.parquet")
    said = whynan("rerun original tracking=none")
    assert said.code == 1
    assert "the numbers differ on the same machine: first at step 41 in loss, by up to" in said.out


def test_another_machine_has_a_tolerance(whynan: Whynan, original: Path) -> None:
    """Recorded on another processor, the last bits may differ."""
    table = pd.read_parquet(original / "history.parquet")
    table.loc[41, "loss"] *= 1 + 1e-9
    table.to_parquet(original / "history.parquet")
    record = json.loads((original / "run.json").read_text())
    record["environment"]["cpu"] = "another"
    (original / "run.json").write_text(json.dumps(record))
    said = whynan("rerun original tracking=none")
    assert said.code == 0
    assert "the same within 1.0e-09 (another processor, BLAS or NumPy)" in said.out


@pytest.mark.slow
def test_run_is_repeated_from_what_mlflow_holds(whynan: Whynan, folder: Path) -> None:
    """Without its folder, a run is found by its id, fetched and repeated, into the user's own store."""
    opened(folder)  # with the warnings of MLflow's first import let through
    assert whynan(LINE).code == 0
    (run_folder,) = (path.parent for path in (folder / "outputs").glob("*/*/run.json"))
    run_folder.rename(folder / "away")
    said = whynan("rerun last")
    assert said.code == 0, said.err
    assert "the same to the last bit: all 61 rows" in said.out
    assert len(whynan("runs").out.splitlines()) == 3  # both, below the names of the columns


@pytest.mark.parametrize(
    ("config", "reported"),
    [
        ({"dataset": {"name": "table", "path": "/etc/passwd", "targets": ["x"]}}, "its paths are not followed"),
        ({"dataset": {"name": "mnist", "root": "/root"}}, "its paths are not followed"),
        ({"dataset": {"name": "formula", "formula": "__import__('os').system('touch ran')"}}, "formula"),
        ({"dataset": {"_target_": "os.system", "command": "touch ran"}}, "dataset"),
        ({"dtype": "${oc.env:HOME}"}, "takes a value from the environment"),
        ({"faults": "!!python/object/apply:os.system ['touch ran']"}, "faults"),
    ],
)
def test_nothing_foreign_is_followed(
    whynan: Whynan, folder: Path, original: Path, config: dict[str, Any], reported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that was not made here nothing is read, run or looked up that its configuration names."""
    from runner.cli.commands import rerun
    from runner.tracking.runs import find_run

    def fetched(*words: Any) -> Any:
        found = find_run(*words)
        return type(found)(found.folder, found.record, found.run_id, local=False)

    monkeypatch.setattr(rerun, "find_run", fetched)
    changed(original, **config)
    said = whynan("rerun original tracking=none")
    assert said.code == 2
    assert reported in said.err
    assert not (folder / "ran").exists()
    assert not (folder / "outputs").exists()


def test_code_of_a_run_is_not_run_by_itself(whynan: Whynan, folder: Path, original: Path) -> None:
    """A run that names somebody's file is refused, with what to type."""
    changed(original, subject={"path": "evil.py:NET", "call": None, "names": {}})
    (folder / "evil.py").write_text("open('ran', 'w')")
    said = whynan("rerun original tracking=none")
    assert said.code == 2
    assert said.err.endswith("add to the command: subject=evil.py:NET\n")
    assert not (folder / "ran").exists()


def test_place_of_the_data_can_be_reported(whynan: Whynan, folder: Path) -> None:
    """The table of a run may lie elsewhere now; one with other content is refused."""
    table = folder / "data.csv"
    table.write_text("x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(20)))
    line = "dataset=table dataset.path=data.csv 'dataset.targets=[y]' steps=50 tracking=none hydra.run.dir=original"
    assert whynan(line).code == 0
    table.rename(folder / "moved.csv")
    assert whynan("rerun original tracking=none").code == 2
    said = whynan("rerun original tracking=none dataset.path=moved.csv")
    assert said.code == 0, said.err
    (folder / "moved.csv").write_text("x,y\n1,2\n2,3\n3,4\n4,5\n")
    said = whynan("rerun original tracking=none dataset.path=moved.csv")
    assert said.code == 2
    assert "the data are not those of the run" in said.err


def test_rerun_takes_no_other_overrides(whynan: Whynan, original: Path) -> None:
    """What would change the run is refused."""
    said = whynan("rerun original optimizer.lr=2 tracking=none")
    assert said.code == 2
    assert "a rerun changes nothing of a run" in said.err


@pytest.mark.slow
def test_a_job_that_its_sweep_ended_early(whynan: Whynan, folder: Path) -> None:
    """Rerun goes on to the end of its steps, and what the job did is the same."""
    said = whynan("-m dataset=planar steps=200 optimizer.lr=0.1,3000 tracking=none hydra.sweep.dir=s")
    assert said.code == 0, said.err
    assert json.loads((folder / "s/1/summary.json").read_text())["stopped"] == "diverged"
    for job in (0, 1):
        said = whynan(f"rerun s/{job} tracking=none")
        assert said.code == 0, said.out
        assert "the same to the last bit" in said.out


def test_a_rate_that_was_left_to_us_is_repeated_as_a_number(whynan: Whynan, folder: Path) -> None:
    """The run says which rate `auto` has become, record and summary hold it, and a rerun takes that number."""
    said = whynan("dataset=xor steps=40 diagnosis.enabled=false tracking=none hydra.run.dir=chosen")
    rate = json.loads((folder / "chosen/summary.json").read_text())["lr"]
    assert said.labelled["lr"].startswith(f"{rate:g} (auto: half the stability limit of ")
    assert json.loads((folder / "chosen/run.json").read_text())["config"]["optimizer"]["lr"] == rate
    assert "the same to the last bit" in whynan("rerun chosen tracking=none").out
