"""The settings of `faults`: which mistakes to make on purpose.

Whether a fault can act is checked where the network is known, in `runner.training.setup`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from runner.errors import UserError
from runner.network.faults.catalogue import parse


def _is_fault(text: str) -> str:
    try:
        parse(text)
    except UserError as error:
        raise PydanticCustomError("problem", "{problem}", {"problem": error.problems[0]}) from None
    return text


FaultName = Annotated[str, AfterValidator(_is_fault)]
