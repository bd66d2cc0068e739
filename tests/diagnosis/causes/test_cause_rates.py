"""Learning rates, sums and raw magnitudes: named with the right numbers, and only where they are to blame."""

import numpy as np
import pytest
from cases import case_of, findings_of, said_by, the_one

LINE = {
    "dataset": {"name": "formula", "formula": "3*x", "low": -1.0, "high": 1.0, "samples": 40, "standardize": "none"},
    "network": {"hidden": [], "bias": False},
    "init": {"weights": {"name": "constant", "value": 0.5}},
    "optimizer": {"name": "sgd", "lr": 0.5},
    "steps": 200,
}


def with_lr(lr: float) -> dict:
    return {**LINE, "optimizer": {"name": "sgd", "lr": lr}}


def curvature(case) -> float:
    """The second derivative of the mean of (w x - y)² / 2: the mean of x²."""
    return float(np.mean(case.setup.dataset.train.X**2))


@pytest.mark.parametrize("factor", [1.5, 20.0])
def test_the_limit_of_a_parabola_is_two_over_its_curvature(factor):
    """On a parabola the limit is exact: above it the run diverges, and the ratio is reported."""
    limit = 2 / curvature(case_of(LINE))
    case = case_of(with_lr(factor * limit))
    suspicion = the_one("learning_rate_too_high", case)
    assert suspicion.evidence["limit"] == pytest.approx(limit, rel=1e-3)
    assert suspicion.evidence["ratio"] == pytest.approx(factor, rel=1e-3)
    assert findings_of(case)[0].cause == "learning_rate_too_high"


def test_momentum_raises_the_limit():
    """With momentum b a parabola tolerates (1 + b) times the rate."""
    momentum = {"name": "sgd", "momentum": 0.5}
    limit = 3 / curvature(case_of(LINE))
    below = case_of({**LINE, "optimizer": {**momentum, "lr": 0.95 * limit}})
    above = case_of({**LINE, "optimizer": {**momentum, "lr": 1.05 * limit}})
    assert below.outcome == "converged"
    assert above.outcome in ("diverged", "nan")
    assert the_one("learning_rate_too_high", above).evidence["limit"] == pytest.approx(limit, rel=1e-3)


def test_a_rate_just_inside_the_limit_is_not_blamed():
    """Below the limit the loss doesn't rise, and nothing is said."""
    case = case_of(with_lr(0.9 * 2 / curvature(case_of(LINE))))
    assert findings_of(case) == []


def test_a_rate_that_is_too_low_is_measured_against_the_limit():
    """How far below the limit, and by how much the loss fell."""
    case = case_of(with_lr(1e-6))
    suspicion = the_one("learning_rate_too_low", case)
    assert suspicion.evidence["ratio"] == pytest.approx(1e-6 * curvature(case) / 2, rel=1e-3)
    assert suspicion.evidence["fall"] == pytest.approx(1 - case.losses[-1] / case.losses[0])
    assert findings_of(case)[0].cause == "learning_rate_too_low"


SINE = {
    "dataset": {"name": "sine", "samples": 80},
    "network": {"hidden": [8]},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 2000,
}


@pytest.mark.parametrize(
    "schedule",
    [{"name": "exponential", "every": 10, "factor": 0.7}, {"name": "warmup", "steps": 1_000_000}],
)
def test_a_schedule_that_leaves_nothing_of_the_rate(schedule):
    """What it leaves over the second half is named; the constant rate is the fix."""
    case = case_of({**SINE, "optimizer": {**SINE["optimizer"], "schedule": schedule}})
    [said] = [one for one in said_by("learning_rate_too_low", case) if "schedule" in one.evidence]
    assert said.evidence["later"] == pytest.approx(np.nanmedian(case.history["lr"][1000:]), rel=0.01)
    first = findings_of(case)[0]
    assert first.cause == "learning_rate_too_low"
    assert first.prescription == ("optimizer.schedule=constant",)
    assert first.verified is not None


def test_a_usual_schedule_is_not_blamed():
    """A cosine or a few halvings leave enough."""
    for schedule in ({"name": "cosine"}, {"name": "step", "every": 500}):
        case = case_of({**SINE, "optimizer": {**SINE["optimizer"], "schedule": schedule}})
        assert not [one for one in said_by("learning_rate_too_low", case) if "schedule" in one.evidence]


def test_a_run_that_was_stopped_early_needs_more_patience():
    """More steps would be stopped at the same one: the patience is what to change."""
    case = case_of(
        {
            "dataset": {"name": "circles", "valid_fraction": 0.3},
            "network": {"hidden": [8]},
            "optimizer": {"name": "sgd", "lr": 0.3},
            "batch_size": 16,
            "steps": 3000,
            "watch": {"evaluate": 1},
            "early_stop": {"metric": "valid_loss", "patience": 1},
        }
    )
    assert not case.healthy
    first = findings_of(case)[0]
    assert (first.cause, first.where["step"]) == ("too_few_steps", len(case.losses) - 1)
    assert first.prescription[0].startswith("early_stop.patience=")
    assert first.verified is not None


def test_an_adaptive_optimiser_is_judged_by_the_size_of_its_steps():
    """Adam has no limit; steps larger than the parameters are too large all the same."""
    case = case_of(
        {
            **LINE,
            "dataset": "circles",
            "network": {"hidden": [8]},
            "init": {},
            "optimizer": {"name": "adam", "lr": 50.0},
            "steps": 300,
        }
    )
    first = findings_of(case)[0]
    assert first.cause == "learning_rate_too_high"
    assert first.evidence["limit"] is None
    assert first.evidence["ratio"] > 1


