"""whynan show config [overrides]: the composed configuration as YAML.
whynan show program [overrides]: what the network computes, call by call; with subject=net.py what your own file does.
  --native says at the end whether compiled code makes these calls, or because of which of them Python does.
whynan show settings [NAME]: every setting with its default, or those below NAME: `watch`, `watch.units`.
whynan show experiments|datasets|losses|activations|inits|optimizers|schedules [NAME]: all of a kind, or one in full.
whynan show faults: the mistakes that `faults: [...]` makes on purpose.
whynan show causes [overrides]: the causes that failed runs are explained by, with their thresholds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from omegaconf import OmegaConf

from runner.cli.arguments import configured
from runner.cli.screen.terminal import print_between_words, results
from runner.composition.configuration import Configuration
from runner.errors import Problem, UserError, nearest
from runner.redaction import redact
from runner.reference.choices import KINDS


def main(arguments: list[str]) -> int:
    """Print what the first word asks for."""
    word = arguments[0] if arguments else None
    if word not in SHOWN:
        message = f"can't show {word!r}" if word else "show what?"
        raise UserError(Problem("", message, allowed=list(SHOWN), nearest=nearest(word or "", SHOWN)))
    SHOWN[word](arguments[1:])
    return 0


def _config(arguments: list[str]) -> None:
    configuration = configured(arguments)
    text = redact(OmegaConf.to_yaml(OmegaConf.create(configuration.config)))
    console = results()
    if console.is_terminal:
        from rich.syntax import Syntax

        console.print(Syntax(text, "yaml", background_color="default", word_wrap=True))
    else:
        console.print(text, markup=False, end="")


def _program(arguments: list[str]) -> None:
    from runner.experiment import prepare

    console = results()
    configuration = configured([one for one in arguments if one != "--native"])
    if configuration.settings.subject.path is not None:
        for line in _program_of_subject(configuration):
            console.print(line, markup=False, highlight=False)
        return
    experiment = prepare(configuration.settings)
    for one in experiment.placement.placed:
        console.print(f"# fault: {one.choice}: {one.fault.contrast}", markup=False)
    for line in experiment.program.describe():
        console.print(line, markup=False)
    if "--native" in arguments:
        from runner.training.feeding.native import runtime_of

        console.print(f"\n# {runtime_of(experiment)}", markup=False)


def _program_of_subject(configuration: Configuration) -> list[str]:
    """One step of the training of somebody's own file, as it was recorded."""
    from runner.diagnosis.subjects.examine import NotRecorded, program_of
    from runner.subjects.complaint import SubjectError
    from runner.subjects.samples import samples_of

    settings = configuration.settings
    samples = samples_of(settings, asked=configuration.chooses_data)
    try:
        return program_of(settings.subject, samples, settings.network.hidden)
    except (NotRecorded, SubjectError) as error:
        raise UserError(Problem("subject.path", f"its computation can't be recorded: {error}")) from None


def _settings(arguments: list[str]) -> None:
    from runner.cli.screen.reference import print_settings
    from runner.reference.settings import settings

    name = _one_name(arguments)
    found = [one for one in settings() if name is None or f"{one.path}.".startswith(f"{name}.")]
    if not found:
        paths = [one.path for one in settings()]
        raise UserError(Problem("", f"there is no setting {name!r}", nearest=nearest(name or "", paths)))
    print_settings(found)


def _choices(kind: str, arguments: list[str]) -> None:
    from runner.cli.screen.reference import print_choice, print_choices

    found = {choice.name: choice for choice in KINDS[kind]()}
    name = _one_name(arguments)
    if name is None:
        print_choices(kind, found.values())
    elif name in found:
        print_choice(found[name])
    else:
        raise UserError(
            Problem("", f"there is no {name!r} among the {kind}", allowed=list(found), nearest=nearest(name, found))
        )


def _one_name(arguments: list[str]) -> str | None:
    """The name that may follow; `UserError` for more than one."""
    if len(arguments) > 1:
        raise UserError(f"one name at most, not {len(arguments)}: {' '.join(arguments)}")
    return arguments[0] if arguments else None


def _faults(arguments: list[str]) -> None:
    from rich.text import Text

    from runner.cli.screen.tables import print_entries
    from runner.network.faults.catalogue import FAULTS
    from runner.network.faults.fault import NOTATION

    if arguments:
        raise UserError(f"what is {arguments[0]!r}? `show faults` lists them all")
    console = results()
    columns = ("fault", "kind", "layer", "value", "wrong", "right")
    rows = [
        (
            fault.name,
            fault.family,
            "@l" if fault.takes_layer else "",
            "" if fault.value is None else f"={'|'.join(fault.values) or 'NUMBER'}",
            fault.wrong,
            fault.right,
        )
        for fault in FAULTS.values()
    ]
    if not console.is_terminal:
        sys.stdout.writelines(f"# {line}\n" for line in NOTATION.splitlines())
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [columns, *rows])
        return
    for line in NOTATION.splitlines():
        print_between_words(Text(line))
    print_entries(
        (
            Text.assemble((name, "bold"), layer),
            [
                *([Text(value.replace("|", ", "), style="dim")] if value else []),
                Text.assemble(("wrong: ", "dim"), wrong),
                Text.assemble(("right: ", "dim"), right),
            ],
        )
        for name, _, layer, value, wrong, right in rows
    )


def _causes(arguments: list[str]) -> None:
    from runner.cli.screen.causes import print_causes

    print_causes(configured(arguments).settings.diagnosis.thresholds)


SHOWN: dict[str, Callable[[list[str]], None]] = {
    "config": _config,
    "program": _program,
    "settings": _settings,
    **{kind: partial(_choices, kind) for kind in KINDS},
    "faults": _faults,
    "causes": _causes,
}
