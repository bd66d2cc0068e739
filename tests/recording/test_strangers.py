"""Networks whose data or packages are missing, that report no loss or another one, and their natural faults.

Written before the code that meets them. What they print while they train is nobody's business here.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nets_judged import lines_reported

from runner import check

pytestmark = pytest.mark.usefixtures("warm_workers")

HERE = Path(__file__).parent / "strangers"
NAMES = sorted(file.stem for file in HERE.glob("*.py"))
QUICK = ("adam_moons", "autoencoder_while", "gen_batches", "lists_only", "policy_poly", "small_keras")


@dataclass(frozen=True)
class Slip:
    """A text of a file and what stands in its place where it is wrong."""

    net: str
    right: str
    wrong: str


SLIPS = (
    Slip("small_keras", "self.df(self.z)", "self.df(self.f(self.z))"),
    Slip("nested_main", "'b1': back.sum(0)", "'b1': back.mean(0)"),
    Slip("float32_dataclass", "dh = da * np.where(h > 0, F(1), F(0.01))", "dh = da * np.where(h > 0, F(1), F(0))"),
    Slip("autoencoder_while", "* code * (1 - code)", "* (1 - code)"),
    Slip("softmax_digits", "b -= lr * g.sum(axis=0)", "b -= lr * g.sum()"),
    Slip("xor_question", "b_out -= lr*d_o", "b_out += lr*d_o"),
    Slip("policy_poly", "grad = A.T @ residual", "grad = -A.T @ residual"),
    Slip("adam_moons", "'b1': front.sum(1, keepdims=True) / n", "'b1': front.sum(1, keepdims=True)"),
    Slip("dict_neurons", "above['w'][j] * above['d']", "above['w'][j]"),
    Slip("mnist_idx", "* acts[i] * (1 - acts[i])", "* acts[i]"),
)


def result_of(file: Path) -> dict[str, Any]:
    """What check.json would hold."""
    with contextlib.redirect_stdout(io.StringIO()):
        return check(f"subject={file}").to_dict()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NAMES]
)
def test_what_strangers_write_is_not_accused(name: str) -> None:
    """A right file passes by the plain command, whatever is missing and whatever it reports."""
    result = result_of(HERE / f"{name}.py")
    assert result["passed"], result["sentence"]


@pytest.mark.parametrize(
    "slip",
    [pytest.param(slip, id=slip.net, marks=() if slip.net == "policy_poly" else pytest.mark.slow) for slip in SLIPS],
)
def test_the_line_of_a_slip_is_among_the_first_three(slip: Slip, tmp_path: Path) -> None:
    """A natural fault is called wrong, and a reader is sent to its line."""
    text = (HERE / f"{slip.net}.py").read_text()
    assert text.count(slip.right) == 1
    file = tmp_path / f"{slip.net}.py"
    file.write_text(text.replace(slip.right, slip.wrong))
    result = result_of(file)
    assert not result["passed"]
    line = text[: text.index(slip.right)].count("\n") + 1
    assert line in [one for _, one in lines_reported(result)][:3]
