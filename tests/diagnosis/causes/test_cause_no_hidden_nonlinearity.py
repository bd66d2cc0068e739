"""Networks that are linear up to their output, before data that aren't."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

NAME = "no_hidden_nonlinearity"
LINEAR: dict[str, Any] = {
    "network": {"hidden": [8], "activation": "identity"},
    "optimizer": {"name": "adam", "lr": 0.02},
    "steps": 1500,
}
PARABOLA = {"name": "formula", "formula": "x**2", "samples": 80, "standardize": "both"}


def straight_line(x: Any, y: Any) -> float:
    """R² of the regression line: the squared correlation."""
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1] ** 2)


def test_a_parabola_by_linear_layers() -> None:
    """No line fits a parabola; the activation alone fixes it."""
    case = case_of(LINEAR, dataset=PARABOLA)
    part = case.setup.dataset.train
    suspicion = the_one(NAME, case)
    assert suspicion.evidence["best_linear"] == pytest.approx(straight_line(part.X, part.Y), abs=1e-3)
    assert suspicion.certain
    finding = findings_of(case)[0]
    assert (finding.cause, finding.prescription) == (NAME, ("network.activation=tanh",))
    assert finding.verified is not None
    assert finding.verified.quality > 0.99


def test_a_sine_by_a_line_that_fits_it_in_part() -> None:
    """A line takes 6/pi² of a sine's variance, which looks like progress; that neighbours take all of it is found."""
    dataset = {"name": "sine", "samples": 120, "standardize": "inputs"}
    for network in ({"hidden": []}, {"hidden": [8, 8], "activation": "identity"}):
        case = case_of(LINEAR, dataset=dataset, network=network)
        part = case.setup.dataset.train
        evidence = the_one(NAME, case).evidence
        assert evidence["best_linear"] == pytest.approx(straight_line(part.X, part.Y), abs=1e-3)
        assert evidence["best_linear"] == pytest.approx(6 / np.pi**2, abs=0.05)
        assert evidence["nearest_neighbours"] > 0.95
        finding = findings_of(case)[0]
        assert finding.cause == NAME
        assert finding.verified is not None
        assert finding.verified.quality > 0.95


def test_the_classes_of_circles_by_linear_layers() -> None:
    """It comes before the classes' not being separable, which is the same thing seen from the data."""
    case = case_of(LINEAR, dataset={"name": "circles", "samples": 120})
    causes = [finding.cause for finding in findings_of(case)]
    assert causes[:2] == [NAME, "not_linearly_separable"]


def test_a_leaky_slope_of_one_is_linear() -> None:
    """leaky_relu with slope 1 does nothing; with its usual slope it bends."""
    for slope, expected in ((1.0, True), (0.01, False)):
        network = {"hidden": [8], "activation": {"name": "leaky_relu", "slope": slope}}
        case = case_of(LINEAR, dataset=PARABOLA, network=network, steps=30)
        assert bool(said_by(NAME, case)) is expected


@pytest.mark.parametrize("lr", [0.02, 1e-9])
def test_linear_data_are_silent(lr: float) -> None:
    """y = x + 1 is linear: whether the network learnt it, or had a rate too low to, its being linear is no cause."""
    dataset = {"name": "x_plus_one", "samples": 80, "standardize": "both"}
    case = case_of(LINEAR, dataset=dataset, optimizer={"name": "adam", "lr": lr})
    assert case.healthy is (lr > 1e-3)
    assert not said_by(NAME, case)


def test_noise_around_a_line_is_not_certain() -> None:
    """A line through noise fits badly, and neighbours no better: the run is as good as its data, so it is healthy."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 150)
    case = case_of(LINEAR, dataset={"name": "inline", "X": x, "Y": x + rng.normal(scale=1.2, size=150)}, steps=400)
    assert case.healthy
    assert not said_by(NAME, case)


def test_classes_that_separate_are_silent() -> None:
    """Linear layers tell blobs apart as well as any others."""
    dataset = {"name": "blobs", "samples": 90, "spread": 0.3, "standardize": "inputs"}
    assert not said_by(NAME, case_of(LINEAR, dataset=dataset, steps=300))


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_neither_a_line_nor_a_bend_explains_is_silent(seed: int) -> None:
    """A line that explains little of its targets is all there is to learn, and no reason to bend it."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, 200)
    dataset = {"name": "inline", "X": x, "Y": 0.4 * x + rng.normal(size=200), "standardize": "both"}
    case = case_of(LINEAR, dataset=dataset, network={"hidden": []}, steps=400)
    assert not case.healthy
    assert not any(suspicion.certain for suspicion in said_by(NAME, case))
    assert NAME not in [finding.cause for finding in findings_of(case)]
