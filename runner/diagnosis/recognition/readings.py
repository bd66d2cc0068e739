"""Ways to read what a black box answered, as the loss and gradient of a network of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.hypotheses import Choices
from runner.diagnosis.gradients.replays import RecordedCall
from runner.diagnosis.gradients.search import Suspect
from runner.diagnosis.recognition.recognised import Multiple, Penalty, Recognised
from runner.diagnosis.recognition.recording import Recording
from runner.network.architecture import ActivationChoice
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import place

Array = NDArray[np.float64]

_SQUARES = {"squared_error": 1.0, "half_squared_error": 0.5}
# Fewer weights than these are a multiple of two vectors by chance.
_LEAST_DECAYED = 3
_MOST_DECAYS = 4
_DERIVED = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "softplus")


@dataclass(frozen=True)
class Reading:
    """What the box is taken for.

    `given` are faults that our network has in it beside those recognised, `removed` faults that were taken out of the
    numbers; `decay` is subtracted from the gradient; `own_loss` leaves the loss, which was recognised, out of account;
    `shown_decay` is the weight decay of the network in which the faults are described; answers on `only` so many
    samples are looked at.
    """

    recognised: Recognised
    given: Choices = ()
    removed: Choices = ()
    decay: Penalty | None = None
    own_loss: bool = False
    shown_decay: float = 0.0
    only: int | None = None

    def suspect(self, recording: Recording, gradients: Sequence[Array | None] | None = None) -> Suspect:
        """The recorded answers in this reading; `gradients` stand for the recorded ones, None where one is missing."""
        found = self.recognised
        sizes = dict.fromkeys([recording.samples, *(len(answer.X) for answer in recording.answers)])
        context = replace(found.context, batch_sizes=tuple(sizes))
        given = (*found.forward, *self.given)
        computation = Computation(place(given, context)) if self.own_loss else None
        trials = []
        for index, answer in enumerate(recording.answers):
            theta, n = found.theta(answer.arrays), len(answer.X)
            scale, penalty = found.scale(n), found.penalty
            loss = (answer.loss - penalty.value(theta, found.is_weight, n)) / scale
            if computation is not None:
                loss = computation.loss(theta, answer.X, answer.targets)
            gradient = found.theta(answer.gradients) if gradients is None else gradients[index]
            if gradient is None or self.only not in (None, n):
                gradient = np.full_like(theta, np.nan)
            subtracted = self.decay if self.decay is not None else penalty
            gradient = (gradient - subtracted.gradient(theta, found.is_weight, n)) / scale
            trials.append(RecordedCall(theta, answer.X, answer.targets, loss, gradient))
        return Suspect(
            trials,
            context,
            given=given,
            removed=self.removed,
            shown=replace(context, weight_decay=self.shown_decay) if self.shown_decay else None,
            tolerance=recording.tolerance,
            absent=found.layout.absent,
            replays=recording.replays,
        )


def plain_readings(recording: Recording) -> list[Suspect]:
    """Readings in which the box may be right, or have one mistake, the likely one first."""
    return [reading.suspect(recording) for reading in _plain(recording.recognised)]


def special_readings(recording: Recording) -> list[Suspect]:
    """Readings that take a mistake for granted which the loss can't tell."""
    found = recording.recognised
    few = len(recording.answers[0].X)
    readings = [*_fed_pre_activations(Reading(found)), *_without_decay(Reading(found)), *_with_decay(found, few)]
    return [
        *(reading.suspect(recording) for reading in readings),
        *_of_other_calls(recording),
        *decaying(recording, [()]),
    ]


def doubly_special_readings(recording: Recording) -> list[Suspect]:
    """Readings that take a mistake for granted which the loss can't tell, beside one that it may have in it."""
    _, *others = _plain(recording.recognised)
    more = (_fed_pre_activations, _without_decay)
    return [reading.suspect(recording) for other in others for special in more for reading in special(other)]


def _plain(found: Recognised) -> Iterator[Reading]:
    """All ways together, those that take more for granted later."""
    readings = [Reading(found)]
    for more in (_without_epsilon, _with_outer, _unsigned, _other_average, _other_pairs, _decay_apart):
        readings += [other for reading in readings for other in more(reading)]
    yield from readings
    yield from (reading for other in found.others for reading in _plain(other))


