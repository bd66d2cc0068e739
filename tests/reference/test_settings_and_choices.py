"""The reference: every setting and choice, with nothing missing and nothing that isn't so."""

from __future__ import annotations

import re

import pytest
from commands import Whynan
from composed import settings_of
from omegaconf import OmegaConf
from pydantic import TypeAdapter, ValidationError

from runner.composition.options import shipped_folder
from runner.reference.choices import KINDS
from runner.reference.comments import Line, commented, heading
from runner.reference.settings import Setting, settings
from runner.reference.values import allowed
from runner.settings import Settings, known_paths


def test_every_setting_is_there() -> None:
    """All paths of the schema, but for the names of choices, which the path above them has."""
    listed = {one.path for one in settings()}
    left = {path for path in known_paths() if path not in listed}
    above = {path.rpartition(".")[0] for path in listed}
    assert {path for path in left if not path.endswith(".name") and path not in above} == set()
    assert listed - known_paths() == set()


def test_every_setting_says_what_it_is() -> None:
    """Each has a meaning, what is allowed, and a default."""
    assert [one.path for one in settings() if not (one.meaning and one.allowed and one.default)] == []


def test_the_defaults_are_those_of_a_run() -> None:
    """Where a setting doesn't depend on a choice its default is what a run without overrides has."""
    run = OmegaConf.create(settings_of([]).model_dump(mode="json"))
    groups = {one.path for one in settings() if isinstance(OmegaConf.select(run, one.path), type(run))}
    plain = [one for one in settings() if not one.choices and one.path not in groups]
    assert len(plain) > 100
    for one in plain:
        assert OmegaConf.create(f"x: {one.default}").x == OmegaConf.select(run, one.path), one.path


def test_only_the_choices_that_have_a_setting_are_named() -> None:
    """`dataset.petals` belongs to the flower, `optimizer.lr` has another default with adam, `seed` no choice."""
    found: dict[str, list[Setting]] = {}
    for one in settings():
        found.setdefault(one.path, []).append(one)
    assert [one.choices for one in found["dataset.petals"]] == [("dataset=planar",)]
    assert [one.choices for one in found["seed"]] == [()]
    rates = {choice: one.default for one in found["optimizer.lr"] for choice in one.choices}
    assert (rates["optimizer=sgd"], rates["optimizer=adam"], "optimizer=lbfgs" in rates) == ("auto", "0.001", False)
    assert [one.choices for one in found["optimizer.schedule.at"]] == [("optimizer.schedule=milestones",)]


@pytest.mark.parametrize("value", [-1, 0, 1, 3, 2**32 - 1, 2**32, -0.5, 0.0, 0.5, 1.0, 1.5, None, True, "auto", "x"])
def test_what_is_allowed_is_what_is_accepted(value: object) -> None:
    """A number within the interval that is printed is taken, one outside is refused; likewise names, true and null."""
    for path in ("steps", "epochs", "seed", "shuffle", "runtime", "outcome.flat", "outcome.diverged", "optimizer.lr"):
        text = next(one.allowed for one in settings() if one.path == path)
        model: type = Settings
        for part in path.split(".")[:-1]:
            field = model.model_fields[part]
            model = field.annotation if part != "optimizer" else type(field.default)
        name = path.split(".")[-1]
        field = model.model_fields[name]
        assert allowed(field) == text
        adapter = TypeAdapter(model, config=None)
        try:
            adapter.validate_python({name: value})
            taken = True
        except ValidationError:
            taken = False
        assert taken == any(_within(value, form) for form in text.split(" | ")), (path, value)


