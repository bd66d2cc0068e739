"""The jobs of a multirun: the product of its overrides, composed as Hydra does, and checked before any starts."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import cast

import hydra
import pytest
import yaml
from commands import Whynan, write_yaml
from omegaconf import DictConfig, OmegaConf

from runner.composition.composing import composed_multirun, task_config
from runner.composition.jobs.composer import Composer
from runner.composition.options import parse
from runner.composition.session import Session, session

CHOICES = {
    "dataset": ["xor", "planar", "sine", "blobs"],
    "init": ["he", "xavier", "normal"],
    "optimizer": ["sgd", "adam"],
    "experiment": ["xor", "fixed/planar", "null"],
}
VALUES = [
    "seed=3",
    "optimizer.lr=0.25",
    "network.hidden=[5,6]",
    "network.activation={name: leaky_relu, slope: 0.2}",
    "+dataset.valid_fraction=0.25",
    "++steps=77",
    "~fail_on",
    "tracking.experiment='a b'",
    "tracking.experiment=${oc.env:HOME}",
    "optimizer.weight_decay=0.1",
    "network.hidden.0=9",
    "batch_size=null",
    "++init.weights.std=0.3",
    "+init.weights.low=-1",
    "++seed=7",
    "steps=${seed}",
    "init.weights={name: uniform}",
    "~optimizer.momentum",
    "++extra.deep.key=[1,2]",
]


def composer_of(hydra: Session) -> Composer:
    """A composer for a multirun."""
    master = composed_multirun(hydra, [])
    str(master.hydra.sweep.dir)
    return Composer(hydra.loader, master, hydra.groups)


@pytest.mark.slow
def test_jobs_are_composed_as_hydra_does(folder: Path) -> None:
    """Over random choices and values, what is composed once and changed equals what Hydra composes each time."""
    draw = random.Random(0)
    with session(parse([])) as whole:
        composer = composer_of(whole)
        for number in range(40):
            groups = [f"{key}={draw.choice(choices)}" for key, choices in CHOICES.items() if draw.random() < 0.6]
            values = draw.sample(VALUES, draw.randint(0, 4))
            lines = [*groups, *values]
            try:
                expected = hydra.compose("config", lines)
            except Exception as error:
                with pytest.raises(type(error)):
                    composer(lines, number)
                continue
            composed = composer(lines, number)
            assert composed.unresolved == task_config(expected, resolve=False), lines
            assert composed.resolved == task_config(expected), lines


def test_intricate_overrides_cost_hydra_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys added, deleted, and taken from the environment are composed once, however many jobs have them."""
    monkeypatch.setenv("STORE", "sqlite:///there.db")
    with session(parse([])) as whole:
        composer = composer_of(whole)
        asked: list[list[str]] = []
        load = whole.loader.load_sweep_config

        def counted(master: DictConfig, lines: list[str]) -> DictConfig:
            asked.append(lines)
            return cast(DictConfig, load(master, lines))

        monkeypatch.setattr(whole.loader, "load_sweep_config", counted)
        same = ["tracking.uri=${oc.env:STORE}", "~optimizer.momentum", "++init.weights.std=0.5"]
        composed = [composer([*same, f"seed={seed}"], seed) for seed in range(20)]
    assert [one.resolved["seed"] for one in composed] == list(range(20))
    assert {one.resolved["tracking"]["uri"] for one in composed} == {"sqlite:///there.db"}
    assert {one.unresolved["tracking"]["uri"] for one in composed} == {"${oc.env:STORE}"}
    assert asked == [[], same[:2]]


@pytest.mark.slow
def test_passwords_stay_out_of_the_record_of_a_sweep(whynan: Whynan, folder: Path) -> None:
    """Of a store that is swept over, and whose password stands in a YAML file, nothing is written but the user."""
    write_yaml(folder / "conf/tracking/team.yaml", "enabled: false\nuri: http://me:hunter2@host:1\n")
    for name, choices in (("one", "team"), ("several", "none,team")):
        said = whynan(f"-m dataset=xor steps=5 diagnosis=none tracking={choices} seed=1,2 hydra.sweep.dir={name}")
        assert said.code == 0, said.err
        files = [path for path in (folder / name).rglob("*") if path.is_file()]
        assert any(b"***@host" in path.read_bytes() for path in files)
        assert [path for path in files if b"hunter2" in path.read_bytes()] == []


