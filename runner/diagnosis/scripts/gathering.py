"""Facts gathered: a step recorded at the parameters of several steps; of a script, its data found among arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.recorded.repeated_use import repeated_in
from runner.diagnosis.scripts.curvature import limit_at
from runner.diagnosis.scripts.facts import Data, Facts, Repeated, Start, State
from runner.diagnosis.scripts.loss_form import loss_of
from runner.diagnosis.scripts.network_state import state_of, task_of
from runner.diagnosis.scripts.weights import fans_in, input_axis
from runner.recording.scenario import Recorded
from runner.recording.scenarios.discovery.discovered import Discovered
from runner.recording.scenarios.samples import samples_of_step
from runner.recording.scenarios.turn import Turn
from runner.recording.taping.node import Node
from runner.recording.watching.layers import Layers, as_before, layers_of
from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

Array = NDArray[np.float64]


def facts_of(found: Discovered, names: Sequence[str], snapshots: Mapping[int, Sequence[Array]]) -> Facts:
    """The facts of a script at parameters of some steps; `StepFailed` where its step can't be recorded with them."""
    turn = found.scenario
    assert isinstance(turn, Turn)
    first = snapshots[min(snapshots)]

    def steps() -> Iterator[tuple[int, Recorded, float | None]]:
        for step, values in snapshots.items():
            recorded = turn.at(dict(zip(names, values, strict=True)))
            limit = limit_at(turn, names, values) if step in (min(snapshots), max(snapshots)) else None
            yield step, recorded, limit

    facts, recorded, layers = facts_at(steps(), turn.names, dict(zip(names, first, strict=True)))
    n = samples_of_step(recorded)
    arrays = turn.data()
    return replace(
        facts,
        inputs=_data(arrays, layers.inputs, habits.INPUTS, n, recorded),
        targets=_data(arrays, layers.targets, habits.TARGETS, n, recorded),
    )


def facts_at(
    steps: Iterable[tuple[int, Recorded, float | None]], names: Sequence[str], starts: Mapping[str, Array]
) -> tuple[Facts, Recorded, Layers]:
    """The facts of recorded steps, each with its number and its limit, and the last of them with its layers.

    `names` are those of all parameters, `starts` the arrays with which those begin that the facts are about. The data
    are left out.
    """
    states, loss, last, repeated = list[State](), None, None, tuple[Repeated, ...]()
    with np.errstate(all="ignore"):
        for step, recorded, limit in steps:
            layers = layers_of(recorded) if last is None else as_before(last[1], recorded) or layers_of(recorded)
            states.append(state_of(step, recorded, layers, limit, names))
            loss = loss or loss_of(recorded, layers)
            repeated = repeated if last else tuple(repeated_in(recorded, names))
            last = recorded, layers
    assert last is not None
    recorded, layers = last
    ordered = [name for name in in_order_of_use(recorded, names) if name in starts]
    arrays = [starts[name] for name in ordered]
    fans = dict(zip(ordered, fans_in(ordered, arrays), strict=True))
    targets = None if layers.targets is None else np.asarray(layers.targets.value, dtype=np.float64)
    facts = Facts(
        states=tuple(states),
        inputs=None,
        targets=None,
        output=layers.kind,
        task=task_of(targets),
        starts={
            name: Start(float(np.mean(array)), float(np.std(array)), fans.get(name, 0), int(np.size(array)))
            for name, array in starts.items()
        },
        weights=tuple(name for name in ordered if fans[name]),
        input_axis=input_axis(ordered, arrays),
        loss=loss,
        repeated=repeated,
    )
    return facts, recorded, layers


def in_order_of_use(recorded: Recorded, names: Sequence[str]) -> list[str]:
    """The parameters in the order in which a step reads them, without those that it never reads."""
    read = {name: node.index for name, node in zip(names, recorded.parameters, strict=True) if node is not None}
    return sorted(read, key=lambda name: read[name])


def _data(
    arrays: Mapping[str, NDArray[Any]], node: Node | None, words: Sequence[str], n: int | None, recorded: Recorded
) -> Data | None:
    """The array that a value of the step is, or else one with a usual name; of several that are equal all names.

    The numbers are those that the network gets: in a step that divides X by 30 they are not those of X.
    """
    own = [array for array in recorded.initial if array.shape]
    numeric = {
        name: array
        for name, array in arrays.items()
        if array.dtype.kind in "iuf"
        and array.ndim in (1, 2)
        and array.size > 2
        and not any(array.shape == one.shape and np.array_equal(array, one) for one in own)
    }
    found = [(name, array) for name, array in numeric.items() if node is not None and _is_same(array, node)]
    if not found:
        found = [(name, array) for name, array in numeric.items() if plain(name.rpartition(".")[2]) in words]
    if not found:
        return None
    _, array = max(found, key=lambda one: (n in one[1].shape, one[1].size))
    names = [name for name, one in found if one.shape in (array.shape, array.shape[::-1])]
    axis = array.shape.index(n) if n in array.shape else int(np.argmax(array.shape))
    values, along = np.asarray(array, dtype=np.float64), axis
    if node is not None and not _has_rows(array, np.asarray(node.value)):
        values = np.atleast_1d(np.asarray(node.value, dtype=np.float64))
        along = values.shape.index(n) if n in values.shape else int(np.argmax(values.shape))
    deviations = values.std(axis=along)
    positive = np.atleast_1d(deviations)[np.atleast_1d(deviations) > 0]
    return Data(
        tuple(names),
        tuple(array.shape),
        axis,
        float(np.sqrt(np.mean(values**2))),
        float(positive.max()) if positive.size else 0.0,
        float(positive.min()) if positive.size else 0.0,
        float(values.min()),
        float(values.max()),
    )


def _has_rows(array: NDArray[Any], value: NDArray[Any]) -> bool:
    """Whether a value is nothing but samples of the array: all of them, a batch, or one."""
    return value.size <= array.size and bool(np.isin(value, array).all())


def _is_same(array: NDArray[Any], node: Node) -> bool:
    value = np.asarray(node.value)
    return np.array_equal(array, value) or np.array_equal(array.T, value)
