"""The IDX format of the MNIST files: a big-endian magic number, one size per dimension, then the bytes.

The two bytes that begin a gzip file tell it from a raw one, not the name: browsers and mail programs unpack
files and keep the name, or the other way round. Gzip's own checksum and length guard the packed files; raw
ones are compared with the size that their header announces.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08


class IdxError(ValueError):
    """The file is no IDX file of this kind; the message says what is wrong with it, not its name."""


def read_idx(path: Path, shape: tuple[int | None, ...]) -> NDArray[np.uint8]:
    """The array of bytes in the file, whose dimensions must be `shape` (None: any size).

    Raises `IdxError` on a file that is damaged or holds something else, `OSError` on one that can't be read.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except EOFError:
            raise IdxError("truncated: the gzip data end too early") from None
        except (gzip.BadGzipFile, zlib.error, struct.error) as error:
            raise IdxError(f"damaged: {error}") from None
    header = 4 + 4 * len(shape)
    if len(data) < header:
        raise IdxError(f"truncated: {len(data)} bytes, where the header alone takes {header}")
    magic, *sizes = struct.unpack(f">{1 + len(shape)}I", data[:header])
    expected_magic = UNSIGNED_BYTE << 8 | len(shape)
    if magic != expected_magic:
        raise IdxError(f"wrong magic number {magic}, not {expected_magic}{_guess(magic)}")
    if any(wanted not in (None, size) for wanted, size in zip(shape, sizes, strict=True)):
        wanted = " x ".join("n" if size is None else str(size) for size in shape)
        raise IdxError(f"its dimensions are {' x '.join(map(str, sizes))}, not {wanted}")
    missing = int(np.prod(sizes, dtype=object)) - (len(data) - header)
    if missing > 0:
        raise IdxError(f"truncated: the last {missing} bytes are missing")
    if missing < 0:
        raise IdxError(f"damaged: {-missing} bytes more than its header announces")
    return np.frombuffer(data, dtype=np.uint8, offset=header).reshape(sizes)


def _guess(magic: int) -> str:
    """What the file may be instead."""
    kinds = {UNSIGNED_BYTE << 8 | 1: "labels", UNSIGNED_BYTE << 8 | 3: "images"}
    return f" (these look like {kinds[magic]})" if magic in kinds else ""
