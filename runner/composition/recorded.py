"""From what a run has recorded of its configuration back to settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runner.errors import UserError
from runner.settings import Settings, validate

_FROM_ENVIRONMENT = "${oc.env:"


def settings_of(config: Mapping[str, Any]) -> Settings:
    """The settings of a run of one's own, from its recorded `config`; what came from the environment is read again."""
    try:
        return validate(cast(dict[str, Any], _filled_in(config)))
    except OmegaConfBaseException as error:
        raise UserError(f"the run took a value from the environment: {str(error).splitlines()[0]}") from error


def _filled_in(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _filled_in(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled_in(value) for value in node]
    if isinstance(node, str) and _FROM_ENVIRONMENT in node:
        return OmegaConf.create({"value": node}).value
    return node