def _within(value: object, form: str) -> bool:
    """Whether a value has one of the forms that are printed."""
    if form in ("true", "false", "null"):
        return value is {"true": True, "false": False, "null": None}[form]
    if not form.startswith(("number", "whole number")):
        return isinstance(value, str) and (form == "text" or value == form)
    if isinstance(value, bool) or not isinstance(value, int if form.startswith("whole") else (int, float)):
        return False
    if interval := re.search(r"in ([\[(])(\S+), (\S+)([\])])$", form):
        opened, low, high, closed = interval.groups()
        above = value >= float(low) if opened == "[" else value > float(low)
        return above and (value <= float(high) if closed == "]" else value < float(high))
    if bound := re.search(r"(>=|>) (\S+)$", form):
        return value >= float(bound[2]) if bound[1] == ">=" else value > float(bound[2])
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_every_choice_can_be_typed(kind: str) -> None:
    """What a choice is typed as makes that choice, and it says in a line what it is."""
    key = {"inits": "init.weights", "schedules": "optimizer.schedule", "activations": "network.activation"}
    for choice in KINDS[kind]():
        assert choice.summary
        path, _, value = choice.override.strip("'").partition("=")
        if kind != "experiments" and choice.name not in ("table", "inline", "formula", "explicit"):
            found = settings_of([f"{path}={value}"])
            at = OmegaConf.select(OmegaConf.create(found.model_dump(mode="json")), key.get(kind, path))
            assert at.name == choice.name


def test_show_settings_prints_all_or_those_below_a_name(whynan: Whynan) -> None:
    """A line each: path, default, what is allowed, what it means, and the choices that have it."""
    header, *rows = [line.split("\t") for line in whynan("show settings").out.splitlines()]
    assert header == ["setting", "default", "allowed", "meaning", "only with"]
    assert [row[0] for row in rows] == [one.path for one in settings()]
    said = whynan("show settings watch.units").out.splitlines()[1:]
    assert [line.split("\t")[:3] for line in said] == [["watch.units", "log", "log | off"]]
    below = [line.split("\t")[0] for line in whynan("show settings watch").out.splitlines()[1:]]
    assert below[0] == "watch"
    assert len(below) > 3
    assert all(path.startswith("watch.") for path in below[1:])


def test_show_prints_one_choice_in_full(whynan: Whynan) -> None:
    """What it is, how it is typed, and its settings, those of all data sets among them."""
    said = whynan("show datasets planar")
    assert (said.code, said.err) == (0, "")
    assert "python -m runner dataset=planar\n" in said.out
    paths = [line.split("\t")[0] for line in said.out.splitlines() if line.startswith("dataset.")]
    assert {"dataset.petals", "dataset.seed"} <= set(paths)
    assert "dataset.bits" not in paths


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("settings optimzer.lr", "error: there is no setting 'optimzer.lr': did you mean 'optimizer.lr'?\n"),
        ("settings a b", "error: one name at most, not 2: a b\n"),
        ("losses hubr", "error: there is no 'hubr' among the losses: did you mean 'huber'?\n  allowed  half_sq"),
    ],
)
def test_an_unknown_name_is_reported_with_its_nearest(line: str, expected: str, whynan: Whynan) -> None:
    """A setting or a choice that there isn't, or more than one name."""
    said = whynan(f"show {line}")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(expected)


def test_an_error_says_where_to_read_about_its_setting(whynan: Whynan, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a mistake in a setting names the command that describes it; elsewhere nothing is added."""
    assert "show settings" not in whynan("steps=-1").err
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    said = re.sub(r"\x1b\[[\d;]*m", "", whynan("steps=-1 'network.hidden=[0]' nosuch=1").err)
    assert "python -m runner show settings steps\n" in said
    assert "python -m runner show settings network.hidden\n" in said
    assert "nosuch\n" not in said


def test_comments_are_read_beside_their_keys(tmp_path: object) -> None:
    """Nested keys, lists, quoted signs and keys without a comment; a directive is no heading."""
    file = shipped_folder() / "config.yaml"
    found = {line.path: line for line in commented(file)}
    assert found["subject.names"].value == ""
    assert found["subject.names"].comment
    assert found["fail_on"] == Line("fail_on", "[]", "outcomes that make the exit code 1: nan, diverged, stalled, ...")
    assert found["defaults.dataset"] == Line("defaults.dataset", "planar", "what to learn")
    assert heading("# @package _global_\n# One.\n# Two.\nsteps: 1  # three\n") == "One. Two."
    assert heading("steps: 1\n# later\n") == ""
