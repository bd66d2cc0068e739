"""IDX files: whole ones, and every way of being broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx_bytes, pictures

from runner.datasets.idx import IdxError, read_idx

IMAGES, LABELS = pictures(5)
SHAPE = (None, 28, 28)


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("packed", [True, False])
def test_reads_gzip_and_raw_under_any_name(tmp_path: Path, name: str, packed: bool):
    """Packed or not, the bytes decide and not the ending of the name."""
    data = idx_bytes(IMAGES)
    (tmp_path / name).write_bytes(gzip.compress(data) if packed else data)
    np.testing.assert_array_equal(read_idx(tmp_path / name, SHAPE), IMAGES)


def test_reads_labels(tmp_path: Path):
    """A file of one dimension gives a vector."""
    (tmp_path / "labels").write_bytes(idx_bytes(LABELS))
    np.testing.assert_array_equal(read_idx(tmp_path / "labels", (None,)), LABELS)


RAW = idx_bytes(IMAGES)
GZIP = gzip.compress(RAW, mtime=0)
FLIPPED = GZIP[:-8] + bytes([GZIP[-8] ^ 1]) + GZIP[-7:]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "truncated: 0 bytes, where the header alone takes 16"),
        (RAW[:10], "truncated: 10 bytes, where the header alone takes 16"),
        (RAW[:-3], "truncated: the last 3 bytes are missing"),
        (RAW + b"ab", "damaged: 2 bytes more than its header announces"),
        (GZIP[:-500], "truncated: the gzip data end too early"),
        (GZIP[:5], "truncated: the gzip data end too early"),
        (FLIPPED, "damaged: CRC check failed"),
        (b"\x1f\x8b" + b"x" * 200, "damaged: "),
        (GZIP[:40] + bytes(60) + GZIP[100:], "damaged: "),
        (idx_bytes(LABELS) + bytes(10), "wrong magic number 2049, not 2051 (these look like labels)"),
        (b"<!DOCTYPE html><html>", "wrong magic number 1008813135, not 2051"),
        (b"\x00\x00\x0d\x03" + RAW[4:], "wrong magic number 3331, not 2051"),
        (idx_bytes(IMAGES[:, :14]), "its dimensions are 5 x 14 x 28, not n x 28 x 28"),
        (RAW[:4] + b"\xff\xff\xff\xff" + RAW[8:], "truncated: the last 3367254355360 bytes are missing"),
    ],
)
def test_broken_files(tmp_path: Path, data: bytes, message: str):
    """Every kind of damage is an `IdxError` that says which."""
    (tmp_path / "images").write_bytes(data)
    with pytest.raises(IdxError) as error:
        read_idx(tmp_path / "images", SHAPE)
    assert str(error.value).startswith(message)