def _without_epsilon(reading: Reading) -> Iterator[Reading]:
    """An epsilon that is in the loss alone, and no mistake."""
    found = reading.recognised
    if found.context.options.epsilon:
        options = replace(found.context.options, epsilon=0.0, from_logits=True)
        context = replace(found.context, options=options)
        yield replace(reading, recognised=replace(found, context=context), own_loss=True)


def _with_outer(reading: Reading) -> Iterator[Reading]:
    """An activation that was applied twice, with the outer derivative going back."""
    found = reading.recognised
    forward = tuple(
        replace(choice, value="outer") if choice.name == "sigmoid_twice" else choice for choice in found.forward
    )
    if forward != found.forward:
        yield replace(reading, recognised=replace(found, forward=forward))


def _unsigned(reading: Reading) -> Iterator[Reading]:
    """Biases that are subtracted by mistake."""
    found = reading.recognised
    layers = found.layout.layers
    subtracted = [index for index, layer in enumerate(layers, 1) if layer.sign < 0]
    if subtracted:
        unsigned = replace(found, layout=found.layout.subtracting([1] * len(layers)))
        given = (*reading.given, *_at("bias_sign_flipped", subtracted, len(layers)))
        yield replace(reading, recognised=unsigned, given=given)


def _other_average(reading: Reading) -> Iterator[Reading]:
    """A loss that is averaged over the outputs by mistake."""
    found = reading.recognised
    outputs, context = found.layout.sizes[-1], found.context
    total = found.scale.factor * _SQUARES.get(context.loss, 1.0)
    for name in _SQUARES if context.loss in _SQUARES else (context.loss,):
        if outputs > 1 and np.isclose(total / _SQUARES.get(name, 1.0), 1.0 / outputs, rtol=1e-6):
            averaged = replace(found, context=replace(context, loss=name), scale=Multiple(1.0, found.scale.power))
            yield replace(
                reading, recognised=averaged, given=(*reading.given, FaultChoice("output_reduction_mismatch"))
            )


def _other_pairs(reading: Reading) -> Iterator[Reading]:
    """All pairs of samples over n where the gradient's loss is summed, or the reverse."""
    found = reading.recognised
    if FaultChoice("loss_cross_terms") in found.forward and found.scale == Multiple():
        mean = found.context.options.reduction == "mean"
        options = replace(found.context.options, reduction="sum" if mean else "mean")
        value = FaultChoice("loss_cross_terms", None, "1/n" if mean else "1")
        forward = tuple(value if choice.name == value.name else choice for choice in found.forward)
        context = replace(found.context, options=options)
        yield replace(reading, recognised=replace(found, context=context, forward=forward))


def _decay_apart(reading: Reading) -> Iterator[Reading]:
    """Whoever adds the decay last goes back through gradients that don't have it."""
    found = reading.recognised
    if found.context.weight_decay:
        weights = Multiple(found.context.weight_decay * found.scale.factor, found.scale.power)
        context = replace(found.context, weight_decay=0.0)
        yield replace(reading, recognised=replace(found, context=context, penalty=Penalty(weights)))


def _at(name: str, layers: Sequence[int], all_layers: int) -> Choices:
    """A fault at some layers: without their numbers where it is at all that there are."""
    if len(layers) == all_layers > 1:
        return (FaultChoice(name),)
    return tuple(FaultChoice(name, layer) for layer in layers)


def _fed_pre_activations(reading: Reading) -> Iterator[Reading]:
    """Identity layers as others whose pre-activations are passed on: going back, f' is there."""
    found = reading.recognised
    depth = len(found.layout.layers)
    identities = [layer.index for layer in found.context.architecture.layers if layer.choice.name == "identity"]
    hidden = [index for index in identities if index < depth]
    for layers in dict.fromkeys([tuple(hidden), *((index,) for index in identities)]):
        for name in _DERIVED if layers else ():
            names = ["output_reads_preactivation"] if depth not in layers else []
            if name in ("relu", "leaky_relu"):
                names.insert(0, "relu_without_effect")
            other = replace(found, context=_activated(found.context, name, layers))
            for fault in names:
                yield replace(reading, recognised=other, given=(*reading.given, *_at(fault, layers, depth - 1)))


