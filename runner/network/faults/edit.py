"""Editing the calls of a program: find some by what they compute, then replace, drop or surround them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from runner.network.architecture import Architecture
from runner.network.layer import Layer, parameter_names
from runner.network.normalisation import name_columns
from runner.network.ops import Op
from runner.network.program import Emitter, Phase, Program, Shape

FORWARD = (Phase.FORWARD, Phase.OUTPUT)


class ProgramEdit(Emitter):
    """An emitter whose calls go where they are wanted; each carries `note`.

    Beside the names of the program those of its parts are known: `W1`, `b1`, `dW1`, `db1`, `A0`.
    """

    def __init__(self, program: Program, architecture: Architecture) -> None:
        super().__init__(program)
        self.architecture = architecture
        if architecture.bias:
            self.top_rows("A0", "[A0;1]", architecture.sizes[0])
            for layer in architecture.layers:
                name_columns(self, layer, bias=True)

    def where(
        self,
        *phases: Phase,
        layer: int | None = None,
        results: Collection[str] | None = None,
        op: Op | None = None,
    ) -> list[int]:
        """The positions of the calls that fit all that is given."""
        return [
            position
            for position, call in enumerate(self.calls)
            if (not phases or call.phase in phases)
            and (layer is None or call.layer == layer)
            and (results is None or call.result in results)
            and (op is None or call.op is op)
        ]

    @contextmanager
    def instead(self, positions: Sequence[int]) -> Iterator[None]:
        """Let the calls written inside take the place of those at `positions`."""
        anchor = positions[0]
        phase, layer = self.calls[anchor].phase, self.calls[anchor].layer
        self.drop(positions)
        with self._at(anchor, phase, layer):
            yield

    @contextmanager
    def before(self, position: int) -> Iterator[None]:
        """Put the calls written inside before the one at `position`, into its phase and layer."""
        anchor = self.calls[position]
        with self._at(position, anchor.phase, anchor.layer):
            yield

    @contextmanager
    def after(self, position: int) -> Iterator[None]:
        """Put the calls written inside after the one at `position`, into its phase and layer."""
        anchor = self.calls[position]
        with self._at(position + 1, anchor.phase, anchor.layer):
            yield

    @contextmanager
    def after_gradient(self, *, with_decay: bool) -> Iterator[None]:
        """Put the calls written inside where the gradient is whole: with or without the weight decay's part."""
        decay = self.where(Phase.BACKWARD, results=("decay",))
        last = self.where(Phase.BACKWARD)[-1]
        position = decay[0] if decay and not with_decay else last + 1
        with self._at(position, Phase.BACKWARD, 0):
            yield

    def drop(self, positions: Collection[int]) -> None:
        """Leave calls out."""
        self.calls = [call for position, call in enumerate(self.calls) if position not in positions]

    def gradient_call(self, layer: Layer) -> int:
        """The position of the product that gives dW and db of a layer, or of the last call that does."""
        if layer.normalised:
            return self.where(Phase.BACKWARD, results=(f"dW{layer.index}",))[0]
        return self.where(Phase.BACKWARD, results=parameter_names(layer, self.architecture.bias)[1:])[0]

    def like(self, layer: Layer) -> Shape:
        """The shape of a layer's Z, A and dZ."""
        return self.shape(f"Z{layer.index}")

    def inputs_of(self, layer: Layer) -> tuple[str, str]:
        """What Z of a layer is made from: its inputs with the row of ones where there is a bias, and without."""
        call = self.calls[self.where(*FORWARD, results=(f"Z{layer.index}",))[0]]
        whole = str(call.operands[1])
        return whole, next((top for top, (name, _) in self.rows.items() if name == whole), whole)

    @contextmanager
    def _at(self, position: int, phase: Phase, layer: int) -> Iterator[None]:
        calls, self.calls = self.calls, []
        before, self.phase, self.layer = (self.phase, self.layer), phase, layer
        yield
        self.phase, self.layer = before
        self.calls = [*calls[:position], *self.calls, *calls[position:]]
