"""A run as MLflow describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import run_folders

from runner.files.run_record import RunRecord
from runner.files.summary import Summary
from runner.tracking.content.run import dataset_entry, flatten, outcome_tags, parameters, started_ms, tags

SECRET = "postgresql://me:s3cret@db/runs"


def record(**changes: Any) -> RunRecord:
    """The record of a run that maps one feature to one target."""
    return RunRecord.from_dict(run_folders.record(**changes))


def with_secret() -> RunRecord:
    """A record whose config and overrides hold a password."""
    described = run_folders.record(overrides=["optimizer.lr=0.5", f"tracking.uri={SECRET}", "hydra.run.dir=x"])
    described["config"]["tracking"]["uri"] = SECRET
    described["config"]["dataset"]["path"] = SECRET
    return RunRecord.from_dict(described)


def test_config_is_flattened_to_dotted_paths() -> None:
    """Mappings become dotted paths; lists and empty mappings are values."""
    config = {"a": {"b": {"c": 1}, "d": []}, "e": {}, "f": [1, {"g": 2}]}
    assert dict(flatten(config)) == {"a.b.c": 1, "a.d": [], "e": {}, "f": [1, {"g": 2}]}


def test_parameters_are_written_as_yaml_would() -> None:
    """Texts stay as they are; numbers and lists are written as in YAML."""
    found = parameters(record())
    assert found["network.hidden"] == "[2]"
    assert found["network.activation"] == "tanh"
    assert found["seed"] == "0"


def test_parameters_describe_the_experiment() -> None:
    """Null, thresholds, and what says where a run is recorded are no parameters; steps are those that are made."""
    described = record(steps_planned=120)
    assert not {"epochs", "tracking.model", "outcome.flat"} & set(parameters(described))
    described.config["epochs"] = 3
    assert parameters(described)["steps"] == "120"


@pytest.mark.parametrize(("built", "sizes"), [("Net(2, 1)", False), ("Net(sizes)", True)])
def test_parameters_of_a_subject_describe_no_network_of_ours(built: str, sizes: bool) -> None:
    """Layers, start and loss are those of the code; sizes of hidden layers are kept where it is built from them."""
    everything = set(parameters(record()))
    left_out = everything - set(parameters(record(subject={"path": "net.py:Net", "built": built})))
    assert {"network.activation.name", "init.weights.name", "loss.name"} & everything <= left_out
    assert ("network.hidden" in left_out) != sizes
    assert not {"seed", "steps", "optimizer.lr"} & left_out


def test_long_parameters_are_cut_visibly() -> None:
    """A value longer than MLflow takes is cut, and ends in an ellipsis."""
    described = record()
    described.config["dataset"]["X"] = [[1.5] * 5000]
    value = parameters(described)["dataset.X"]
    assert len(value) == 6000
    assert value.endswith("…")


def test_no_password_leaves() -> None:
    """Neither parameters nor tags nor the data set hold the password of an address."""
    described = with_secret()
    everything = [parameters(described), tags(described, Path("/x")), dataset_entry(described)]
    assert "s3cret" not in str(everything)
    assert "***@db" in str(everything)


def test_tags_say_where_and_what() -> None:
    """The tags hold the folder, the task, the whole digest and the versions."""
    found = tags(record(), Path("/runs/a"))
    assert found["whynan.folder"] == "/runs/a"
    assert found["task"] == "regression"
    assert found["dataset.digest"] == "ab" * 32
    assert found["version.numpy"]


def test_outcome_tags_say_only_what_is_known() -> None:
    """Cause, reason and first non-finite step appear where there is one; step 0 is one."""
    assert outcome_tags(Summary("finished", "FINISHED", 5), None) == {
        "outcome": "finished",
        "status": "FINISHED",
        "steps": "5",
    }
    ended = Summary("failed", "FAILED", reason=f"OSError: {SECRET}", first_nonfinite_step=0)
    found = outcome_tags(ended, "log_of_zero")
    assert found["cause"] == "log_of_zero"
    assert found["first_nonfinite_step"] == "0"
    assert "steps" not in found
    assert found["reason"] == "OSError: postgresql://***@db/runs"


def test_start_is_reported_in_milliseconds() -> None:
    """The ISO time of the record becomes milliseconds since 1970."""
    assert started_ms(record(started="1970-01-01T00:00:01.5+00:00")) == 1500
