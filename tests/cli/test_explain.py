"""`explain`, and what a run prints of its causes."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from commands import Whynan
from mlflow_stores import client_of, opened
from run_folders import append, begin, carry, end, record, rows

import runner.experiment.findings
from runner import train
from runner.composition.options import shipped_folder
from runner.training.listeners import Listener

SOFTMAX = ("dataset=xor", "network.hidden=[8]", "network.output=softmax", "steps=300", "tracking=none")
BROKEN = " ".join(f"'{word}'" for word in SOFTMAX)
STALLED = {
    "final": {"loss": 0.5, "accuracy": None},
    "best": {"loss": 0.5, "loss_step": 0},
    "nonfinite_steps": 0,
}
FINDING = {
    "cause": "too_few_steps",
    "symptom": "The loss still falls by 12% [a tenth].",
    "evidence": {},
    "where": {"step": 90},
    "prescription": [],
    "verified": None,
    "tried": [],
}
TEXT = (
    "seen     The loss hardly fell: the run ended after 100 steps with loss 0.5.\n"
    "cause    too_few_steps (from step 90)\n"
    "         The loss still falls by 12% [a tenth].\n"
    "fix      none was tried\n"
)


def stalled(folder: Path, **changes: str) -> Path:
    """The folder of a run that stalled."""
    append(begin(folder, record(**changes)), rows(100))
    end(folder, outcome="stalled", **STALLED)
    (folder / "findings.json").write_text(json.dumps([FINDING]))
    return folder


def test_a_run_is_explained_later_as_it_was_at_its_end(whynan: Whynan, folder: Path) -> None:
    """What the run printed between its table and its commands is what `explain` prints, and what the API holds."""
    ran = whynan(f"{BROKEN} hydra.run.dir=one")
    explained = ran.out.split("\n\n")[1] + "\n"
    said = whynan("explain one tracking=none")
    assert (ran.code, said.code, said.err) == (0, 0, "")
    assert said.out == explained
    assert explained.startswith("seen     At step 0 the loss was not finite. The first non-finite value ")
    assert "cause 1  softmax_on_one_unit (layer 2, A2)\n" in explained
    assert (
        ran.err
        == "warning: Layer 2 has one unit, and the softmax of one unit is 1 for every sample. (softmax_on_one_unit)\n"
    )


def test_a_job_of_a_sweep_says_how_fixes_are_tried(whynan: Whynan, folder: Path) -> None:
    """A sweep tries none by itself; a run of its own needs no such note."""
    stalled(folder / "s" / "0")
    (folder / "s" / "sweep.json").write_text("{}")
    said = whynan("explain s/0 tracking=none")
    assert (said.code, said.out) == (0, TEXT)
    assert "python -m runner rerun s/0" in " ".join(said.err.split())
    stalled(folder / "alone")
    assert whynan("explain alone tracking=none").err == ""


def test_the_command_that_is_printed_repeats_the_fix(whynan: Whynan, folder: Path) -> None:
    """Typed as it stands, on its line, it gives the outcome and the loss that were promised."""
    reported = re.search(
        r"^ +nan -> (?P<outcome>.+), loss (?P<loss>[^,]+), .+ \(300 steps\)\n +python -m runner (?P<line>.+)$",
        whynan(BROKEN).out,
        re.MULTILINE,
    )
    assert reported is not None
    again = whynan(f"{reported['line']} hydra.run.dir=again")
    summary = json.loads((folder / "again/summary.json").read_text())
    assert (again.code, summary["outcome"]) == (0, reported["outcome"])
    assert summary["final"]["loss"] == pytest.approx(float(reported["loss"]), rel=1e-3)


def test_the_api_holds_the_text_without_colours(folder: Path, whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """`explanation` of a result is the plain text, on a terminal too; of a healthy run it is empty."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = train(*SOFTMAX)
    assert "\x1b" not in result.explanation
    assert result.findings[0].cause == "softmax_on_one_unit"
    coloured = whynan(f"explain {result.folder} tracking=none").out
    assert "\x1b[1;31msoftmax_on_one_unit" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == result.explanation
    assert train("steps=3000", "tracking=none").explanation == ""


