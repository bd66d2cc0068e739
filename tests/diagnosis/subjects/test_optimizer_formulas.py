"""The formula of an optimizer: a wrong one is named with its line, a right one of any kind is left alone."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.subjects.optimizers.formulas import LATER, wrong_formulas
from runner.diagnosis.subjects.optimizers.repairing import repaired_formula
from runner.diagnosis.subjects.optimizers.usual import is_usual
from runner.recording.loading.program import Program
from runner.recording.scenario import Scenario
from runner.recording.scenarios.discovery.scripts import step_of_script

SCRIPT = """import numpy as np
draw = np.random.RandomState(0)
X, y, w = draw.randn(30, 5), draw.randn(30), draw.randn(5)
m, v, lr, b1, b2 = np.zeros(5), np.zeros(5), 0.01, 0.9, 0.99
for t in range(1, 6):
    e = X @ w - y
    loss = np.mean(e**2) / 2
    g = X.T @ e / 30
    FIRST
    SECOND
    STEP
"""
FIRST, SECOND = "m = b1 * m + (1 - b1) * g", "v = b2 * v + (1 - b2) * g**2"
ADAM = "w = w - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + 1e-8)"


def scenario_of(folder: Path, first: str, second: str, step: str) -> Scenario:
    """The step of the script with these three lines."""
    file = folder / "fit.py"
    file.write_text(SCRIPT.replace("FIRST", first).replace("SECOND", second).replace("STEP", step))
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        return step_of_script(Program(file, name="__main__")).scenario


def mistakes(folder: Path, first: str, second: str, step: str) -> list[GradientMistake]:
    """What is said of the script with these three lines."""
    with np.errstate(all="ignore"):
        return wrong_formulas(scenario_of(folder, first, second, step))


@pytest.mark.parametrize(
    ("first", "second", "step"),
    [
        (FIRST, SECOND, ADAM),
        (FIRST, SECOND, "w = w - lr * m / (np.sqrt(v) + 1e-8)"),
        ("pass", SECOND, "w -= lr * g / np.sqrt(v + 1e-8)"),
        ("pass", "v += g**2", "w -= lr * g / (np.sqrt(v) + 1e-8)"),
        ("m = 0.9 * m - lr * g", "pass", "w += m"),
        ("half, lr = 0.5, 0.5; m = half * m + (1 - half) * (lr * g)", "pass", "w -= m"),
    ],
    ids=["adam", "uncorrected", "rmsprop", "adagrad", "momentum", "as large as the rate"],
)
def test_a_usual_formula_is_left_alone(tmp_path: Path, first: str, second: str, step: str) -> None:
    """Nothing is said of Adam with or without correction, RMSprop, Adagrad and momentum."""
    assert mistakes(tmp_path, first, second, step) == []


@pytest.mark.parametrize(
    ("first", "second", "step", "line", "words"),
    [
        (FIRST, SECOND.replace("g**2", "np.abs(g)"), ADAM, 10, "of |g|"),
        (FIRST, SECOND, ADAM.replace("np.sqrt(v / (1 - b2**t))", "v / (1 - b2**t)"), 11, "square root"),
        (FIRST, SECOND, ADAM.replace("b2**t", "b1**t"), 11, "1 - 0.9 ** t; it keeps 0.99"),
        (FIRST, SECOND, ADAM.replace("v / (1 - b2**t)", "v"), 10, "is not corrected; it keeps 0.99"),
        (FIRST.replace("m = ", "m[:] = "), "v = m; v[:] = b2 * v + (1 - b2) * g**2", ADAM, 10, "one array"),
        ("m = 0.9 * m - lr * g", "pass", "w += lr * m", 11, "multiplied by the rate in line 9"),
    ],
    ids=["not squared", "no root", "other beta", "not corrected", "one array", "rate twice"],
)
def test_a_wrong_formula_is_named(tmp_path: Path, first: str, second: str, step: str, line: int, words: str) -> None:
    """The sentence says what differs from the textbook, and the line is the one that has it."""
    (mistake,) = mistakes(tmp_path, first, second, step)
    assert mistake.source is not None
    assert (mistake.source.line, words in mistake.sentence) == (line, True), mistake


@pytest.mark.parametrize(
    ("first", "second", "step", "before", "after"),
    [
        (FIRST, SECOND.replace("g**2", "np.abs(g)"), ADAM, "np.abs(g)", "g ** 2"),
        (FIRST, SECOND, ADAM.replace("b2**t", "b1**t"), "b1", "b2"),
        (FIRST, SECOND, ADAM.replace("np.sqrt(v / (1 - b2**t))", "v / (1 - b2**t)"), "v / (1 - b2**t)", "np.sqrt({})"),
        ("pass", SECOND, "w -= lr * g / (v + 1e-8)", "v", "np.sqrt(v)"),
        ("m = -b1 * m + g", "pass", "w = w - lr * m", "-b1", "b1"),
        ("m = b1 * m - lr * g", "pass", "w += lr * m", "lr * m", "m"),
    ],
    ids=["not squared", "other beta", "no root", "no root without average", "opposite", "rate twice"],
)
def test_a_wrong_formula_is_corrected(
    tmp_path: Path, first: str, second: str, step: str, before: str, after: str
) -> None:
    """The edit makes it the textbook's, and nothing else is edited."""
    scenario = scenario_of(tmp_path, first, second, step)
    (mistake,) = wrong_formulas(scenario)
    found = repaired_formula(scenario, mistake)
    assert found is not None
    edit, checked = found
    assert (edit.before, edit.after, checked.formula) == (before, after.format(before), True)


