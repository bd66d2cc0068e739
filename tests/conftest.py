"""What all tests share: strict numerics, and small setups to build on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def strict_numerics() -> Iterator[None]:
    """A division by zero, an overflow or an invalid value is an error wherever a test doesn't mean to have one."""
    with np.errstate(all="raise", under="ignore"):
        yield
