"""The value that an expression has among some variables."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np


def evaluated(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression, None where it has none there."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return eval(text, {}, dict(names))
    except Exception:
        return None
