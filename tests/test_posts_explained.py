"""What the diagnosis says of the posts, and that its commands do what they promise."""

import shlex

import pytest
from composed import settings_of

from runner.diagnosis.case import Case
from runner.diagnosis.diagnose import diagnose
from runner.diagnosis.fixes.attempts import train
from runner.files.finding import Finding
from runner.training.setup import prepare
from runner.training.stopping import Interruption


def run(*overrides: str) -> Case:
    return train(prepare(settings_of(overrides)), Interruption())


def explained(*overrides: str) -> tuple[Case, dict[str, Finding]]:
    case = run(*overrides, "diagnosis.budget=60")
    return case, {finding.cause: finding for finding in diagnose(case, overrides)}


def repeated(finding: Finding) -> Case:
    return run(*shlex.split(finding.verified.command)[3:])


def test_planar_names_the_logarithm_the_step_and_the_sample_and_the_rate_behind_it():
    """The infinity is log(1 - A2) where A2 is exactly 1; a lower rate, or a loss without it, fixes it."""
    case, findings = explained("experiment=post/planar")
    assert case.outcome == "nan"
    assert list(findings)[:2] == ["learning_rate_too_high", "log_of_zero"]
    event = next(event for event in case.events if event.kind == "inf")
    logarithm = findings["log_of_zero"]
    assert logarithm.where["step"] == event.step in range(1001, 4001)  # how a processor rounds decides
    assert str(event.sample) in logarithm.symptom
    assert "A2 is exactly 1" in logarithm.symptom
    # Which of the two is enough is up to the processor, too.
    assert logarithm.prescription in (("loss.from_logits=true",), ("loss.epsilon=1e-8",))
    for finding in findings.values():
        assert repeated(finding).outcome == finding.verified.after == "finished"


def test_xor_names_the_quarter_and_that_no_line_separates():
    """The gradient is a quarter of the loss's, and one unit can't learn XOR; a hidden layer and the fix do."""
    _, findings = explained("experiment=post/xor")
    quarter = findings["gradient_averaged_loss_summed"]
    assert list(findings)[:2] == ["gradient_averaged_loss_summed", "not_linearly_separable"]
    assert all(slope["ratio"] == pytest.approx(0.25) for slope in quarter.evidence["slopes"].values())
    assert "0.25 times that of the loss" in quarter.symptom
    assert repeated(findings["not_linearly_separable"]).outcome == "converged"


def test_softmax_overflow_names_the_axis_and_the_derivative():
    """Not the overflow is what is wrong: it is how a softmax over the batch and a wrong derivative show."""
    case, findings = explained("experiment=post/softmax_overflow")
    assert case.outcome == "nan"
    assert list(findings)[:2] == ["softmax_over_batch", "derivative_formula_on_preactivation"]
    for name in list(findings)[:2]:
        assert findings[name].prescription == ("faults=[]",)
        assert repeated(findings[name]).outcome == findings[name].verified.after != "nan"


@pytest.mark.slow
def test_x_plus_one_names_the_rate_the_sum_the_raw_data_and_the_biases():
    """At 1e-8 the rate exceeds its limit, for the gradient is summed over raw data; and the biases never move."""
    case, findings = explained("experiment=post/x_plus_one", "optimizer.lr=1e-8", "steps=6000")
    assert case.outcome == "nan"
    assert {"bias_gradient_missing", "learning_rate_too_high", "summed_gradient", "unscaled_inputs"} <= set(findings)
    rate = findings["learning_rate_too_high"]
    assert rate.evidence["ratio"] > 1
    assert "times the limit" in rate.symptom
    assert findings["summed_gradient"].evidence["samples"] == 1000
    for name in ("bias_gradient_missing", "learning_rate_too_high", "summed_gradient"):
        assert findings[name].verified.before == "nan"
    assert repeated(findings["bias_gradient_missing"]).outcome == "converged"
    assert repeated(findings["summed_gradient"]).outcome == "converged"
