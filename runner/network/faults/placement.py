"""Putting faults into a network: which of them can act where, and the program that has them.

Several are applied one after the other in the order of the catalogue, whatever the order in which they are asked for:
first the forward pass, then the loss, then the way back, last the whole gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from runner.errors import Problem, UserError
from runner.network.architecture import Architecture
from runner.network.build import forward_program, training_program
from runner.network.faults.catalogue import FAULTS, FaultChoice, parse
from runner.network.faults.edit import FORWARD, ProgramEdit
from runner.network.faults.fault import Context, Fault
from runner.network.loss import LossOptions
from runner.network.program import Program


@dataclass(frozen=True)
class Placed:
    """A choice with its place in the list of those asked for, the layers that it acts on and the value that it has."""

    position: int
    choice: FaultChoice
    layers: tuple[int, ...]
    value: str

    @property
    def fault(self) -> Fault:
        """The entry of the catalogue."""
        return self.choice.fault

    def note(self, layer: int) -> str:
        """What stands beside a call that it made."""
        at = f"@{layer}" if self.fault.takes_layer else ""
        value = "" if self.choice.value is None else f"={self.choice.value}"
        return f"fault: {self.fault.name}{at}{value}"


@dataclass(frozen=True)
class Placement:
    """A network with faults; without any it is as it should be."""

    context: Context
    placed: tuple[Placed, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The faults as they were asked for."""
        return tuple(str(one.choice) for one in self.placed)

    @cached_property
    def options(self) -> LossOptions:
        """How the loss is written: apart from the output activation where a fault stands between the two."""
        last = self.context.output.index
        apart = any(one.fault.apart and last in one.layers for one in self.placed)
        return replace(self.context.options, joint=False) if apart else self.context.options

    def program(self, *, penalties: bool = True) -> Program:
        """Loss and gradient with the faults in them; without `penalties` those on the weights are in neither."""
        context = replace(self.context, options=self.options)
        decay, l1 = (context.weight_decay, context.l1) if penalties else (0.0, 0.0)
        program = training_program(context.architecture, context.loss, context.options, decay, l1)
        for one in self.placed:
            for index in one.layers:
                edit = ProgramEdit(program, context.architecture)
                edit.note = one.note(index)
                one.fault.edit(edit, context, context.layer(index), one.value)
                program = edit.program()
        return program


def place(choices: Sequence[FaultChoice], context: Context) -> Placement:
    """The network with these faults.

    Raises `UserError` with a problem at `faults[i]` for each that can't act or be seen, and for those that two of them
    would have to replace.
    """
    problems: list[Problem] = []
    placed: list[Placed] = []
    taken: dict[tuple[str, int], FaultChoice] = {}
    for position, choice in sorted(enumerate(choices), key=lambda pair: _ORDER[pair[1].name]):
        path = f"faults[{position}]"
        try:
            one = _placed(position, choice, context)
        except UserError as error:
            problems += error.problems
            continue
        places = [(what, layer) for what in (choice.name, *one.fault.replaces) for layer in one.layers]
        clash = next((place for place in places if place in taken), None)
        if clash is not None:
            what, layer = clash
            why = (
                f"can't be combined with {taken[clash]}: both change {what}"
                if what != choice.name
                else "is there twice"
            )
            problems.append(Problem(path, f"{choice.name} {why} (layer {layer})", given=str(choice)))
            continue
        taken |= dict.fromkeys(places, choice)
        placed.append(one)
    if problems:
        raise UserError(problems)
    return Placement(context, tuple(placed))


def layers_for(choice: FaultChoice, context: Context) -> tuple[int, ...]:
    """The layers on which a choice can act and be seen, its own layer left aside."""
    fault = choice.fault
    value = _value(choice)
    return tuple(
        index
        for index in fault.candidates(context.architecture)
        if fault.refusal(context, context.layer(index), value) is None
    )


def forward_with(architecture: Architecture, faults: Sequence[str]) -> Program:
    """The forward program with those of the faults that change the forward pass."""
    choices = [choice for choice in map(parse, faults) if choice.fault.family == "forward"]
    if not choices:
        return forward_program(architecture)
    program = place(choices, Context(architecture, "half_squared_error", LossOptions())).program()
    return replace(program, calls=program.of(*FORWARD))


_ORDER = {name: position for position, name in enumerate(FAULTS)}


def _value(choice: FaultChoice) -> str:
    return choice.value if choice.value is not None else choice.fault.value or ""


def _placed(position: int, choice: FaultChoice, context: Context) -> Placed:
    fault, value, path = choice.fault, _value(choice), f"faults[{position}]"
    layers = layers_for(choice, context)
    if choice.layer is not None:
        depth = len(context.architecture.layers)
        if choice.layer > depth:
            message = f"there is no layer {choice.layer}: the network has {depth}"
            raise UserError(Problem(path, message, given=str(choice), allowed=_at(fault, layers)))
        if choice.layer not in layers:
            reason = fault.refusal(context, context.layer(choice.layer), value)
            message = f"{fault.name} can't act on layer {choice.layer}: {reason}"
            raise UserError(Problem(path, message, given=str(choice), allowed=_at(fault, layers)))
        layers = (choice.layer,)
    if not layers:
        raise UserError(Problem(path, f"{fault.name} can't act: {_reasons(fault, context, value)}", given=str(choice)))
    return Placed(position, choice, layers, value)


def _at(fault: Fault, layers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{fault.name}@{layer}" for layer in layers)


def _reasons(fault: Fault, context: Context, value: str) -> str:
    """Why it can act nowhere, a layer after the other where they differ."""
    reasons = {
        index: fault.refusal(context, context.layer(index), value) for index in fault.candidates(context.architecture)
    }
    if len(set(reasons.values())) == 1:
        return str(next(iter(reasons.values())))
    return "; ".join(f"layer {index}: {reason}" for index, reason in reasons.items())
