"""Small files in the format of MNIST, written by the tests themselves."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


def idx_bytes(values: NDArray[np.uint8]) -> bytes:
    """The bytes of an IDX file: two zeros, the type (8: unsigned byte), the number of dimensions, their sizes."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return header + values.tobytes()


def pictures(count: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Random images (count, 28, 28) and labels (count,)."""
    source = np.random.default_rng(seed)
    images = source.integers(0, 256, size=(count, 28, 28), dtype=np.uint8)
    return images, source.integers(0, 10, size=count, dtype=np.uint8)


def write_part(folder: Path, part: str, count: int, *, packed: bool = True) -> None:
    """Both files of a part, gzip or raw."""
    for name, values in zip(NAMES[part], pictures(count), strict=True):
        data = idx_bytes(values)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(data) if packed else data)
