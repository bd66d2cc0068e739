"""The overrides of a command line, looked at before Hydra sees them.

Hydra stops at the first mistake, has no nearest name, and proposes `+typo=` for a typo; here all overrides of a command
line are checked together, and against the schema.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from runner.aliases import canonical_override
from runner.composition.groups import Groups
from runner.composition.mistakes import mistakes_in, unreadable, without_multirun
from runner.errors import Problem


@dataclass(frozen=True)
class Checked:
    """The overrides that Hydra will understand, what is wrong with the others, and notices about former names."""

    good: list[Override]
    problems: list[Problem]
    notices: list[str]

    @property
    def sweeps(self) -> list[Problem]:
        """What is wrong with them where there is but one job: only a multirun may sweep."""
        return [without_multirun(override) for override in self.good if override.is_sweep_override()]


def check(lines: Iterable[str], groups: Groups, paths: Collection[str]) -> Checked:
    """Look at every override; `paths` are those of the schema.

    Other names of a choice are replaced by those of here, and `+experiment=xor` by what adds nothing, where the
    configuration has that group already.
    """
    parser = OverridesParser.create(config_loader=groups.loader)
    good: list[Override] = []
    problems: list[Problem] = []
    notices: dict[str, None] = {}
    for typed in lines:
        line, notice = canonical_override(typed)
        notices |= {notice: None} if notice else {}
        if line.startswith("+") and line.lstrip("+").partition("=")[0] in groups.chosen:
            line = line.lstrip("+")
        try:
            (override,) = parser.parse_overrides([line])
        except HydraException as error:
            problems.append(unreadable(line, str(error)))
            continue
        mistakes = list(mistakes_in(override, groups, paths))
        problems += mistakes
        if not mistakes:
            good.append(override)
    return Checked(good, problems, list(notices))