def test_the_fix_of_a_run_of_arrays_is_python(folder: Path) -> None:
    """What no command line can name is repeated by a call, which gives what was promised."""
    X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    broken = train(X=X, Y=Y, overrides=["network.output=softmax", "steps=300", "tracking=none", "optimizer.lr=1.0"])
    verified = broken.findings[0].verified
    assert verified is not None
    assert f"         {verified.command}\n" in broken.explanation
    overrides = re.fullmatch(r"train\(X=X, Y=Y, overrides=(\[.+\])\)", verified.command)
    assert overrides is not None
    again = train(X=X, Y=Y, overrides=json.loads(overrides[1]))
    assert (again.outcome, again.summary["final"]["loss"]) == (verified.after, verified.loss)


def test_a_healthy_run_prints_nothing_and_is_explained_in_a_sentence(whynan: Whynan, folder: Path) -> None:
    """At its end only table and commands stand; whoever asks is answered that nothing is wrong."""
    ran = whynan("experiment=xor tracking=none hydra.run.dir=one")
    assert [block.split(" ")[0] for block in ran.out.split("\n\n")] == ["outcome", "report"]
    said = whynan("explain one tracking=none")
    assert said.code == 0
    assert said.out.startswith("Nothing is wrong with this run: its outcome is 'converged' after ")


def test_a_diagnosis_that_breaks_is_an_event_and_is_reported(
    whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is whole all the same; the reason stands in events.jsonl, at the end of the run and in `explain`."""

    def broken(*arguments: object, **keywords: object) -> None:
        raise ZeroDivisionError("[no] number")

    monkeypatch.setattr(runner.experiment.findings, "diagnose", broken)
    ran = whynan("steps=30 tracking=none hydra.run.dir=one")
    reported = "cause    none found: the diagnosis itself failed (ZeroDivisionError: [no]\n         number)\n"
    assert ran.code == 0
    assert reported in ran.out
    assert reported in whynan("explain one tracking=none").out
    events = [json.loads(line) for line in (folder / "one/events.jsonl").read_text().splitlines()]
    assert [(event["kind"], event["step"]) for event in events] == [("diagnosis_failed", 30)]


@pytest.mark.slow
def test_a_run_of_the_store_is_explained_by_id_prefix_and_last(
    whynan: Whynan, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All name the same run; once its folder is gone, the text comes from MLflow's artifacts, word for word."""
    store = opened(tmp_path_factory.mktemp("store"))
    run_folder = stalled(folder / "a")
    run_id = carry(run_folder, store)[0]["run_id"]
    words = [run_id, run_id[:8], "last", str(run_folder)]
    assert {whynan(f"explain {word} tracking.uri={store.uri}").out for word in words} == {TEXT}
    shutil.rmtree(run_folder)
    said = whynan(f"explain last tracking.uri={store.uri}")
    assert (said.code, said.out, said.err) == (0, TEXT, "")


@pytest.mark.slow
def test_the_tags_of_a_run_can_be_searched(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """MLflow's filter finds a run by its first cause, its outcome and its first bad step, as its pages do."""
    store = opened(tmp_path_factory.mktemp("store"))
    run_folder = stalled(folder / "a")
    end(run_folder, outcome="nan", first_nonfinite_step=90, **STALLED)
    (run_folder / "findings.json").write_text(json.dumps([FINDING, FINDING | {"cause": "dead_units"}]))
    run_id = carry(run_folder, store)[0]["run_id"]
    client = client_of(store)
    experiment = client.get_experiment_by_name(store.experiment)
    assert experiment is not None
    for condition, expected in (
        ("tags.cause = 'too_few_steps'", [run_id]),
        ("tags.cause LIKE 'too%' AND tags.outcome = 'nan'", [run_id]),
        ("tags.first_nonfinite_step = '90'", [run_id]),
        ("tags.cause = 'dead_units'", []),
    ):
        found = client.search_runs([experiment.experiment_id], condition)
        assert [run.info.run_id for run in found] == expected


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        ("explain", "which run?"),
        ("explain nowhere tracking=none", "no run 'nowhere'"),
        ("explain last tracking=none", "there is no run yet"),
        ("explain a b tracking=none", "unexpected argument 'b': one run"),
        ("explain last dataset=xor", "only tracking.* settings apply here"),
    ],
)
def test_mistakes_are_reported(whynan: Whynan, line: str, reported: str) -> None:
    """No run, an unknown one, or a word too many is exit code 2."""
    said = whynan(line)
    assert (said.code, said.out) == (2, "")
    assert reported in said.err


