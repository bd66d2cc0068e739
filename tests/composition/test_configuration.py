"""From a command line to settings."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from commands import Whynan, write_yaml
from composed import settings_of

from runner.composition.configuration import Configuration, compose_settings, configuration_of
from runner.composition.options import parse, shipped_folder
from runner.composition.session import session
from runner.errors import Problem, UserError
from runner.settings import Settings, validate

SHIPPED = sorted(path.relative_to(shipped_folder()) for path in shipped_folder().rglob("*.yaml"))
EXPERIMENTS = [Path(*path.parts[1:]).with_suffix("").as_posix() for path in SHIPPED if path.parts[0] == "experiment"]
CHOICES = [path for path in SHIPPED if len(path.parts) > 1 and path.parts[0] != "experiment"]
# What a choice asks for that has no default.
REQUIRED: dict[str, list[str]] = {
    "dataset/inline.yaml": ["dataset.X=[[0],[1]]", "dataset.Y=[[0],[1]]"],
    "dataset/table.yaml": ["dataset.path=points.csv", "dataset.targets=[b]"],
    "init/explicit.yaml": ["init.weights.values=[[[1,2],[3,4]],[[5],[6]]]"],
    "early_stop/valid_loss.yaml": ["dataset.valid_fraction=0.25"],
}


def configured(line: str) -> Configuration:
    """The configuration that a command line says."""
    return configuration_of(shlex.split(line))


def problems(line: str) -> list[str]:
    """What is wrong with a command line."""
    return [str(problem) for problem in problems_of(shlex.split(line))]


def problems_of(words: Sequence[str]) -> list[Problem]:
    """What is wrong with these words of a command line."""
    with pytest.raises(UserError) as caught:
        configuration_of(words)
    return caught.value.problems


@pytest.mark.parametrize("path", CHOICES, ids=str)
def test_every_shipped_choice_is_valid(path: Path, folder: Path) -> None:
    """Every YAML of every group is valid, with what it asks for filled in."""
    compose_settings([f"{path.parts[0]}={path.stem}", *REQUIRED.get(path.as_posix(), [])])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_shipped_experiment_is_valid(name: str, folder: Path) -> None:
    """Every experiment composes, and what comes out is valid."""
    compose_settings([f"experiment={name}"])


@pytest.mark.parametrize("path", SHIPPED, ids=str)
def test_every_shipped_key_is_commented(path: Path) -> None:
    """Each YAML begins with what it is, and each key has a comment on its line."""
    lines = (shipped_folder() / path).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    # A line without a comment may only open a mapping, or belong to a defaults list.
    unexplained = (line for line in lines if line.strip() and "#" not in line and not line.endswith(":"))
    assert [line for line in unexplained if not line.startswith(("  - override ", "  - _self_"))] == []


def test_the_shipped_defaults_are_those_of_the_schema(folder: Path) -> None:
    """The default experiment in YAML says the same as no configuration at all, and says it for every key."""
    configuration = configured("")
    assert configuration.settings == validate({})
    assert set(configuration.config) == set(Settings.model_fields)


def test_a_key_beside_the_name_of_a_choice_needs_no_plus(folder: Path) -> None:
    """A key that the schema knows is added to a mapping that doesn't hold it."""
    configuration = configured("init.weights.name=normal init.weights.std=0.1 optimizer.lr=2")
    assert configuration.settings.init.weights.model_dump() == {"name": "normal", "mean": 0.0, "std": 0.1}
    assert configuration.overrides == ("init.weights.name=normal", "++init.weights.std=0.1", "optimizer.lr=2")


def test_a_mapping_may_replace_a_name(folder: Path) -> None:
    """`optimizer.schedule` is a plain name in the YAML, and its keys can be set all the same."""
    schedule = compose_settings(["optimizer.schedule.name=step", "optimizer.schedule.every=7"]).optimizer.schedule
    assert schedule.model_dump() == {"name": "step", "every": 7, "factor": 0.5}


def test_all_mistakes_of_a_command_line_are_reported_together(folder: Path) -> None:
    """Syntax, keys, choices and values: whatever is wrong comes in one answer."""
    typed = "dataset=plnar lr=3 optimzer.lr=1 optimizer.momentun=1 experiment=xr seed=abc x"
    found = problems(f"{typed} dataset.formula=sin(x)")
    assert [line.partition("; allowed")[0] for line in found] == [
        "dataset: unknown dataset 'plnar'; did you mean 'planar'?",
        "lr: unknown key 'lr'; did you mean 'optimizer.lr'?",
        "optimzer.lr: unknown key 'optimzer'; did you mean 'optimizer.lr'?",
        "optimizer.momentun: unknown key 'momentun' in optimizer; did you mean 'optimizer.momentum'?",
        "experiment: unknown experiment 'xr'; did you mean 'xor'?",
        "'x' is not an override: write key=value",
        "dataset.formula: can't be read: such text needs two pairs of quotes: 'dataset.formula=\"sin(x)\"'",
        "seed: must be a whole number, not text",
    ]


