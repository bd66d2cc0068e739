"""What the statement at a located place has to make: which true derivatives, and by what number it is off."""

from __future__ import annotations

from runner.recording.edits.scope import Scope
from runner.recording.locating.locating import Located, Location
from runner.recording.locating.uses import base
from runner.recording.scenario import Array
from runner.recording.taping.node import Node

_TARGETS = 60


def ratio_at(located: Located, location: Location) -> float | None:
    """By what the gradients that point to a place are too large, where that is one number for all of them."""
    states = [located.agreements[place] for place in location.suspect.votes]
    factors = {round(state.factor, 9): state.factor for state in states if state.state == "factor"}
    if location.reason not in ("factor", "downstream", "update") or len(factors) != 1:
        return None
    return next(iter(factors.values()))


def wanted_at(located: Located, location: Location) -> frozenset[int] | None:
    """The values whose derivative the statement has to make, where that is known.

    The parameter whose gradient it makes, where it makes that of one and nothing else; what the product needs that its
    result goes into, where it has the derivative of something else.
    """
    made: list[Node] = []
    for supplied, parameter in zip(located.recorded.supplied, located.parameters, strict=True):
        statement = None if supplied.node is None else supplied.node.origin.statement
        if parameter is not None and statement is not None and statement.place == location.place:
            made.append(parameter)
    if location.reason == "update" and location.suspect.needed is not None:
        return frozenset({location.suspect.needed.index, base(location.suspect.needed).index})
    if len(made) == 1:
        return frozenset({made[0].index, base(made[0]).index})
    needed = location.suspect.needed
    if location.reason != "target" or needed is None:
        return None
    # In a loop it is another one in each turn.
    same = (n.index for n in located.colours.tape.nodes if needed.place is not None and n.place == needed.place)
    return frozenset({needed.index, *same})


def targets_at(located: Located, location: Location, known: Scope) -> list[Array]:
    """The true derivatives that the statement may have to make, by their shape; the one that is needed alone if known.

    As they are, and with the factors that what comes back has there.
    """
    if not known.result_shape:
        return []
    wanted = wanted_at(located, location)
    needed = location.suspect.needed
    nodes = located.colours.derivatives(known.result_shape)
    nodes.sort(key=lambda pair: needed is None or pair[0].index != needed.index)
    factors = dict.fromkeys((1.0, *located.colours.factors))
    arrays = [array for node, array in nodes if wanted is None or node.index in wanted]
    return [factor * array for factor in factors for array in arrays][:_TARGETS]
