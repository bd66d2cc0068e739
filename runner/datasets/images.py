"""Images of handwritten digits: MNIST from its four files, and the small set that comes with scikit-learn."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from runner.datasets import download
from runner.datasets.base import (
    DatasetSettings,
    FloatArray,
    Listed,
    RawData,
    SampleCount,
    mistake,
    one_hot,
)
from runner.datasets.idx import IdxError, read_idx
from runner.errors import Problem, UserError
from runner.rng import Draws

DIGITS = tuple(str(digit) for digit in range(10))
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# The images and the labels of each split, and the sha256 of the gzip files as published.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CHECKSUMS = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}


class Mnist(DatasetSettings):
    """The MNIST database of handwritten digits (LeCun, Cortes and Burges, 1998). Draws nothing.

    With `root`, its files are the user's own and need no checksum: Fashion-MNIST and others come under the
    same names. Downloads and the cache are checked.
    """

    name: Literal["mnist"] = "mnist"
    root: str | None = None
    parts: Annotated[tuple[Literal["train", "test"], ...], Listed] = ("train", "test")
    samples: SampleCount | None = None

    @field_validator("parts")
    @classmethod
    def _at_least_one_part_once(cls, parts: tuple[str, ...]) -> tuple[str, ...]:
        if not parts or len(set(parts)) < len(parts):
            raise mistake("must be [train], [test] or both, each once")
        return parts

    def generate(self, draws: Draws) -> RawData:
        """X (n, 784), pixels / 255, row by row; Y (n, 10) one-hot."""
        paths = self._paths()
        problems: list[Problem] = []
        arrays: dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = {}
        for part in self.parts:
            images, labels = (
                _read(paths[name], shape, problems)
                for name, shape in zip(FILES[part], ((None, 28, 28), (None,)), strict=True)
            )
            if images is not None and labels is not None:
                problems.extend(_mismatch(images, labels, *(paths[name] for name in FILES[part])))
                arrays[part] = (images, labels)
        if problems:
            raise UserError(problems)

        learn, *held_out = sorted(self.parts, key=list(FILES).index)
        images, labels = arrays[learn]
        if self.samples is not None and self.samples > len(images):
            message = f"the {learn} files hold only {len(images)} samples"
            raise UserError(Problem("dataset.samples", message, given=self.samples))
        X, Y = _encode(images[: self.samples], labels[: self.samples])
        X_test, Y_test = _encode(*arrays[held_out[0]]) if held_out else (None, None)
        return RawData(X, Y, "classes", _pixels(28), DIGITS, X_test, Y_test)

    def _paths(self) -> dict[str, Path]:
        """The file of each name that `parts` needs."""
        names = [name for part in self.parts for name in FILES[part]]
        if self.root is not None:
            return _find(Path(self.root).expanduser(), names)
        folder = download.cache_folder("mnist")
        try:
            return {name: download.fetch(f"{name}.gz", CHECKSUMS[name], folder, MIRRORS) for name in names}
        except download.DownloadError as error:
            wanted = ", ".join(f"{name}.gz" for name in names)
            raise UserError(
                Problem(
                    "dataset.root",
                    f"MNIST can't be downloaded ({error}). Put {wanted} into {folder}, or into a folder of your "
                    "own and set dataset.root=FOLDER; dataset=digits needs no download",
                    given=None,
                )
            ) from error


class Digits(DatasetSettings):
    """The test set of Alpaydin and Kaynak's handwritten digits (1998), as scikit-learn ships it. Draws nothing."""

    name: Literal["digits"] = "digits"

    def generate(self, draws: Draws) -> RawData:
        """X (1797, 64), pixels / 16, row by row; Y (1797, 10) one-hot."""
        package = importlib.util.find_spec("sklearn")
        if package is None or package.origin is None:
            raise UserError(Problem("dataset", "'digits' comes with scikit-learn, which is not installed"))
        # The file behind sklearn.datasets.load_digits, whose import takes 1.8 s.
        path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
        table = np.loadtxt(path, delimiter=",")
        labels = table[:, -1].astype(np.int64)
        return RawData(table[:, :-1] / 16.0, one_hot(labels, 10), "classes", _pixels(8), DIGITS)


def _find(root: Path, names: list[str]) -> dict[str, Path]:
    """The files in the user's folder, gzip or raw, also under the name with a dot that some unpackers give."""
    found = {}
    for name in names:
        spellings = (name, name.replace("-idx", ".idx"))
        candidates = [root / f"{spelling}{suffix}" for spelling in spellings for suffix in ("", ".gz")]
        existing = [path for path in candidates if path.is_file()]
        if existing:
            found[name] = existing[0]
    missing = [f"{name}.gz" for name in names if name not in found]
    if missing:
        what = "has no" if root.is_dir() else "is not a folder, so there is no"
        raise UserError(
            Problem(
                "dataset.root",
                f"{root} {what} {', '.join(missing)}: put them there (gzip, or unpacked without .gz), choose "
                "the files that you have with dataset.parts, or set dataset.root=null to download them",
                given=str(root),
            )
        )
    return found


def _read(path: Path, shape: tuple[int | None, ...], problems: list[Problem]) -> NDArray[np.uint8] | None:
    """The array in the file, or None and one more of `problems`."""
    try:
        return read_idx(path, shape)
    except (IdxError, OSError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        message = f"{path}: {reason}; put a whole {path.name} into {path.parent}"
        problems.append(Problem("dataset.root", message))
        return None


def _mismatch(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], image_path: Path, label_path: Path
) -> list[Problem]:
    """What is wrong with files that are right in themselves."""
    problems = []
    if len(images) != len(labels) or not len(images):
        message = f"{image_path} has {len(images)} images and {label_path.name} {len(labels)} labels"
        problems.append(Problem("dataset.root", message))
    if labels.max(initial=0) > 9:
        sample = int(np.argmax(labels > 9))
        message = f"{label_path}: label {labels[sample]} of sample {sample} is not a digit"
        problems.append(Problem("dataset.root", message))
    return problems


def _encode(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray]:
    return images.reshape(len(images), -1) / 255.0, one_hot(labels, 10)


def _pixels(side: int) -> tuple[str, ...]:
    return tuple(f"pixel_{row}_{column}" for row in range(side) for column in range(side))