def test_a_mapping_in_the_place_of_a_choice_is_refused_with_the_choices(folder: Path) -> None:
    """`experiment` names a file; what stands in it is set by the keys of the settings."""
    (found,) = problems("experiment={seed:1}")
    assert found.startswith("experiment: takes the name of a choice")
    assert "xor" in found


@pytest.mark.parametrize(
    ("override", "typed"),
    [
        ("dataset.path=données.csv", "'dataset.path=\"données.csv\"'"),
        ("dataset.path=~/a.csv", "'dataset.path=\"~/a.csv\"'"),
        ("dataset.path=a=b.csv", "'dataset.path=\"a=b.csv\"'"),
        ("dataset.path=a,b.csv", "'dataset.path=\"a,b.csv\"'"),
        ('dataset.path="it\'s (1).csv"', None),
    ],
)
def test_the_quoted_form_is_shown_and_works(override: str, typed: str | None, folder: Path) -> None:
    """Where Hydra's grammar needs quotes the error shows them, and what it shows composes to the text meant."""
    others = ["dataset=table", "dataset.features=[a]", "dataset.targets=[b]"]
    if typed is not None:
        with pytest.raises(UserError) as caught:
            compose_settings([*others, override])
        assert typed in caught.value.problems[0].message
        (override,) = shlex.split(typed)
    path = compose_settings([*others, override]).dataset.path  # type: ignore[attr-defined]
    assert override == f'dataset.path="{path}"'


@pytest.mark.parametrize("whole", ["network.hidden=[8]", "optimizer={name: adam}", "init={weights: {name: normal}}"])
def test_brackets_that_are_open_are_closed_in_the_error(whole: str, folder: Path) -> None:
    """What is missing at the end of a list or a mapping is shown, in quotes for the shell."""
    (found,) = problems_of([whole.rstrip("]}")])
    assert found.message.endswith(f"close its brackets, and put quotes around the override: '{whole}'")


def test_a_key_that_cannot_be_one_is_reported_with_the_whole_word(folder: Path) -> None:
    """Nothing is guessed where the key itself can't be read."""
    (found,) = problems_of(["a b=4"])
    assert found.message.startswith("'a b=4' can't be read")


def test_a_sweep_needs_multirun(folder: Path) -> None:
    """A comma outside of a list is a sweep; without -m the error shows the list and the text."""
    assert problems("network.hidden=8,4") == [
        "network.hidden: is a sweep, which needs -m; write a list as 'network.hidden=[8,4]', "
        "text with a comma as 'network.hidden=\"8,4\"'"
    ]


def test_the_first_job_of_a_multirun_is_checked(folder: Path) -> None:
    """A sweep's choices are all known, and its first job is valid, before any job begins."""
    configuration = configured("-m optimizer.lr=0.1,1 init=he,xavier seed=range(3)")
    assert configuration.multirun
    assert configuration.settings.optimizer.lr == 0.1
    assert problems("-m init=he,xavir seed=1,2")[0].startswith("init: unknown init 'xavir'; did you mean 'xavier'?")


def test_a_key_of_another_choice_is_reported_with_the_choice(folder: Path) -> None:
    """Momentum belongs to sgd: asked of adam it is a mistake."""
    assert problems("optimizer=adam optimizer.momentum=0.9")[0].startswith(
        "optimizer.momentum: unknown key 'momentum' in optimizer (adam)"
    )


def test_a_mistake_in_a_yaml_is_reported_with_its_file(folder: Path) -> None:
    """The file is that of the value, whichever of several files set it last."""
    write_yaml(folder / "conf/experiment/mine.yaml", "# @package _global_\nsteps: 0\noptimizer:\n  lr: -1\n  mu: 2\n")
    write_yaml(folder / "conf/network/bad.yaml", "hidden: [0]\n")
    found = problems("experiment=mine network=bad optimizer.lr=fast")
    assert [line.partition("; allowed")[0] for line in found] == [
        "steps: must be at least 1; in conf/experiment/mine.yaml",
        "network.hidden[0]: must be at least 1; in conf/network/bad.yaml",
        "optimizer.lr: must be a number, or auto",
        "optimizer.mu: unknown key 'mu' in optimizer (sgd)",
    ]


def test_what_must_be_given_is_asked_for(folder: Path) -> None:
    """`???` in a YAML is a value that has no default."""
    assert problems("init=explicit")[0].startswith("init.weights.values: must be given; in ")


def test_broken_yaml_is_reported_with_line_and_column(folder: Path) -> None:
    """A YAML that can't be read is reported with the place where reading stopped."""
    write_yaml(folder / "conf/experiment/mine.yaml", "# @package _global_\nsteps: [1\n")
    (found,) = problems("experiment=mine")
    assert found.startswith("the YAML can't be read: ")
    assert found.endswith("; in conf/experiment/mine.yaml, line 3, column 1")


