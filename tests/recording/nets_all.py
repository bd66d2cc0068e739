"""All networks of the corpus, and what an oracle sees of each, right or faulty."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
from nets_blind import BLIND_FIRST
from nets_blind_last import BLIND_THIRD
from nets_blind_more import BLIND_SECOND
from nets_classes import CLASSES
from nets_fresh import FRESH_FIRST
from nets_fresh_more import FRESH_MORE
from nets_layers import LAYERS
from nets_more_classes import MORE_CLASSES
from nets_scripts import SCRIPTS
from nets_sequences import SEQUENCES
from nets_types import Fault, Net, Observed, Program, quiet
from nets_vectors import VECTORS

NETS_OF_CORPUS: tuple[Net, ...] = (*CLASSES, *MORE_CLASSES, *VECTORS, *SCRIPTS, *LAYERS, *SEQUENCES)
FRESH: tuple[Net, ...] = (*FRESH_FIRST, *FRESH_MORE)  # kept back until the recorder was done
BLIND: tuple[Net, ...] = (
    *BLIND_FIRST,
    *BLIND_SECOND,
    *BLIND_THIRD,
)  # before edits were widened
FAULTS = tuple((net, fault) for net in NETS_OF_CORPUS for fault in net.faults)
FRESH_FAULTS = tuple((net, fault) for net in FRESH for fault in net.faults)
BLIND_FAULTS = tuple((net, fault) for net in BLIND for fault in net.faults)


@functools.cache
def observed(net: Net, fault: Fault | None) -> tuple[Observed, ...]:
    """The steps of a network with a fault, or of the right one."""
    with tempfile.TemporaryDirectory() as folder:
        return judged(net, net.write(Path(folder), fault))


def judged(net: Net, file: Path) -> tuple[Observed, ...]:
    """The steps of a file that stands for a network of the corpus."""
    root = file.parents[len(Path(net.file).parts) - 1]
    with quiet():
        return tuple(net.oracle(Program(file, root)))


def same_gradients(right: tuple[Observed, ...], other: tuple[Observed, ...], tolerance: float) -> bool:
    """Whether all arrays move alike at every step."""
    if len(right) != len(other):
        return False
    for one, two in zip(right, other, strict=True):
        for name, gradient in one.gradient.items():
            given = two.gradient.get(name)
            if given is None or given.shape != gradient.shape:
                return False
            if not np.abs(given - gradient).max() <= tolerance * max(1e-3, np.abs(gradient).max()):
                return False
    return True
