"""Errors of Hydra, OmegaConf and the YAML reader as `UserError`s.

Most mistakes never reach these libraries: overrides are checked first. What is left are mistakes inside YAML files,
and in overrides of Hydra's own settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError  # type: ignore[import-untyped]

from runner.errors import Problem, UserError, nearest
from runner.files.paths import relative


@contextmanager
def user_errors() -> Iterator[None]:
    """Turn what Hydra, OmegaConf and the YAML reader raise into `UserError`."""
    try:
        yield
    except MarkedYAMLError as error:
        raise UserError(_yaml(error)) from error
    except MissingConfigException as error:
        raise UserError(_missing(error)) from error
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(_other(error)) from error


def _yaml(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark
    if mark is None:
        return Problem("", f"the YAML can't be read: {error.problem}")
    place = f"{relative(mark.name)}, line {mark.line + 1}, column {mark.column + 1}"
    return Problem("", f"the YAML can't be read: {error.problem}", file=place)


def _missing(error: MissingConfigException) -> Problem:
    name = error.missing_cfg_file or ""
    group, _, choice = name.rpartition("/")
    options = list(error.options or ())
    asker = re.match(r"In '([^']+)'", str(error))
    message = f"unknown {group} {choice!r}" if group else f"there is no configuration {name!r}"
    return Problem(
        group, message, allowed=options, nearest=nearest(choice, options), file=f"{asker[1]}.yaml" if asker else None
    )


def _other(error: BaseException) -> Problem:
    cause: BaseException = error
    while isinstance(cause.__cause__, (HydraException, OmegaConfBaseException)):
        cause = cause.__cause__
    path = getattr(cause, "full_key", None) or ""
    # The first line says what is wrong; the others propose `+typo=` or show types of OmegaConf.
    lines = [line.strip() for line in (str(error) or str(cause)).splitlines() if line.strip()]
    outer = lines[0].rstrip(".") if lines else type(error).__name__
    inner = str(cause).splitlines()[0] if cause is not error and str(cause) else ""
    return Problem(str(path), f"{outer}: {inner}" if inner and inner not in outer else outer)
