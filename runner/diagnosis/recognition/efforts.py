"""What is tried in recognising a network: cheap and likely things before the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from runner.diagnosis.recognition.units import TWICE, LossForm, Unit, loss_forms, units

EPSILONS = tuple(10.0**-digits for digits in range(12, 1, -1))


def _guarded(outputs: int) -> Iterator[LossForm]:
    """Logarithms of something plus epsilon."""
    for form in loss_forms(outputs):
        if "entropy" in form.name:
            yield from (replace(form, epsilon=epsilon) for epsilon in EPSILONS)


@dataclass(frozen=True)
class Effort:
    """What is tried: cheap and likely things before the rest.

    `uniform`: only layouts whose layers are written alike, or only the others. Layers without a bias can't be found
    one by one: `alike` supposes that those hidden have the same activation, `faulty` tries activations that are wrong.
    `fitted`: activations may have any number. `over_batch`: the output is a softmax over the samples, which tells
    nothing of a layer that is fed its bias alone.
    """

    uniform: bool = True
    forms: Callable[[int], Iterable[LossForm]] = loss_forms
    alike: bool = True
    faulty: bool = False
    fitted: bool = False
    over_batch: bool = False

    def units(self, live: bool, hidden: bool, above: Sequence[Unit]) -> Iterator[Unit]:
        """The activations that a layer may have, below those of others."""
        if self.over_batch and not hidden:
            yield Unit("softmax", fault="softmax_over_batch")
        elif self.alike and hidden and len(above) > 1 and not live:
            yield replace(above[0], fault=None)
            if self.faulty and above[0].name in TWICE:
                yield Unit(above[0].name, fault="sigmoid_twice")
        elif live or self.faulty:
            yield from units()
        else:
            yield from (unit for unit in units() if not unit.parameters and unit.fault is None)


EFFORTS = (
    Effort(),
    Effort(forms=_guarded),
    Effort(over_batch=True),
    Effort(alike=False),
    Effort(over_batch=True, alike=False),
    Effort(fitted=True),
    Effort(uniform=False),
    Effort(uniform=False, forms=_guarded),
    Effort(faulty=True),
    Effort(faulty=True, alike=False),
    Effort(forms=_guarded, alike=False),
)
