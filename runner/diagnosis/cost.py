"""What computations cost, in seconds of a usual machine: counted, not measured.

Which fixes are run, on how many seeds and for how many steps, and how long a mistake is searched for, must not depend
on how fast or how busy a machine is. So work is counted in calls and in numbers, at the price of each on one core of
2024. The prices are least-squares fits to the times of 31 networks of up to 67,000 parameters, which they give to
within 50 %.
"""

from __future__ import annotations

import numpy as np

from runner.network.architecture import Architecture
from runner.settings import Settings
from runner.training.agenda import evaluations
from runner.training.setup import Setup

# Seconds of a NumPy call; of a number of 8 bytes that activations and losses handle, of a parameter that the update
# handles; and of a product of a parameter and a sample, there and back.
_CALL, _NUMBER, _PARAMETER, _PRODUCT = 5e-7, 6e-9, 4e-9, 1.3e-10
# Seconds of a step of somebody's own network beside its arithmetic: some hundred calls, and the way to its process
# and back; and how many units of it activations and losses handle.
_THEIR_STEP, _UNITS = 3e-4, 16
# Seconds of preparing a run: settings, data, arrays; of somebody's own network, its process and finding out its use.
_PREPARING, _PREPARING_THEIRS = 0.01, 0.4


def of_preparing(settings: Settings) -> float:
    """The cost of preparing a run."""
    return _PREPARING if settings.subject.path is None else _PREPARING_THEIRS


def of_step(setup: Setup) -> float:
    """The cost of a step of a run, with its share of the evaluations on the validation split."""
    if not setup.is_ours:
        samples = setup.settings.batch_size or len(setup.dataset.train.X)
        return _THEIR_STEP + samples * (_NUMBER * _UNITS + _PRODUCT * setup.layout.parameter_count)
    architecture, context = setup.architecture, setup.placement.context
    size = np.dtype(setup.settings.dtype).itemsize / 8
    cost = of_pass(architecture, len(setup.program.calls), context.batch_sizes[0], size)
    cost += size * _PARAMETER * architecture.parameter_count
    if setup.dataset.valid is not None:
        every = evaluations(setup.steps, setup.steps_per_epoch, setup.settings.watch.evaluate).step
        # Without the way back, which is two thirds of it.
        cost += of_pass(architecture, len(setup.program.calls), len(setup.dataset.valid), size) / (3 * every)
    return cost


def of_pass(architecture: Architecture, calls: int, samples: int, size: float = 1.0) -> float:
    """The cost of a pass there and back; `size` is that of a number, as a share of 8 bytes."""
    numbers = samples * sum(architecture.sizes[1:])
    products = samples * architecture.parameter_count
    return _CALL * calls + size * (_NUMBER * numbers + _PRODUCT * products)
