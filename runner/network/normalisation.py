"""Batch normalisation of hidden layers (Ioffe and Szegedy 2015), forward, backward, and with running statistics.

A normalised layer has U = W A without a bias, H = (U - mean) / sqrt(variance + epsilon) over the samples of the batch,
unit by unit, and Z = gamma * H + b: its bias is what the paper calls beta, added after the normalisation, since the
mean would take away any other. What goes into the activation is still called Z, so that all that is known of Z, A and
dZ holds.

W, b and gamma are columns of one block of parameters. The products work on whole arrays, [W 0] and [dW ·], so that they
have the same bits in a pack and alone; columns are copied out of the one and into the other.

While training, running means of the batches' mean and variance are kept (`Phase.RUNNING`, once with each update). The
variance that is kept is that of a population, n / (n - 1) times that of the batch, as in the paper's algorithm 2.
`with_running_statistics` gives the program that uses them in the batch's place: that of an evaluation.
"""

from __future__ import annotations

from dataclasses import replace

from runner.network import ops
from runner.network.architecture import Architecture
from runner.network.layer import BatchNorm, Layer, parameter_names, running_statistics
from runner.network.ops import Array
from runner.network.program import SAMPLES, Constant, Emitter, Operand, Phase, Program, number
from runner.network.workspace import Batch

ONE_OVER_SAMPLES = Constant("1/n", lambda n, dtype: 1.0 / n)


def name_columns(e: Emitter, layer: Layer, bias: bool) -> None:
    """Let `W1`, `b1`, `gamma1`, `dW1`, ... stand for the columns of the blocks of a layer."""
    ends = [("W", layer.fan_in), *([("b", 1)] if bias else []), *([("gamma", 1)] if layer.normalised else [])]
    for whole, prefix in zip(parameter_names(layer, bias), ("", "d"), strict=True):
        start = 0
        for letter, width in ends:
            name = f"{prefix}{letter}{layer.index}"
            if name != whole:
                e.columns[name] = (whole, slice(start, start + width))
            start += width


def normalise(e: Emitter, batch_norm: BatchNorm, layer: Layer, inputs: str, read: str, bias: bool) -> None:
    """Z of a layer from `inputs`, its inputs with the row of ones where there is one; `read` is their name alone."""
    k = layer.index
    unit = (layer.fan_out, 1)
    u, (mean, variance) = f"U{k}", _of_batch(layer)
    copied, whole = f"copy of W{k}", f"[copy of W{k} 0]" if bias else f"copy of W{k}"
    e.shapes[whole] = (layer.fan_out, layer.fan_in + bias)
    if bias:
        e.columns[copied] = (whole, slice(0, layer.fan_in))
    e(copied, ops.copy, f"W{k}")
    e(u, ops.matmul, whole, inputs, shape=(layer.fan_out, SAMPLES), text=f"{u} = W{k} {read}")
    e(mean, ops.sum_over_samples, u, shape=unit)
    e(mean, ops.multiply, mean, ONE_OVER_SAMPLES)
    e(f"C{k}", ops.subtract, u, mean)
    e(f"C{k}²", ops.square, f"C{k}")
    e(variance, ops.sum_over_samples, f"C{k}²", shape=unit)
    e(variance, ops.multiply, variance, ONE_OVER_SAMPLES)
    e(f"r{k}", ops.add, variance, number(batch_norm.epsilon))
    e(f"r{k}", ops.sqrt, f"r{k}")
    e(f"r{k}", ops.reciprocal, f"r{k}")
    e(f"H{k}", ops.multiply, f"C{k}", f"r{k}")
    e(f"Z{k}", ops.multiply, f"gamma{k}", f"H{k}", shape=e.shape(u))
    if bias:
        e(f"Z{k}", ops.add, f"Z{k}", f"b{k}")
    with e.during(Phase.RUNNING):
        _keep(e, batch_norm, layer)


