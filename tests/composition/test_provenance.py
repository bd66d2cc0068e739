"""What came from the environment, by whatever way, and what an address holds besides its host, is not written down."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Whynan, write_yaml

from runner.composition.configuration import configuration_of
from runner.composition.recorded import settings_of
from runner.errors import Problem, UserError
from runner.redaction import redact
from runner.tracking.journal import open_journal, read
from runner.tracking.store import resolve_store
from runner.tracking.undelivered import store_of

SECRET = "hunter2-Zq8"
SHORT = "dataset=xor steps=5 diagnosis.enabled=false"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A secret in the environment, and a working folder without files."""
    monkeypatch.setenv("MY_SECRET", SECRET)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def leaking(folder: Path, *secrets: str) -> list[str]:
    """The files below `folder`, outside conf/ and any database, that hold one of `secrets`."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "conf"]
    files = [path for path in files if not path.name.startswith("mlflow.db")]
    assert files
    return [str(path) for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)]


@pytest.mark.parametrize(
    "address",
    [
        f"http://{SECRET}@host:5000",
        f"http://me:{SECRET}@host:5000/x",
        f"http://me:it's {SECRET}@host:5000",
        f'http://me:"{SECRET}"@host:5000',
        f"http://me:a/{SECRET}@host:5000",
        f"postgresql://me:{SECRET}%2Fb@db/runs",
        f"http://host:5000/?access_token={SECRET}",
        f"http://host:5000/?api_key={SECRET}",
        f"http://host:5000/?key=it's {SECRET}&b=1",
    ],
)
def test_an_address_is_recorded_without_user_and_query(
    address: str, whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a run's nor a sweep's files, nor what is printed, hold what authenticates."""
    quoted = address.replace("'", "''")
    write_yaml(folder / "conf/tracking/team.yaml", f"enabled: false\nuri: '{quoted}'\n")
    runs = [whynan(f"{SHORT} tracking=team hydra.run.dir=r"), whynan("show config tracking=team")]
    runs += [whynan(f"-m {SHORT} tracking=team seed=1,2 hydra.sweep.dir=s")]
    for said in runs:
        assert said.code == 0, said.err
        assert SECRET not in said.out + said.err
    assert leaking(folder, SECRET) == []


@pytest.mark.parametrize(
    "address", [f"http://u:{SECRET}/B@127.0.0.1:9", f"postgresql://u:{SECRET}/B@127.0.0.1:9/x", f"http://[{SECRET}@h"]
)
def test_an_unreadable_address_is_an_error_that_does_not_quote_it(address: str, whynan: Whynan, folder: Path) -> None:
    """A slash in a password ends the host: it is said how to write it, and no part of the password is shown."""
    write_yaml(folder / "conf/tracking/team.yaml", f"uri: '{address}'\n")
    said = whynan(f"{SHORT} tracking=team")
    assert said.code == 2, said.err
    assert "Traceback" not in said.err
    assert "%2F" in said.err
    assert SECRET not in said.out + said.err
    assert not (folder / "outputs").exists()


@pytest.mark.parametrize(
    ("lines", "recorded"),
    [
        ("description: ${ oc.env:MY_SECRET}", "description"),
        ("description: '${oc.${name}:MY_SECRET}'\nname: env", "description"),
        ("description: ${oc.decode:${oc.env:MY_SECRET}}", "description"),
        ("description: ${name}\nname: ${oc.env:MY_SECRET}", "description"),
        ("description: 'a ${tags.b} c'\ntags: {b: '${ oc.env:MY_SECRET}'}", "tags"),
        ("tracking: {experiment: '${oc.env:MY_SECRET}', enabled: false}", "tracking"),
    ],
)
def test_what_came_from_the_environment_is_not_recorded(
    lines: str, recorded: str, whynan: Whynan, folder: Path
) -> None:
    """By whatever way it came; of what is recorded the value is found again."""
    write_yaml(folder / "conf/experiment/e.yaml", f"# @package _global_\n{lines}\n")
    found = configuration_of(["experiment=e", "dataset=xor"])
    assert SECRET in found.settings.model_dump_json()
    assert SECRET not in found.recordable.model_dump_json()
    assert settings_of(found.recordable.model_dump(mode="json")) == found.settings
    assert SECRET not in whynan(f"show config experiment=e {SHORT}").out
    assert whynan(f"{SHORT} experiment=e tracking.enabled=false hydra.run.dir=r").code == 0
    assert whynan(f"-m {SHORT} experiment=e tracking.enabled=false seed=1,2 hydra.sweep.dir=s").code == 0
    assert recorded in (folder / "r/run.json").read_text()
    assert leaking(folder, SECRET) == []