def test_no_correction_is_better_than_a_guess(tmp_path: Path) -> None:
    """A second moment that is not corrected at all takes more than one line is edited for."""
    scenario = scenario_of(tmp_path, FIRST, SECOND, ADAM.replace("v / (1 - b2**t)", "v"))
    (mistake,) = wrong_formulas(scenario)
    assert repaired_formula(scenario, mistake) is None


@pytest.mark.parametrize(
    ("first", "second", "step", "usual"),
    [
        (FIRST, SECOND, ADAM, True),
        ("pass", "v += g**2", "w -= lr * g / (np.sqrt(v) + 1e-8)", True),
        ("m = 0.9 * m - lr * g", "pass", "w += m", True),
        (FIRST, SECOND.replace("(1 - b2)", "0.02"), ADAM, False),
        ("pass", SECOND, "w -= lr * g / (np.sqrt(v) + 0.1)", False),
        ("m = 0.9 * m - lr * g", "pass", "w += 2 * m", False),
        ("m = 0.9 * m + lr * g", "pass", "w += m", False),
    ],
    ids=["adam", "adagrad", "momentum", "adds up to more", "large epsilon", "twice as far", "climbs"],
)
def test_what_is_usual(tmp_path: Path, first: str, second: str, step: str, usual: bool) -> None:
    """Only what is exactly a textbook's step is accepted as a correction."""
    scenario = scenario_of(tmp_path, first, second, step)
    point = next(one for one in scenario.points if one.name == LATER)
    assert is_usual(scenario.record(point)) is usual


@pytest.mark.parametrize(
    "made", ["s.m = s.v = np.zeros(5)", "s.m = np.zeros(5); s.v = s.m", "s.m = np.zeros(5)\ns.v = s.m"]
)
def test_where_two_states_are_made_one(tmp_path: Path, made: str) -> None:
    """The line that makes them one array is named, and not one that goes on with it."""
    script = SCRIPT.replace("\nfor t", f"\nclass S: pass\ns = S()\n{made}\nfor t").replace(
        "FIRST", "s.m[:] = b1 * s.m + (1 - b1) * g"
    )
    script = script.replace("SECOND", "s.v[:] = b2 * s.v + (1 - b2) * g**2").replace("STEP", ADAM)
    file = tmp_path / "fit.py"
    file.write_text(script.replace("(m / ", "(s.m / ").replace("(v / ", "(s.v / "))
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        (mistake,) = wrong_formulas(step_of_script(Program(file, name="__main__")).scenario)
    assert mistake.source is not None
    wanted = next(n for n, line in enumerate(file.read_text().split("\n"), 1) if "s.v = " in line)
    assert (mistake.source.line, "one array" in mistake.sentence) == (wanted, True)
