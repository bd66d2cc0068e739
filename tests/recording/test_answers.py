"""What is left of a check beside its first lines: the patch, the program, the report in a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Whynan

pytestmark = pytest.mark.usefixtures("warm_workers")

PEOPLE = Path(__file__).parent / "people"

SESSION = """
import numpy as np
from runner import check

SCALE = 0.5
X = np.random.default_rng(0).normal(size=(12, 2))
y = (X[:, :1] > 0).astype(float)


def squash(v):
    return 1 / (1 + np.exp(-v))


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        g = np.random.default_rng(3)
        self.W1, self.W2 = SCALE * g.normal(size=(n_in, n_hidden)), SCALE * g.normal(size=(n_hidden, n_out))

    def forward(self, X):
        self.A1 = np.tanh(X @ self.W1)
        self.A2 = squash(self.A1 @ self.W2)
        return self.A2

    def loss(self, X, Y):
        A = self.forward(X)
        return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))

    def backward(self, X, Y):
        d2 = (self.forward(X) - Y) / len(X)
        d1 = d2 @ self.W2.T * (1 - self.A1)
        return [X.T @ d1, self.A1.T @ d2]


if __name__ == "__main__":
    result = check(Net)
    print(result.edits[0].before.strip())
    print(result.edits[0].after.strip())
    print('<span style="color: #1a7f37">  should be' in result._repr_html_())