def test_an_unknown_choice_in_a_yaml_is_reported_with_its_nearest(folder: Path) -> None:
    """A defaults list can be wrong as well."""
    write_yaml(folder / "conf/experiment/mine.yaml", "# @package _global_\ndefaults:\n  - override /dataset: xorr\n")
    (found,) = problems("experiment=mine")
    assert found.startswith("dataset: unknown dataset 'xorr'; did you mean 'xor'?")


def test_own_folders_come_before_the_shipped_one(folder: Path) -> None:
    """--config-dir beats conf/ of the working folder, which beats what is shipped; the rest is still found."""
    write_yaml(folder / "conf/network/small.yaml", "hidden: [5]\n")
    assert configured("").settings.network.hidden == (5,)
    write_yaml(folder / "other/network/small.yaml", "hidden: [6]\n")
    assert configured("--config-dir other network=small").settings.network.hidden == (6,)
    assert configured("network=linear").settings.network.hidden == ()


def test_choices_may_lie_in_folders(folder: Path) -> None:
    """`experiment=post/mine` is a file in a folder of the group, and is proposed for a typo."""
    write_yaml(folder / "conf/experiment/post/mine.yaml", "# @package _global_\nsteps: 7\n")
    assert configured("experiment=post/mine").settings.steps == 7
    assert "did you mean 'post/mine'?" in problems("experiment=post/mien")[0]


def test_the_folder_of_a_run_has_a_name_of_its_own(folder: Path) -> None:
    """Two runs that start in the same second don't share a folder."""
    assert configured("").folder != configured("").folder


def test_hydras_own_keys_are_reported_in_our_voice(folder: Path) -> None:
    """A complaint of Hydra itself is a problem like others, without its advice to add a plus."""
    (found,) = problems("hydra.foo=3")
    assert found.startswith("hydra.foo: ")
    assert "+hydra.foo" not in found


def test_secrets_are_not_recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be written down has no password, and nothing that an environment variable holds."""
    monkeypatch.setenv("WHYNAN_TEST_NAME", "very-secret")
    configuration = configured(
        "'tracking.experiment=${oc.env:WHYNAN_TEST_NAME}' 'tracking.uri=\"http://me:hunter2@host:1\"'"
    )
    assert configuration.settings.tracking.experiment == "very-secret"
    recorded = configuration.recordable.model_dump_json()
    assert "very-secret" not in recorded
    assert "hunter2" not in recorded
    assert "${oc.env:WHYNAN_TEST_NAME}" in recorded


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--confg-dir x", "unknown option '--confg-dir'; did you mean '--config-dir'?"),
        ("--config-dir nowhere", "--config-dir: there is no folder 'nowhere'"),
        ("-m --cfg job", "only one of --multirun and --cfg can be asked for at a time"),
    ],
)
def test_options_are_checked(line: str, expected: str, folder: Path) -> None:
    """A mistake in an option is reported like one in a setting."""
    assert expected in problems(line)


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("dataset=xor steps=3", 1),
        ("dataset=xor steps=3 tracking.uri=http://me:hunter2@127.0.0.1:1", 1),
        ("check dataset=xor", 1),
        ("show program dataset=xor", 1),
        # The multirun itself, its first job, and what the jobs of each data set have in common.
        ("-m dataset=xor steps=3 seed=1,2 optimizer.lr=0.1,0.2,0.3", 3),
        ("-m steps=3 seed=1,2 dataset=xor,and", 4),
    ],
)
def test_hydra_composes_once(
    line: str, times: int, whynan: Whynan, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command composes once, a sweep once for each set of choices, however many jobs it has."""
    composed: list[str] = []
    within: list[str] = []  # in Hydra 1.3 the one calls the other, in 1.4 it doesn't
    with session(parse([])) as hydra:
        loader = type(hydra.loader)

    def count(name: str) -> None:
        load = getattr(loader, name)

        def counted(*arguments: Any, **named: Any) -> Any:
            composed.extend([] if within else [name])
            within.append(name)
            try:
                return load(*arguments, **named)
            finally:
                within.pop()

        monkeypatch.setattr(loader, name, counted)

    count("load_configuration")
    count("load_sweep_config")
    said = whynan(f"{line} diagnosis=none tracking.enabled=false")
    assert said.code in (0, 1), said.err
    assert len(composed) == times


@pytest.mark.parametrize(
    "line",
    [
        "dataset=planar optimizer.lr=0.02 seed=1 batch_size=25 steps=90 dataset.samples=60",
        "experiment=post/xor steps=1000 optimizer.lr=1e-3",
        "init=uniform init.seed=3 optimizer=adam optimizer.beta1=0.5 dataset.valid_fraction=0.25",
    ],
)
def test_numbers_put_in_later_are_those_composed(line: str) -> None:
    """What other tests compose once and change are the settings that Hydra would have composed."""
    assert settings_of(line.split()) == compose_settings(line.split())