def _activated(context: Context, name: str, layers: Sequence[int]) -> Context:
    architecture = context.architecture
    activations = tuple(
        ActivationChoice(name) if layer.index in layers else layer.choice for layer in architecture.layers
    )
    return replace(context, architecture=replace(architecture, activations=activations))


def _with_decay(found: Recognised, n: int) -> Iterator[Reading]:
    """A penalty that depends on the number of samples as a weight decay, on n samples alone."""
    if found.penalty and not found.penalty.biases.factor:
        decay = found.penalty.weights(n) / found.scale(n)
        yield Reading(replace(found, context=replace(found.context, weight_decay=decay), penalty=Penalty()), only=n)


def _without_decay(reading: Reading) -> Iterator[Reading]:
    """A penalty that is in the loss alone, where it is not one of our networks'."""
    found = reading.recognised
    if found.penalty:
        decay = found.penalty.weights.factor or found.penalty.biases.factor
        context = replace(found.context, weight_decay=decay)
        given = (*reading.given, FaultChoice("weight_decay_not_in_gradient"))
        yield replace(reading, recognised=replace(found, context=context), given=given, decay=Penalty(), own_loss=True)


def _of_other_calls(recording: Recording) -> Iterator[Suspect]:
    """Gradients that add to the last call's, or are those of the call before."""
    found = recording.recognised
    gradients = [found.theta(answer.gradients) for answer in recording.answers]
    added = [None, *(now - before for before, now in itertools.pairwise(gradients))]
    yield Reading(found, removed=(FaultChoice("gradient_not_reset"),)).suspect(recording, added)
    yield Reading(found, removed=(FaultChoice("stale_cache"),)).suspect(recording, [*gradients[1:], None])


def decaying(recording: Recording, beside: Iterable[Choices]) -> Iterator[Suspect]:
    """A weight decay that is in the gradient alone, `beside` other faults.

    It is there where some W's gradient is a multiple of what the network with those faults has, and one of W.
    """
    found = recording.recognised
    if found.context.weight_decay or found.penalty:
        return
    suspect = Reading(found).suspect(recording)
    seen: set[tuple[float, int]] = set()
    for choices in beside:
        for weights, decay in _decays(suspect, choices):
            key = (float(f"{weights.factor:.6g}"), weights.power)
            if key in seen or len(seen) >= _MOST_DECAYS:
                continue
            seen.add(key)
            # The decay is taken out and named, since our networks' doesn't depend on n.
            removed = (FaultChoice("weight_decay_not_in_loss"),)
            scaled = Multiple(found.scale.factor * weights.factor, weights.power + found.scale.power)
            yield Reading(found, removed=removed, decay=Penalty(scaled), shown_decay=decay).suspect(recording)
            if weights.power == 0:
                # What goes back through gradients goes through their decay, too.
                with_decay = replace(found, context=replace(found.context, weight_decay=weights.factor))
                yield Reading(with_decay, given=removed).suspect(recording)


def _decays(suspect: Suspect, choices: Choices) -> Iterator[tuple[Multiple, float]]:
    """Multiples of n that decay some layer's W beside faults, and what they are in the first trial."""
    trials = list(suspect.replayed(choices))[:2]
    positions = np.arange(suspect.context.architecture.parameter_count)
    for layer in suspect.context.architecture.layers if len(trials) > 1 else ():
        weights = layer.split(positions)[0].ravel()
        if weights.size < _LEAST_DECAYED:
            continue
        decay, other = (
            _decay(trial.gradient[weights], outcome[1][weights], trial.theta[weights], suspect.tolerance)
            for trial, outcome in trials
        )
        if decay is not None and other is not None:
            n, m = (len(trial.X) for trial, _ in trials)
            power = round(float(np.log(other / decay) / np.log(m / n))) if n != m else 0
            yield Multiple(decay / float(n) ** power, power), decay


def _decay(gradient: Array, expected: Array, W: Array, tolerance: float) -> float | None:
    """The multiple of W that is in a gradient beside one of what is expected; None where that isn't all of it."""
    columns = np.stack([expected, W], axis=1)
    factors = np.linalg.lstsq(columns, gradient, rcond=None)[0]
    size, decay = float(np.linalg.norm(gradient)), float(factors[1])
    explained = np.linalg.norm(gradient - columns @ factors) <= tolerance * size
    return decay if explained and decay * np.linalg.norm(W) > 1e-6 * size else None
