"""How many runs share a pack so that it is faster than training them alone.

A call costs about half a microsecond before any arithmetic, once for a whole pack; arithmetic costs the same for each
run, as long as all arrays fit into the cache. The figures are microseconds on one core of 2025; only their ratio
matters, and by a wide margin (a planar network gains 2 to 3 times, 784-128-10 nothing).
"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import numpy as np

from runner.network.program import SAMPLES
from runner.training.recorder import history_columns
from runner.training.setup import Setup

_CALL, _ELEMENT, _FLOP = 0.5, 1e-3, 5e-5
# The speed-up over single runs from which on a pack is worth its overhead.
_PAYS = 1.3
_MOST = 512
# Arrays are read one after the other, so a cache of half their size is enough: measured on planar networks.
_CACHES = 2
_HISTORY_BYTES = 256 * 2**20  # of all runs of a pack
_UNKNOWN_CACHE = 2**20


def pack_size(setup: Setup, cache_bytes: int | None = None) -> int:
    """How many runs like this one are to be trained together; 1 where it is faster alone, or not ours."""
    if not setup.is_ours:
        return 1
    room = _CACHES * (cache_bytes or second_level_cache())
    size = min(_MOST, room // max(1, _working_set(setup)), _HISTORY_BYTES // _history(setup))
    calls, work = _CALL * len(setup.program.calls), _arithmetic(setup)
    if size < 2 or (calls + work) / (calls / size + work) < _PAYS:
        return 1
    return int(size)


@cache
def second_level_cache() -> int:
    """The bytes of a core's second-level cache, as far as the system says."""
    try:
        text = Path("/sys/devices/system/cpu/cpu0/cache/index2/size").read_text(encoding="ascii").strip()
    except OSError:
        return _UNKNOWN_CACHE
    known = re.fullmatch(r"(\d+)([KM])", text)
    return int(known[1]) * {"K": 2**10, "M": 2**20}[known[2]] if known else _UNKNOWN_CACHE


def _batch(setup: Setup) -> int:
    return setup.settings.batch_size or len(setup.dataset.train.X)


def _working_set(setup: Setup) -> int:
    """Bytes of all arrays of one run."""
    n, width = _batch(setup), np.dtype(setup.settings.dtype).itemsize
    shapes = setup.program.shapes.values()
    return width * sum(math.prod(n if size == SAMPLES else int(size) for size in shape) for shape in shapes)


def _arithmetic(setup: Setup) -> float:
    """Microseconds of arithmetic in a step: the elements that calls write, and the products."""
    n, shapes = _batch(setup), setup.program.shapes
    elements = sum(
        math.prod(n if size == SAMPLES else int(size) for size in shapes.get(call.out, ()))
        for call in setup.program.calls
    )
    products = sum(6 * layer.fan_out * layer.columns * n for layer in setup.architecture.layers)
    return _ELEMENT * elements + _FLOP * products


def _history(setup: Setup) -> int:
    return 8 * (setup.steps + 1) * len(history_columns(setup))
