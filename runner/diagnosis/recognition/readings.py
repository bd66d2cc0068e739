"""Ways to read what a black box answered, as the loss and gradient of a network of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from runner.diagnosis.gradients.computation import Computation
from runner.diagnosis.gradients.hypotheses import Choices
from runner.diagnosis.gradients.search import Suspect, Trial
from runner.diagnosis.recognition.recognised import Multiple, Penalty, Recognised
from runner.diagnosis.recognition.recording import Recording
from runner.network.architecture import ActivationChoice
from runner.network.faults.catalogue import FaultChoice
from runner.network.faults.fault import Context
from runner.network.faults.placement import place

Array = NDArray[np.float64]

_SQUARES = {"squared_error": 1.0, "half_squared_error": 0.5}
_DERIVED = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "softplus")


@dataclass(frozen=True)
class Reading:
    """What the box is taken for.

    `given` are faults that our network has in it beside those recognised, `told` faults that were taken out of the
    numbers; `decay` is subtracted from the gradient; `own_loss` leaves the loss, which was recognised, out of account;
    `shown_decay` is the weight decay of the network in which the faults are told; answers on `only` so many samples are
    looked at.
    """

    recognised: Recognised
    given: Choices = ()
    told: Choices = ()
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
            trials.append(Trial(theta, answer.X, answer.targets, loss, gradient))
        return Suspect(
            trials,
            context,
            given=given,
            told=self.told,
            shown=replace(context, weight_decay=self.shown_decay) if self.shown_decay else None,
            tolerance=recording.tolerance,
            absent=found.layout.absent,
        )


def plain_readings(recording: Recording) -> list[Suspect]:
    """Readings in which the box may be right, or have one mistake, the likely one first."""
    return [reading.suspect(recording) for reading in _plain(recording.recognised)]


def special_readings(recording: Recording) -> list[Suspect]:
    """Readings that take a mistake for granted which the loss can't tell."""
    found = recording.recognised
    few = len(recording.answers[0].X)
    readings = [*_fed_pre_activations(found), *_without_decay(found), *_with_decay(found, few)]
    return [
        *(reading.suspect(recording) for reading in readings),
        *_of_other_calls(recording),
        *_decaying(recording),
    ]


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


def _fed_pre_activations(found: Recognised) -> Iterator[Reading]:
    """Identity layers as others whose pre-activations are passed on: going back, f' is there."""
    depth = len(found.layout.layers)
    identities = [layer.index for layer in found.context.architecture.layers if layer.choice.name == "identity"]
    hidden = [index for index in identities if index < depth]
    for layers in dict.fromkeys([tuple(hidden), *((index,) for index in identities)]):
        for name in _DERIVED if layers else ():
            names = ["output_reads_preactivation"] if depth not in layers else []
            if name in ("relu", "leaky_relu"):
                names.insert(0, "relu_without_effect")
            for fault in names:
                yield Reading(
                    replace(found, context=_activated(found.context, name, layers)), _at(fault, layers, depth - 1)
                )


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


def _without_decay(found: Recognised) -> Iterator[Reading]:
    """A penalty that is in the loss alone, where it is not one of our networks'."""
    if found.penalty:
        decay = found.penalty.weights.factor or found.penalty.biases.factor
        context = replace(found.context, weight_decay=decay)
        fault = FaultChoice("weight_decay_not_in_gradient")
        yield Reading(replace(found, context=context), (fault,), decay=Penalty(), own_loss=True)


def _of_other_calls(recording: Recording) -> Iterator[Suspect]:
    """Gradients that add to the last call's, or are those of the call before."""
    found = recording.recognised
    gradients = [found.theta(answer.gradients) for answer in recording.answers]
    added = [None, *(now - before for before, now in itertools.pairwise(gradients))]
    yield Reading(found, told=(FaultChoice("gradient_not_reset"),)).suspect(recording, added)
    yield Reading(found, told=(FaultChoice("stale_cache"),)).suspect(recording, [*gradients[1:], None])


def _decaying(recording: Recording) -> Iterator[Suspect]:
    """A weight decay that is in the gradient alone: where what is left of some W's gradient is a multiple of W."""
    found = recording.recognised
    if found.context.weight_decay or found.penalty:
        return
    suspect = Reading(found).suspect(recording)
    computation = Computation(place(suspect.given, suspect.context))
    decays: dict[tuple[int, int], float] = {}
    for number, trial in enumerate(suspect.trials[:2]):
        rest = trial.gradient - computation.gradient(trial.theta, trial.X, trial.Y)
        for layer in found.context.architecture.layers:
            entries = np.arange(layer.segment.start, layer.segment.stop).reshape(layer.fan_out, layer.columns)
            W, g = (values[entries[:, : layer.fan_in]] for values in (trial.theta, rest))
            decay = float(np.sum(g * W) / np.sum(W**2))
            size = float(np.linalg.norm(trial.gradient[entries[:, : layer.fan_in]]))
            if np.linalg.norm(g - decay * W) <= recording.tolerance * size and decay > 1e-6 * size:
                decays[layer.index, number] = decay
    first = next((key for key in decays if key[1] == 0 and (key[0], 1) in decays), None)
    if first is None:
        return
    decay, other = decays[first], decays[first[0], 1]
    n, m = (len(trial.X) for trial in suspect.trials[:2])
    power = round(float(np.log(other / decay) / np.log(m / n)))
    scale = found.scale.factor
    weights = Multiple(scale * decay / float(n) ** power, power + found.scale.power)
    # The decay is taken out and told, since our networks' doesn't depend on n.
    told = (FaultChoice("weight_decay_not_in_loss"),)
    yield Reading(found, told=told, decay=Penalty(weights), shown_decay=decay).suspect(recording)