def _keep(e: Emitter, batch_norm: BatchNorm, layer: Layer) -> None:
    momentum = batch_norm.momentum
    of_population = Constant(f"{momentum:g} n/(n - 1)", lambda n, dtype: momentum * n / (n - 1))
    for kept, name, share in zip(
        running_statistics(layer),
        _of_batch(layer),
        (number(momentum), of_population),
        strict=True,
    ):
        e.shapes[kept] = (layer.fan_out, 1)
        new = f"new {name}"
        e(kept, ops.multiply, kept, number(1.0 - momentum))
        e(new, ops.multiply, name, share)
        e(kept, ops.add, kept, new)
    e.filled.add(running_statistics(layer)[1])


def back_through_statistics(e: Emitter, layer: Layer, inputs: str, read: str, bias: bool) -> str:
    """dgamma, db and dW of a layer from dZ, through mean and variance; gives the name of dU.

    dU = gamma / sqrt(variance + epsilon) * (dZ - mean of dZ - H * mean of dZ * H), the paper's gradients put together.
    """
    k = layer.index
    dz, du, product, unit = f"dZ{k}", f"dU{k}", f"P{k}", (layer.fan_out, 1)
    of_dz, of_product, scale = f"sum(dZ{k})", f"sum(dZ{k} * H{k})", f"s{k}"
    e(of_dz, ops.sum_over_samples, dz, shape=unit, text=f"{of_dz} over samples")
    e(product, ops.multiply, dz, f"H{k}", shape=e.shape(f"H{k}"))
    e(of_product, ops.sum_over_samples, product, shape=unit, text=f"{of_product} over samples")
    if bias:
        e(f"db{k}", ops.copy, of_dz)
    e(f"dgamma{k}", ops.copy, of_product)
    mean_of_dz = e(f"mean(dZ{k})", ops.multiply, of_dz, ONE_OVER_SAMPLES)
    mean_of_product = e(f"mean(dZ{k} * H{k})", ops.multiply, of_product, ONE_OVER_SAMPLES)
    e(product, ops.multiply, f"H{k}", mean_of_product)
    e(du, ops.subtract, dz, product, shape=e.shape(f"H{k}"))
    e(du, ops.subtract, du, mean_of_dz)
    e(scale, ops.multiply, f"gamma{k}", f"r{k}")
    e(du, ops.multiply, du, scale)
    new, whole = f"new dW{k}", f"[new dW{k} ·]" if bias else f"new dW{k}"
    e.shapes[whole] = (layer.fan_out, layer.fan_in + bias)
    if bias:
        e.columns[new] = (whole, slice(0, layer.fan_in))
    e(new, ops.matmul, du, f"{inputs}ᵀ", out=whole, text=f"{new} = {du} {read}ᵀ")
    e(f"dW{k}", ops.copy, new)
    return du


def statistics_of(batch: Batch) -> dict[str, Array]:
    """The statistics of the batch in a batch that has been run, by the names that running ones have in weights.npz."""
    own = {
        kept: name
        for layer in batch.workspace.architecture.layers
        if layer.normalised
        for kept, name in zip(running_statistics(layer), _of_batch(layer), strict=True)
    }
    return {saved: batch[own[kept]][:, 0].copy() for saved, kept in batch.workspace.layout.statistics.items()}


def _of_batch(layer: Layer) -> tuple[str, str]:
    """The names of the mean and the variance of a batch."""
    return f"mean{layer.index}", f"var{layer.index}"


def with_running_statistics(program: Program, architecture: Architecture) -> Program:
    """The program of a network whose layers are normalised by their running statistics, not by those of the batch.

    Only the way to outputs and loss is that of another function: the gradient is none of it.
    """
    normalised = [layer for layer in architecture.layers if layer.normalised]
    if not normalised:
        return program
    instead: dict[Operand, str] = {}
    left_out: set[str] = set()
    for layer in normalised:
        own = _of_batch(layer)
        instead |= dict(zip(own, running_statistics(layer), strict=True))
        left_out |= {*own, f"C{layer.index}²"}
    calls = []
    for call in program.calls:
        if call.result in left_out or call.phase is Phase.RUNNING:
            continue
        read = [operand for operand in call.operands if operand in instead]
        text = call.text
        for operand in read:
            text = text.replace(str(operand), instead[operand])
        operands = tuple(instead.get(operand, operand) for operand in call.operands)
        calls.append(replace(call, operands=operands, text=text) if read else call)
    return replace(program, calls=tuple(calls))
