"""The problems that a configuration has, as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from runner.errors import UserError
from runner.settings import validate


def problems_of(config: dict[str, Any], files: Mapping[str, str] | None = None) -> list[str]:
    """Every problem of `config` as a line of text; fails where there is none."""
    with pytest.raises(UserError) as caught:
        validate(config, files=lambda: files or {})
    return [str(problem) for problem in caught.value.problems]