"""


def test_a_patch_is_written_and_the_file_is_left_alone(whynan: Whynan, tmp_path: Path) -> None:
    """`subject.patch=FILE` is a unified diff that holds the corrected line; the file stays as it is."""
    file = tmp_path / "spread_shape.py"
    before = (PEOPLE / "spread_shape.py").read_text()
    file.write_text(before)
    said = whynan(f"check subject={file} subject.patch={tmp_path / 'net.patch'} hydra.run.dir={tmp_path / 'out'}")
    patch = (tmp_path / "net.patch").read_text()
    assert said.code == 1
    assert patch.startswith("--- a/spread_shape.py\n+++ b/spread_shape.py\n")
    assert "-        dW2 = d2 @ self.P.T\n+        dW2 = d2 @ self.H.T\n" in patch
    assert file.read_text() == before


def test_a_patch_takes_no_other_file_away(whynan: Whynan, tmp_path: Path) -> None:
    """What is there and is no diff is not written over."""
    file = tmp_path / "net.py"
    file.write_text((PEOPLE / "spread_shape.py").read_text())
    said = whynan(f"check subject={file} subject.patch={file} hydra.run.dir={tmp_path / 'out'}")
    assert (said.code, "subject.patch" in said.err) == (2, True)
    assert file.read_text() == (PEOPLE / "spread_shape.py").read_text()


def test_the_program_of_a_script(whynan: Whynan) -> None:
    """`show program subject=FILE` prints each operation of a step under its line, and marks the gradients."""
    said = whynan(f"show program subject={PEOPLE / 'plain_script.py'}")
    lines = said.out.splitlines()
    assert lines[:3] == ["one turn of the loop at line 17", "parameter one  (3, 4)", "parameter two  (4, 1)"]
    assert any(line.startswith("line 18 ") and line.endswith("middle = curve(table @ one)") for line in lines)
    assert any("middle.T @ step_two" in line and line.endswith("# the gradient of two") for line in lines)
    assert lines[-1] == "loss: half the squared error, summed over the samples, which is assumed"


def test_a_class_of_a_session(tmp_path: Path) -> None:
    """`check(Net)` takes a class with all that it uses, and shows its lines in colour."""
    (tmp_path / "session.py").write_text(SESSION)
    done = subprocess.run(
        [sys.executable, "session.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "d1 = d2 @ self.W2.T * (1 - self.A1)",
        "d1 = d2 @ self.W2.T * (1 - self.A1 ** 2)",
        "True",
    ]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("name = input()\n", "waited for input"),
        ("import sys\nsys.exit(3)\n", "called sys.exit(3)"),
        ("import os\nos._exit(7)\n", "ended the process (exit code 7)"),
        ("while True:\n    pass\n", "did not end within 1 seconds"),
        ("import nowhere_to_be_found as n\nx = n.data / 2.0\n", "nowhere_to_be_found, which is not installed"),
        ("x = 1\n", "nothing to check is found in odd.py"),
    ],
)
def test_files_that_can_not_be_checked(source: str, says: str, whynan: Whynan, tmp_path: Path) -> None:
    """Each ends in one sentence, with exit code 2."""
    file = tmp_path / "odd.py"
    file.write_text(source)
    said = whynan(f"check subject={file} subject.time_limit=1.0 hydra.run.dir={tmp_path / 'out'}")
    assert (said.code, said.out) == (2, "")
    assert says in said.err


def test_a_notebook(whynan: Whynan, tmp_path: Path) -> None:
    """The code cells of a notebook are a file, magics left out; places are cells and lines."""
    text = (PEOPLE / "spread_shape.py").read_text()
    data, _, network = text.partition("class Rows")
    cells = [
        {"cell_type": "markdown", "source": ["# A network"]},
        {"cell_type": "code", "source": "%matplotlib inline\n!pip install numpy"},
        {"cell_type": "code", "source": data},
        {"cell_type": "code", "source": f"class Rows{network}".splitlines(keepends=True)},
    ]
    file = tmp_path / "net.ipynb"
    file.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    said = whynan(f"check subject={file} hydra.run.dir={tmp_path / 'out'}")
    assert said.code == 1
    assert said.out.splitlines()[1].split(maxsplit=4)[:4] == ["cell", "4,", "line", "20"]


SOFTMAX_OVER_SAMPLES = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4))
Y = np.eye(3)[rng.integers(0, 3, 30)]
W = 0.1 * rng.normal(size=(4, 3))
for step in range(100):
    E = np.exp(X @ W)
    P = E / E.sum(axis=0, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / len(X)
    D = (P * Y.sum(axis=0) - Y) / len(X)
    W -= 0.5 * X.T @ D
"""
ALL_PAIRS = """
import numpy as np

X = np.random.default_rng(0).normal(size=(30, 4))
y = X[:, 0] * 2
w = np.full((4, 1), 0.1)
for step in range(100):
    error = X @ w - y
    loss = np.mean(error**2)
    w -= 0.1 * 2 * X.T @ error.mean(axis=1, keepdims=True) / len(X)
"""


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (SOFTMAX_OVER_SAMPLES, "note: line 10: softmax is normalised over the 30 samples, not over the 3 classes"),
        (ALL_PAIRS, "note: line 8: (30, 1) - (30,) gives (30, 30): every output is compared with every target"),
    ],
)
def test_advice_on_the_forward_pass(source: str, says: str, whynan: Whynan, tmp_path: Path) -> None:
    """What a gradient check can't prove is said with its line and its numbers."""
    file = tmp_path / "net.py"
    file.write_text(source)
    assert says in whynan(f"check subject={file} hydra.run.dir={tmp_path / 'out'}").out


def test_data_beside_the_file(whynan: Whynan, tmp_path: Path) -> None:
    """A script finds what it reads where it lies, whatever folder the command is typed in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "table.txt").write_text("1 2\n3 4\n5 7\n")
    (folder / "net.py").write_text(
        "import numpy as np\ntable = np.loadtxt('table.txt')\nX, Y = table[:, :1], table[:, 1:]\nw = np.ones((1, 1))\n"
        "for i in range(10):\n    w -= 0.01 * X.T @ (X @ w - Y) / len(X)\n"
    )
    said = whynan(f"check subject={folder / 'net.py'} hydra.run.dir={tmp_path / 'out'}")
    assert (said.code, said.out.splitlines()[0].partition(",")[0]) == (0, "The gradients are right")
