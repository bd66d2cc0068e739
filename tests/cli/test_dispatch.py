"""Which word does what, and what becomes of errors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Whynan

import runner.cli
from runner import __version__
from runner.cli.commands import COMMANDS
from runner.cli.commands.show import SHOWN
from runner.cli.completion import FOLLOWING
from runner.cli.exit_codes import Terminated, protected
from runner.errors import Problem, RunError, UserError


def test_help_lists_the_commands_and_where_the_rest_is(whynan: Whynan) -> None:
    """--help says what can be typed, on one screen, and what lists settings and choices."""
    said = whynan("--help")
    assert (said.code, said.err) == (0, "")
    for command, summary in COMMANDS.items():
        assert f"whynan {command}" in said.out
        assert summary in said.out
    shown = set(re.findall(r"\bshow (\w+)", said.out))
    assert {"settings", "experiments", "datasets", "config"} <= shown <= set(SHOWN)
    assert len(said.out.splitlines()) <= 40


def test_help_is_a_command(whynan: Whynan) -> None:
    """`help` is `--help`, and `help COMMAND` that of a command."""
    assert whynan("help").out == whynan("--help").out
    assert whynan("help explain").out == whynan("explain --help").out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, whynan: Whynan) -> None:
    """COMMAND --help says what the command does."""
    said = whynan(f"{command} --help")
    assert said.code == 0
    assert command in said.out


def test_help_and_completion_import_nothing_heavy(folder: Path) -> None:
    """What must answer at once waits for neither NumPy, pydantic nor MLflow."""
    program = (
        "import sys; from runner.__main__ import main; code = main(sys.argv[1:]);"
        "heavy = {'numpy', 'pydantic', 'mlflow', 'pandas', 'rich'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(runner.cli.__file__).parents[2])}
    for line in (["--help"], ["-sc", "query=bash"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *line],
            env={**environment, "COMP_LINE": "whynan optimi", "COMP_POINT": "13"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "optimizer" in done.stdout


def test_training_imports_nothing_that_it_does_not_use() -> None:
    """A first step waits neither for MLflow, pandas and SciPy nor for what checks somebody's own file."""
    program = (
        "import sys, runner.cli.commands.train, runner.cli.screen.progress, runner.composition.configuration;"
        "unused = {'mlflow', 'pandas', 'scipy', 'matplotlib', 'runner.recording', 'runner.diagnosis.subjects'}"
        "& set(sys.modules);"
        "sys.exit(f'imported {sorted(unused)}' if unused else 0)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_completion_offers_all_that_can_be_shown() -> None:
    """The words after `show` are those that it takes."""
    assert set(FOLLOWING["show"]) == set(SHOWN)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("whynan che", ["check", "checkpoint."]),
        ("whynan explain ", ["last"]),
        ("whynan show pro", ["program"]),
        ("whynan check optimizer=ad", ["optimizer=adam", "optimizer=adamw"]),
        ("whynan dataset=xor optimizer=rm", ["optimizer=rmsprop"]),
        ("whynan predict last 'unfinished", []),
        ("whynan [dataset=", []),
    ],
)
def test_completion_knows_the_commands_and_never_complains(
    typed: str, offered: list[str], folder: Path, whynan: Whynan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could come next is offered, command words among it; what makes no sense yet is no error."""
    monkeypatch.setenv("COMP_LINE", typed)
    monkeypatch.setenv("COMP_POINT", str(len(typed)))
    said = whynan("-sc query=bash")
    assert (said.code, said.err) == (0, "")
    assert said.out.split()[: len(offered)] == offered
    assert offered or not said.out.strip()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("shwo config", "error: unknown command 'shwo': did you mean 'show'?"),
        ("train xor", "error: unknown command 'train': it trains where no command is given"),
        ("xor", "error: unknown command 'xor': did you mean 'experiment=xor'?"),
        ("nand", "error: unknown command 'nand': did you mean 'dataset=nand'?"),
    ],
)
def test_an_unknown_word_is_reported_with_its_nearest(line: str, expected: str, whynan: Whynan) -> None:
    """A word that is no command may be a typo of one, or a choice without its group."""
    said = whynan(line)
    assert said.code == 2
    assert said.err == f"{expected}\n  allowed  {', '.join(COMMANDS)}\n"


def test_the_version_is_ours(whynan: Whynan) -> None:
    """--version is that of the program, not Hydra's."""
    assert whynan("--version").out in {f"whynan {__version__}, runtime {name}\n" for name in ("native", "python")}


def test_cfg_shows_what_hydra_composes(whynan: Whynan) -> None:
    """--cfg works as in any Hydra program, with keys added where the schema knows them."""
    said = whynan("--cfg job -p init init.weights.name=normal init.weights.std=0.5")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("# @package init\nweights:\n  name: normal\n  std: 0.5\n")


def test_a_typo_with_cfg_is_reported_in_our_voice(whynan: Whynan) -> None:
    """Also where Hydra answers alone the overrides are checked first."""
    said = whynan("--cfg job steqs=3")
    assert said.code == 2
    assert "unknown key 'steqs': did you mean 'steps'?" in said.err


def test_problems_are_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets, which rich takes for markup, and long values are printed as they stand."""
    long = "[red]" * 100

    def fail() -> int:
        raise UserError(
            [Problem("network.hidden[1]", "must be [bold]", given=long, allowed=["[a]", "[/b]"], file="[c].yaml")]
        )

    assert protected(fail) == 2
    assert capsys.readouterr().err == (
        f"error: network.hidden[1]: must be [bold]\n  given    '{long}'\n  allowed  [a], [/b]\n  in       [c].yaml\n"
    )


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143), (RunError("the disk is full"), 1)]
)
def test_each_end_has_its_exit_code(error: BaseException, code: int) -> None:
    """Ctrl-C, SIGTERM and a run that can't go on have different exit codes."""

    def fail() -> int:
        raise error

    assert protected(fail) == code


def test_a_fault_of_the_program_shows_where(capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception is printed with its traceback, exit code 1."""
    assert protected(lambda: 1 // 0) == 1
    printed = capsys.readouterr().err
    assert "ZeroDivisionError" in printed
    assert printed.endswith("error: the program failed; the traceback above says where\n")
