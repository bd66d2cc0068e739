"""The plots of what happened: dead units, the way of a non-finite value, fixes before and after."""

from __future__ import annotations

from runs_left import NAN, draw, infinite, labels, left, words

from runner.files.event_details import Operand, SourceValue
from runner.files.finding import Finding, Verified, findings_in
from runner.files.json_files import json_lines
from runner.report.plots import PLOTS
from runner.report.plots.nonfinite import boxes


def test_dead_units_are_layers_against_time() -> None:
    """A row a layer, a column for each step at which units were counted; nothing where none was dead."""
    counted = {"dead/layer_1": [0.0, NAN, 0.5, 0.25], "dead/layer_2": [0.0, NAN, 0.0, 1.0]}
    run = left({"loss": [1.0] * 4, **counted, "saturated/layer_1": [0.0, NAN, 0.0, 0.0]})
    ((_, data),) = PLOTS["dead"].panels(run)
    assert data.steps.tolist() == [0, 2, 3]
    assert data.shares.tolist() == [[0, 0.5, 0.25], [0, 0, 1]]
    axes = draw("dead", run)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["layer 1", "layer 2"]
    assert words("dead", run) == "layer 1: up to 50% dead, at step 2; layer 2: up to 100% dead, at step 3."
    assert not PLOTS["saturated"].panels(run)


def test_the_way_of_a_value_goes_from_its_source_to_the_loss() -> None:
    """What led to it comes first, then the call, then what it reached; red from the call on."""
    origin = (SourceValue("1 - A2", 0.0, 6), SourceValue("A2", 1.0, 6), SourceValue("Z2", 40.05))
    event = infinite(7, origin=origin, chain=("log(1 - A2)", "loss0", "loss"))
    found = boxes(event)
    assert [box.title for box in found] == ["Z2", "A2", "1 - A2", "log(1 - A2)", "loss0", "loss"]
    assert [box.bad for box in found] == [False, False, False, True, True, True]
    assert [box.text for box in found[:4]] == ["is 40", "is 1, 6 times", "is 0, 6 times", "layer 2: 6 of 400 infinite"]
    run = left({"loss": [1.0]}, events=[event])
    axes = draw("nonfinite", run)
    assert len(axes.patches) == 6
    assert words("nonfinite", run).startswith("Z2 is 40 → A2 is 1, 6 times → ")


def test_without_an_origin_the_operands_are_shown() -> None:
    """Where no single value is to blame, the ranges of what the call read stand before it."""
    operands = {"A1": Operand(-1.0, 2.5), "W2": Operand(None, None)}
    found = boxes(infinite(7, operands=operands))
    assert [(box.title, box.text) for box in found[:2]] == [("A1", "from -1 to 2.5"), ("W2", "is not finite")]


def test_a_long_way_is_cut_in_the_middle() -> None:
    """Of many calls on the way the first and the last are shown, with how many are between."""
    chain = tuple(f"dZ{k}" for k in range(12))
    titles = [box.title for box in boxes(infinite(7, chain=chain))]
    assert titles == ["log(1 - A2)", "dZ0", "dZ1", "9 more calls", "dZ11"]


def fixed(prescription: str, curve: tuple[tuple[int, float | None], ...]) -> Finding:
    """A cause with a fix that was run."""
    verified = Verified("nan", "converged", 0.1, 1.0, "", 2, "python -m runner", curve=curve)
    return Finding("learning_rate_too_high", "It is.", {}, {}, (prescription,), verified, ())


def test_each_fix_is_drawn_beside_the_run() -> None:
    """A panel for each fix with both losses; one that was found twice is shown once, one without a curve not."""
    findings = [fixed("optimizer.lr=0.1", ((0, 1.0), (2, 0.1))), fixed("optimizer.lr=0.1", ((0, 1.0),))]
    run = left({"loss": [1.0, 5.0, NAN]}, findings=[*findings, fixed("steps=9", ())])
    ((label, data),) = PLOTS["fixes"].panels(run)
    assert label == "optimizer.lr=0.1"
    assert data.after[1].tolist() == [1.0, 0.1]
    assert labels(draw("fixes", run)) == ["before: nan", "after: converged"]
    assert words("fixes", run) == "optimizer.lr=0.1: nan → converged, loss 0.1."


def test_the_curve_of_a_fix_is_kept_with_its_finding() -> None:
    """findings.json holds the curve, null for what is not finite, and an older one has none."""
    finding = fixed("optimizer.lr=0.1", ((0, 1.0), (1, None)))
    (line,) = json_lines([finding.to_dict()]).splitlines()
    assert findings_in(f"[{line}]") == [finding]
    held = finding.to_dict()
    del held["verified"]["curve"]  # type: ignore[attr-defined]
    assert Finding.from_dict(held).verified == fixed("", ()).verified