def test_a_sweep_over_nothing_is_a_mistake(whynan: Whynan, folder: Path) -> None:
    """An empty range, or a glob that meets no choice, is reported; nothing is written."""
    for line, given in (("'seed=range(0)'", "range(0)"), ("'init=glob(nowhere*)'", "glob(nowhere*)")):
        said = whynan(f"-m steps=5 tracking=none {line}")
        assert said.code == 2
        assert said.err.endswith(f"is a sweep over nothing\n  given    '{given}'\n")
    assert list(folder.iterdir()) == []


def test_a_mistake_of_the_data_tells_all_its_jobs(whynan: Whynan, folder: Path) -> None:
    """One job of each kind is prepared, and its mistake is that of all of the kind."""
    said = whynan("-m dataset=xor tracking=none batch_size=999,2 'seed=range(5)'")
    assert said.code == 2
    assert "(in 5 jobs, the first of them dataset=xor tracking=none batch_size=999 seed=0)" in said.err


def test_a_key_that_is_added_keeps_its_name(whynan: Whynan, folder: Path) -> None:
    """What is swept is the key, with or without the `++` that adds it."""
    line = "-m dataset=xor steps=5 diagnosis=none tracking=none init=normal ++init.weights.std=0.1,0.2"
    assert whynan(f"{line} hydra.sweep.dir=s").code == 0
    assert json.loads((folder / "s/sweep.json").read_text())["factors"] == {"init.weights.std": [0.1, 0.2]}


@pytest.mark.slow
def test_hydras_record_of_a_job(whynan: Whynan, folder: Path) -> None:
    """The files of .hydra/ are those that Hydra's own launcher writes, but for what says who launched and when."""
    line = "-m dataset=xor steps=5 optimizer.lr=0.1,0.2 init=he,xavier tracking=none"
    assert whynan(f"{line} hydra.sweep.dir=ours").code == 0
    assert whynan(f"{line} hydra.sweep.dir=theirs hydra/launcher=basic hydra/sweeper=basic").code == 0
    for job in range(4):
        for name in ("config.yaml", "overrides.yaml", "hydra.yaml"):
            paths = [folder / who / str(job) / ".hydra" / name for who in ("ours", "theirs")]
            mine, other = (yaml.safe_load(path.read_text()) for path in paths)
            if name == "hydra.yaml":
                for one in (mine, other):
                    for key in ("launcher", "sweeper", "overrides", "sweep"):
                        del one["hydra"][key]
                    for key in ("output_dir", "choices"):
                        del one["hydra"]["runtime"][key]
            assert mine == other, (job, name)
    assert (folder / "ours" / "multirun.yaml").exists()


def test_the_order_of_jobs_is_hydras(whynan: Whynan, folder: Path) -> None:
    """The last key changes fastest; ranges and globs are expanded; of a key that is said twice the last counts."""
    said = whynan(
        "-m dataset=xor steps=5 optimizer.lr=0.1,0.2 optimizer.lr=1,2 'init=glob(x*)' 'seed=range(2)' "
        "tracking=none hydra.sweep.dir=s"
    )
    assert said.code == 0, said.err
    overrides = [OmegaConf.load(folder / f"s/{job}/.hydra/overrides.yaml") for job in range(4)]
    assert [list(one)[2:5] for one in overrides] == [
        [f"optimizer.lr={lr}", "init=xavier", f"seed={seed}"] for lr in (1, 2) for seed in (0, 1)
    ]


@pytest.mark.slow
def test_sweeps_in_yaml(whynan: Whynan, folder: Path) -> None:
    """An experiment may say what is swept; the command line replaces and adds to it."""
    text = """# @package _global_
defaults:
  - override /dataset: xor
steps: 5
hydra:
  mode: MULTIRUN
  sweeper:
    params:
      optimizer.lr: 0.1,0.2
      seed: range(3)
"""
    write_yaml(folder / "conf" / "experiment" / "mine.yaml", text)
    said = whynan("experiment=mine tracking=none hydra.sweep.dir=a")
    assert said.code == 0, said.err
    assert "6 of 6" in said.out
    said = whynan("-m experiment=mine seed=4 init=he,xavier tracking=none hydra.sweep.dir=b")
    assert "4 of 4" in said.out
    said = whynan("experiment=mine seed=4,5 tracking=none hydra.sweep.dir=c")
    assert "4 of 4" in said.out


