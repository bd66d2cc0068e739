"""Networks in the styles in which people write them, each with parameters, a loss and perhaps gradients of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.recording.differentiating.adjoints import Adjoints
from runner.recording.rewriting.rewrite import compile_recorded
from runner.recording.taping.tape import Tape

FOLDER = Path(__file__).parent / "styles"
STYLES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


@dataclass(frozen=True)
class Style:
    """A style loaded: its parameters by name, and its functions of them."""

    params: dict[str, Any]
    loss: Callable[[Mapping[str, Any]], float]
    gradients: Callable[[Mapping[str, Any]], dict[str, Any]] | None

    def values(self) -> list[NDArray[np.float64]]:
        """The parameters as arrays."""
        return [np.array(value, np.float64) for value in self.params.values()]

    def loss_at(self, values: list[NDArray[np.float64]]) -> float:
        """The loss with these values for the parameters, each in the type that the file gives it."""
        changed = {
            name: new.tolist() if isinstance(old, list) else new.view(type(old))
            for (name, old), new in zip(self.params.items(), values, strict=True)
        }
        return float(self.loss(changed))


def loaded(style: str, recorded: bool) -> Style:
    """A style run through the rewriter, or as it is."""
    path = FOLDER / f"{style}.py"
    source = path.read_text(encoding="utf-8")
    code = compile_recorded(source, path) if recorded else compile(source, path.name, "exec", dont_inherit=True)
    module: dict[str, Any] = {"__name__": style}
    exec(code, module)
    return Style(module["params"], module["loss"], module.get("gradients"))


def leaf_adjoints(adjoints: Adjoints, tape: Tape, value: Any) -> NDArray[np.float64]:
    """The adjoint of a parameter, of each of its numbers where it is a list."""
    if isinstance(value, list):
        return np.array([leaf_adjoints(adjoints, tape, each) for each in value])
    leaf = tape.leaf_of(value)
    assert leaf is not None
    adjoint = adjoints.of(leaf)
    return np.zeros(np.shape(value)) if adjoint is None else adjoint