def test_a_run_that_is_cut_short_needs_more_steps():
    """At a sensible rate a loss that still falls takes more steps, not another rate."""
    case = case_of({**with_lr(0.2), "steps": 3})
    first = findings_of(case)[0]
    assert first.cause == "too_few_steps"
    assert first.prescription == ("steps=300",)


def test_a_summed_loss_is_blamed_where_the_mean_would_be_stable():
    """The sum over 40 samples is 40 times as steep; divided by 40 the rate is inside the limit."""
    case = case_of({**LINE, "loss": {"reduction": "sum"}})
    suspicion = the_one("summed_gradient", case)
    assert suspicion.evidence["ratio"] == pytest.approx(0.5 * 40 * curvature(case) / 2, rel=1e-3)
    assert suspicion.evidence["ratio_averaged"] == pytest.approx(0.5 * curvature(case) / 2, rel=1e-3)
    first, *_ = findings_of(case)
    assert first.cause == "summed_gradient"
    assert first.prescription == ("loss.reduction=mean",)


def test_a_summed_loss_with_a_rate_to_match_is_fine():
    """A sum is no mistake by itself."""
    assert findings_of(case_of({**with_lr(0.5 / 40), "loss": {"reduction": "sum"}})) == []


RAW = {
    "dataset": {"name": "x_plus_one", "standardize": "none"},
    "network": {"hidden": []},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 300,
}


def test_raw_inputs_are_named_before_the_rate_that_they_make_too_high():
    """The rate is right for standardised data, so the data are what is wrong."""
    case = case_of(RAW)
    findings = findings_of(case)
    causes = [finding.cause for finding in findings]
    assert causes[0] == "unscaled_inputs"
    assert "learning_rate_too_high" in causes
    size = float(np.sqrt(np.mean(case.setup.dataset.train.X**2)))
    assert findings[0].evidence["rms"] == pytest.approx(size)
    assert findings[0].verified.after == "converged"


def test_standardised_data_are_never_unscaled():
    """What has been standardised has magnitude 1."""
    case = case_of(
        {**RAW, "dataset": {"name": "x_plus_one", "standardize": "both"}, "optimizer": {"name": "sgd", "lr": 5.0}}
    )
    assert said_by("unscaled_inputs", case) == []
    assert said_by("unscaled_targets", case) == []


def test_raw_targets_are_named_where_the_inputs_are_fine():
    """A thousand times the targets: a thousand times the gradient."""
    config = {
        "dataset": {"name": "formula", "formula": "10000*x", "standardize": "none"},
        "network": {"hidden": [8]},
        "optimizer": {"name": "sgd", "lr": 0.1},
        "steps": 500,
    }
    case = case_of(config)
    first = findings_of(case)[0]
    assert first.cause == "unscaled_targets"
    assert first.evidence["rms"] == pytest.approx(float(np.sqrt(np.mean(case.setup.dataset.train.Y**2))))
    assert said_by("unscaled_inputs", case) == []


def test_no_rate_is_to_blame_for_a_loss_that_was_lost_before_the_first_update():
    """A loss that isn't finite at step 0 owes nothing to the learning rate, however high that is."""
    case = case_of(
        {
            "dataset": {"name": "circles", "samples": 60},
            "network": {"hidden": [8]},
            "init": {"weights": {"name": "normal", "std": 2000.0}},
            "loss": {"from_logits": False},
            "optimizer": {"name": "sgd", "lr": 100.0},
        }
    )
    assert case.outcome == "nan"
    assert len(case.losses) == 1
    assert not said_by("learning_rate_too_high", case)


def test_a_rate_within_its_limit_is_reported_only_with_a_fix():
    """A run that blew up although its rate was below the limit at the start says where that limit holds."""
    config = {
        "dataset": {"name": "circles", "samples": 60},
        "network": {"hidden": [8, 8]},
        "loss": {"reduction": "sum"},
        "optimizer": {"name": "sgd", "lr": 0.01},
        "faults": ["sign_flipped"],
        "steps": 200,
    }
    case = case_of(config)
    assert case.outcome in ("nan", "diverged")
    assert case.rate_ratio < 1.0
    [suspicion] = said_by("learning_rate_too_high", case)
    assert suspicion.symptom.startswith("The learning rate is too high later in the run: at the start, 0.01 is ")
    assert suspicion.by_fix_alone


def test_an_optimizer_without_a_rate_has_no_wrong_one():
    """L-BFGS makes large steps on purpose, and no key could make them smaller."""
    xor = {"dataset": {"name": "xor"}, "network": {"hidden": [], "activation": []}, "steps": 20}
    case = case_of({**xor, "optimizer": {"name": "lbfgs"}})
    assert case.rate_ratio > 1.0
    assert not said_by("learning_rate_too_high", case)
    assert not said_by("learning_rate_too_low", case)


def test_a_limit_that_is_no_rate_for_anybody_is_not_told():
    """Where the loss is so sharp that a stable step changes no digit that counts, no finding prints that limit."""
    x = np.linspace(1e7, 1.1e7, 20)
    data = {"name": "inline", "X": x[:, None].tolist(), "Y": (0.5 * x[:, None] + 1e-6).tolist()}
    sharp = {**LINE, "dataset": data, "steps": 30}
    case = case_of(sharp)
    assert case.outcome in ("nan", "diverged")
    assert case.limit is None
    assert all("e-1" not in one.symptom for one in said_by("learning_rate_too_high", case))
    raw = case_of({**sharp, "init": {"weights": {"name": "constant", "value": 3.0}}})
    assert raw.limit == pytest.approx(2 / curvature(raw), rel=1e-3)