@pytest.mark.slow
def test_a_key_that_only_some_choices_have(whynan: Whynan, folder: Path) -> None:
    """Of the choices that lack it the schema says so, whichever of them comes first."""
    for choices in ("sgd,rmsprop", "rmsprop,sgd"):
        said = whynan(f"-m dataset=xor steps=5 tracking=none optimizer={choices} optimizer.rho=0.8")
        assert said.code == 2
        assert "optimizer.rho" in said.err
        assert "optimizer=sgd" in said.err
        assert "struct" not in said.err


def test_all_mistakes_at_once(whynan: Whynan, folder: Path) -> None:
    """Mistakes of any job are reported together, with the jobs that they are in, before anything is written."""
    said = whynan("-m dataset=xor optimizer.lr=-1,0.1 batch_size=2,100 network.activation=tanh,rellu steps=5")
    assert said.code == 2
    assert "optimizer.lr: must be greater than 0 (in 4 jobs, the first of them" in said.err
    assert "did you mean 'relu'" in said.err
    assert "batch_size: is larger than the training split of xor" in said.err
    assert not (folder / "outputs").exists()


@pytest.mark.parametrize(
    ("words", "reported"),
    [
        ("'optimizer.lr=interval(0.1,1)'", "an interval can't be enumerated"),
        ("seed=1,2 hydra.sweep.subdir=x", "would share a folder"),
        ("init=hee,xavier", "did you mean 'he'"),
        ("sede=1,2", "did you mean 'seed'"),
        ("dataset=table dataset.path=nowhere.csv dataset.targets=y seed=1,2", "nowhere.csv"),
        ("'faults=[sigmoid_twice@9]' seed=1,2", "sigmoid_twice"),
        ("hydra.job.chdir=true seed=1,2", "hydra.job.chdir: jobs share processes"),
        ("+hydra.job.env_set.A=b seed=1,2", "hydra.job.env_set: jobs share processes"),
        ("sweep.executor=dask seed=1,2", "must name the scheduler"),
        ("sweep.address=tcp://127.0.0.1:1 seed=1,2", "needs sweep.executor=dask"),
    ],
)
def test_mistakes_are_reported_and_nothing_is_written(whynan: Whynan, folder: Path, words: str, reported: str) -> None:
    """What can't be carried out ends with exit code 2."""
    said = whynan(f"-m steps=5 {words}")
    assert said.code == 2, said.out
    assert reported in said.err
    assert not (folder / "outputs").exists()
    assert not (folder / "mlflow.db").exists()


def test_a_folder_that_holds_a_sweep(whynan: Whynan, folder: Path) -> None:
    """It is not written over."""
    line = "-m dataset=xor steps=5 seed=1,2 tracking=none hydra.sweep.dir=s"
    assert whynan(line).code == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = whynan(line)
    assert said.code == 2
    assert "holds a sweep already" in said.err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_secrets_stay_out_of_a_sweeps_files(whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a value from the environment nor a password of the store is in any file of a sweep."""
    monkeypatch.setenv("MY_SECRET", "hunter2")
    address = "postgresql://me:pass99@127.0.0.1:1/x"
    said = whynan(
        "-m dataset=xor steps=5 seed=1,2 'tracking.experiment=${oc.env:MY_SECRET}' tracking.enabled=false "
        f"tracking.uri={address} hydra.sweep.dir=s"
    )
    assert said.code == 0, said.err
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert b"hunter2" not in content, path
        assert b"pass99" not in content, path


def test_stores_are_not_swept_by_other_launchers(whynan: Whynan, folder: Path) -> None:
    """These have Hydra write the addresses down as they stand, with their passwords."""
    write_yaml(folder / "conf/tracking/team.yaml", "uri: http://me:hunter2@127.0.0.1:1\n")
    said = whynan("-m hydra/launcher=basic tracking=none,team dataset=xor steps=5")
    assert said.code == 2
    assert "can't be swept with this launcher" in said.err
    assert not (folder / "outputs").exists()