def test_a_rerun_records_no_more_than_the_run(whynan: Whynan, folder: Path) -> None:
    """The value is taken from the environment again, and again not written down."""
    write_yaml(folder / "conf/experiment/e.yaml", "# @package _global_\ndescription: ${oc.env:MY_SECRET}\n")
    assert whynan(f"{SHORT} experiment=e tracking=none hydra.run.dir=r").code == 0
    said = whynan("rerun r tracking=none")
    assert said.code == 0, said.err
    assert len(list(folder.rglob("run.json"))) == 2
    assert leaking(folder, SECRET) == []


def test_errors_do_not_quote_the_environment(whynan: Whynan, folder: Path) -> None:
    """A wrong value is named by where it came from."""
    write_yaml(folder / "conf/experiment/e.yaml", "# @package _global_\nseed: ${ oc.env:MY_SECRET}\n")
    said = whynan(f"{SHORT} experiment=e tracking=none")
    assert said.code == 2
    assert "${oc.env:MY_SECRET}" in said.err
    assert SECRET not in said.out + said.err
    with pytest.raises(UserError) as caught:
        configuration_of(["experiment=e"])
    assert SECRET not in f"{caught.value} {caught.value.problems}"


def test_a_crash_does_not_quote_the_environment(whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traceback of a fault of the program has no secret."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError(f"over {SECRET}")

    monkeypatch.setattr("runner.experiment.prepare", fail)
    write_yaml(folder / "conf/experiment/e.yaml", "# @package _global_\ndescription: ${ oc.env:MY_SECRET}\n")
    said = whynan(f"{SHORT} experiment=e tracking=none")
    assert "ZeroDivisionError" in said.err
    assert SECRET not in said.out + said.err


def test_an_experiment_from_the_environment_is_found_again(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal names the variable; who delivers later asks for it again, and says so where it isn't set."""
    settings = configuration_of(["tracking.experiment=${oc.env:MY_SECRET}"]).settings
    store = resolve_store(None, settings.tracking.experiment)
    assert store.experiment == SECRET
    (tmp_path / "run/spool").mkdir(parents=True)
    run = tmp_path / "run"
    open_journal(run, store)
    assert leaking(run, SECRET) == []
    assert store_of(read(run), store).experiment == SECRET
    assert store_of(read(run), store).experiment_shown == "${oc.env:MY_SECRET}"
    monkeypatch.delenv("MY_SECRET")
    with pytest.raises(UserError, match="MY_SECRET"):
        store_of(read(run), store)


@pytest.mark.slow
def test_a_tracked_run_writes_down_no_experiment_from_the_environment(whynan: Whynan, folder: Path) -> None:
    """In a real store the experiment has its name, and the run's folder hasn't; sync finds it delivered."""
    said = whynan(f"{SHORT} 'tracking.experiment=${{oc.env:MY_SECRET}}' hydra.run.dir=outputs/r")
    assert said.code == 0, said.err
    assert leaking(folder / "outputs/r", SECRET) == []
    assert read(folder / "outputs/r").experiment == "${oc.env:MY_SECRET}"
    assert whynan("sync").code == 0


def test_ordinary_texts_stay() -> None:
    """What is no address keeps its @ and ?."""
    for text in ("a: b@c", "http://host:5000/a@b", "is it? http://host/x", '{"a": "http://h/x", "b": "c@d?e=1"}'):
        assert redact(text) == text
    assert redact(str(Problem("x", "m", given="y"))) == "x: m"