def test_a_run_that_has_not_ended_or_is_damaged_is_reported(whynan: Whynan, folder: Path) -> None:
    """There is nothing to explain yet, or no telling what there was: exit code 2 with the reason."""
    append(begin(folder / "a", record()), rows(10))
    said = whynan("explain a tracking=none")
    assert said.code == 2
    assert "it is running, or was cut off" in said.err
    (stalled(folder / "b") / "findings.json").write_text("[{")
    said = whynan("explain b tracking=none")
    assert said.code == 2
    assert "is damaged" in said.err


def test_a_run_that_failed_says_why(whynan: Whynan, folder: Path) -> None:
    """It left no findings; its reason is reported."""
    begin(folder / "a", record())
    end(folder / "a", outcome="failed", reason="MemoryError: [too much]", **STALLED)
    (folder / "a/findings.json").unlink()
    said = whynan("explain a tracking=none")
    assert (said.code, said.out) == (0, "The run failed after 100 steps: MemoryError: [too much]\n")


@pytest.mark.slow
def test_the_commands_of_the_page_can_be_typed(whynan: Whynan, folder: Path) -> None:
    """Every command of docs/diagnosis.md works, in their order; the run that it shows names both causes."""
    page = (shipped_folder().parent / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m runner (.+?)(?:  +#.*)?$", page, flags=re.MULTILINE)
    assert len(commands) >= 5
    reported = {
        command: whynan(command if command.startswith("show") else f"{command} tracking=none") for command in commands
    }
    assert {said.code for said in reported.values()} == {0}
    shown = re.findall(r"^cause \d  (\w+)", page, flags=re.MULTILINE)
    explained = reported["explain last"].out
    assert explained in reported["experiment=post/planar"].out
    assert set(shown) <= set(re.findall(r"^cause \d  (\w+)", explained, flags=re.MULTILINE))


class Impatient(Listener):
    """Presses Ctrl-C at the twelfth evaluation."""

    seen = 0

    def on_evaluation(self, values: Mapping[str, float]) -> None:
        self.seen += 1
        if self.seen == 12:
            signal.raise_signal(signal.SIGINT)


def test_after_ctrl_c_the_causes_are_looked_for(folder: Path, whynan: Whynan) -> None:
    """That is when people ask: the run is examined at its checkpoint, and its folder has the findings from then on."""
    run = train("dataset=xor", "init=constant", "tracking=none", "hydra.run.dir=one", listeners=[Impatient()])
    assert (run.outcome, list(run.findings)) == ("interrupted", [])
    said = whynan("explain one tracking=none")
    assert (said.code, said.err) == (0, "")
    assert "symmetric_units" in said.out
    assert json.loads(Path("one/findings.json").read_text())[0]["cause"] == "symmetric_units"
    assert whynan("explain one tracking=none").out == said.out
    shutil.rmtree("one/checkpoints")
    Path("one/findings.json").write_text("[]")
    said = whynan("explain one tracking=none")
    assert "left no checkpoint" in said.err
    assert re.fullmatch(r"The run was interrupted after \d+ steps; no cause is known\.\n", said.out)
