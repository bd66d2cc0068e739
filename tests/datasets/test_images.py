"""MNIST from files as users have them, from the cache and from mirrors; scikit-learn's digits."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from idx_files import NAMES, idx_bytes, pictures, write_part
from shipped import loaded, refused

from runner.datasets import download, images


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a training part of 30 samples and a test part of 20."""
    write_part(tmp_path, "train", 30)
    write_part(tmp_path, "test", 20)
    return tmp_path


def test_both_parts(root: Path):
    """Given both parts, one is trained on and the other held out; pixels are / 255 and labels one-hot."""
    data = loaded("mnist", root=str(root))
    pixels, labels = pictures(30)
    assert data.test is not None
    assert (len(data.train), len(data.test), data.valid) == (30, 20, None)
    np.testing.assert_array_equal(data.train.X, pixels.reshape(30, 784) / 255)
    np.testing.assert_array_equal(data.train.Y, np.eye(10)[labels])
    assert data.features[:2] == ("pixel_0_0", "pixel_0_1")
    assert data.features[-1] == "pixel_27_27"
    assert data.targets == tuple("0123456789")


@pytest.mark.parametrize(("part", "count"), [("train", 30), ("test", 20)])
def test_one_part(root: Path, part: str, count: int):
    """Given one part, it holds the samples, and the files of the other are not needed."""
    for name in NAMES["test" if part == "train" else "train"]:
        (root / f"{name}.gz").unlink()
    data = loaded("mnist", root=str(root), parts=[part], valid_fraction=0.5)
    assert data.test is None
    assert data.valid is not None
    assert (len(data.train), len(data.valid)) == (count / 2, count / 2)


def test_order_of_the_parts_does_not_matter(root: Path):
    """The training part is the one to learn from, in whatever order the parts are named."""
    digests = {loaded("mnist", root=str(root), parts=parts).digest for parts in (["train", "test"], ["test", "train"])}
    assert len(digests) == 1


def test_first_samples(root: Path):
    """`samples` takes the first of the samples to learn from and leaves the test part whole."""
    data = loaded("mnist", root=str(root), samples=7)
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (7, 20)
    np.testing.assert_array_equal(data.train.X, pictures(30)[0][:7].reshape(7, 784) / 255)
    [problem] = refused("mnist", root=str(root), samples=31)
    assert (problem.path, problem.message) == ("dataset.samples", "the train files hold only 30 samples")


def test_test_fraction_beside_a_test_part(root: Path):
    """A held-out test part and a test fraction contradict each other."""
    [problem] = refused("mnist", root=str(root), test_fraction=0.5)
    assert problem.path == "dataset.test_fraction"
    assert "already holds out 20 samples" in problem.message


@pytest.mark.parametrize("spelling", ["{}", "{}.gz"])
def test_other_spellings(tmp_path: Path, spelling: str):
    """Raw files, and names with .idx for -idx, are found too."""
    write_part(tmp_path, "test", 4, packed=False)
    for name in NAMES["test"]:
        (tmp_path / name).rename(tmp_path / spelling.format(name.replace("-idx", ".idx")))
    assert len(loaded("mnist", root=str(tmp_path), parts=["test"]).train) == 4


def test_root_is_relative_to_the_working_folder(root: Path, monkeypatch: pytest.MonkeyPatch):
    """A relative root starts at the folder in which the command is typed."""
    monkeypatch.chdir(root.parent)
    assert len(loaded("mnist", root=root.name).train) == 30


def test_missing_files(root: Path):
    """All missing files are named at once, with where to put them."""
    (root / "train-images-idx3-ubyte.gz").unlink()
    (root / "t10k-labels-idx1-ubyte.gz").unlink()
    [problem] = refused("mnist", root=str(root))
    assert problem.path == "dataset.root"
    expected = f"{root} has no train-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz: put them there"
    assert problem.message.startswith(expected)
    [problem] = refused("mnist", root=str(root / "nowhere"), parts=["test"])
    assert problem.message.startswith(f"{root / 'nowhere'} is not a folder, so there is no t10k-images")


def test_broken_files_are_all_reported(root: Path):
    """Every broken file is reported with its path, what is wrong and where a whole one belongs."""
    (root / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(pictures(30)[0]))[:-9])
    (root / "t10k-labels-idx1-ubyte.gz").write_bytes(b"not found")
    first, second = refused("mnist", root=str(root))
    path = root / "train-images-idx3-ubyte.gz"
    assert first.message == f"{path}: truncated: the gzip data end too early; put a whole {path.name} into {root}"
    assert "t10k-labels-idx1-ubyte.gz: wrong magic number" in second.message
    assert {first.path, second.path} == {"dataset.root"}


def test_images_and_labels_of_different_number(root: Path):
    """Images without their labels are an error."""
    (root / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(pictures(29)[1]))
    [problem] = refused("mnist", root=str(root))
    assert problem.message.endswith("has 30 images and train-labels-idx1-ubyte.gz 29 labels")


def test_labels_that_are_no_digits(root: Path):
    """A label above 9 is an error that names the sample."""
    labels = np.zeros(30, dtype=np.uint8)
    labels[[11, 12]] = 10
    (root / "train-labels-idx1-ubyte.gz").write_bytes(idx_bytes(labels))
    [problem] = refused("mnist", root=str(root))
    assert problem.message.endswith("label 10 of sample 11 is not a digit")


@pytest.fixture
def mirror(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a server that has the files, whose checksums are the ones expected."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Keep the test's output to itself."""

    checksums = {
        name: hashlib.sha256((root / f"{name}.gz").read_bytes()).hexdigest() for part in NAMES.values() for name in part
    }
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(images, "CHECKSUMS", checksums)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_download(root: Path, mirror: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """Without a root the files come from a mirror into the cache, and from the cache once the mirror is gone."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(download, "cache_folder", lambda name: cache / name)
    monkeypatch.setattr(images, "MIRRORS", (mirror,))
    fetched = loaded("mnist")
    assert fetched.digest == loaded("mnist", root=str(root)).digest
    monkeypatch.setattr(images, "MIRRORS", ("http://127.0.0.1:1/",))
    assert loaded("mnist").digest == fetched.digest


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a network one error says why, which files to put where, and what works without."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(download, "cache_folder", lambda name: tmp_path / name)
    monkeypatch.setattr(images, "MIRRORS", ("http://127.0.0.1:1/",))
    [problem] = refused("mnist", parts=["test"])
    assert problem.path == "dataset.root"
    assert problem.message == (
        "MNIST can't be downloaded (http://127.0.0.1:1/: no connection). Put t10k-images-idx3-ubyte.gz, "
        f"t10k-labels-idx1-ubyte.gz into {tmp_path / 'mnist'}, or into a folder of your own and set "
        "dataset.root=FOLDER; dataset=digits needs no download"
    )


def test_checksums_are_those_of_the_four_files():
    """There is a checksum for each file that a part needs."""
    assert set(images.CHECKSUMS) == {name for names in NAMES.values() for name in names}
    assert {len(checksum) for checksum in images.CHECKSUMS.values()} == {64}


def test_digits_are_scikit_learns():
    """The embedded digits are those of sklearn.datasets.load_digits, pixels / 16 and labels one-hot."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    data = loaded("digits")
    np.testing.assert_array_equal(data.train.X, pixels / 16)
    np.testing.assert_array_equal(data.train.Y.argmax(axis=1), labels)
    assert data.targets == tuple("0123456789")
