"""The diagnosis as a whole: what is said of broken runs and of healthy ones, and what is run for it."""

import time
from dataclasses import replace

import numpy as np
import pytest

from runner.diagnosis import cost
from runner.diagnosis.case import Case
from runner.diagnosis.causes import CAUSES
from runner.diagnosis.diagnose import diagnose, foresee
from runner.diagnosis.fixes.attempts import Attempts, cost_of, train
from runner.diagnosis.fixes.changes import Change
from runner.diagnosis.ranking import Examined, kept, ranked
from runner.diagnosis.skipping import beyond_limit
from runner.diagnosis.suspicion import Suspicion
from runner.files.finding import Gain
from runner.settings import validate
from runner.training.setup import prepare
from runner.training.stopping import Interruption

XOR = {
    "dataset": "xor",
    "network": {"hidden": [8]},
    "optimizer": {"name": "sgd", "lr": 1.0},
    "steps": 2000,
    "diagnosis": {"budget": 60.0},
}
SINE = {
    "dataset": {"name": "sine", "standardize": "both"},
    "network": {"hidden": [8], "activation": "tanh"},
    "optimizer": {"name": "sgd", "lr": 0.1},
    "steps": 1500,
    "diagnosis": {"budget": 60.0},
}


def case_of(config: dict, **more: object) -> Case:
    return train(prepare(validate({**config, **more})), Interruption())


def with_lr(config: dict, lr: float) -> dict:
    return {**config, "optimizer": {**config["optimizer"], "lr": lr}}


@pytest.mark.parametrize("config", [XOR, SINE])
def test_nothing_is_said_of_a_healthy_run(config):
    """A run that learns has no findings, and no fix is run for it."""
    tried = []
    assert diagnose(case_of(config), report=tried.append) == []
    assert tried == []


@pytest.mark.parametrize(
    ("config", "lr", "cause"),
    [
        (XOR, 100.0, "learning_rate_too_high"),
        (SINE, 20.0, "learning_rate_too_high"),
        (XOR, 1e-4, "learning_rate_too_low"),
    ],
)
def test_a_wrong_rate_is_named_first_and_fixed(config, lr, cause):
    """The cause is the rate, and the fix that is printed leads to a healthy run when it is run again."""
    case = case_of(with_lr(config, lr))
    first = diagnose(case)[0]
    assert first.cause == cause
    assert first.evidence["lr"] == lr
    [text] = first.prescription
    path, _, rate = text.partition("=")
    assert path == "optimizer.lr"
    again = case_of(with_lr(config, float(rate)))
    assert again.fixes(case)
    assert again.outcome == first.verified.after
    assert again.losses[-1] == first.verified.loss


def test_the_limit_is_that_of_the_dense_hessian():
    """The evidence of a rate that is too high is 2 over the largest eigenvalue of the Hessian by differences."""
    case = case_of(with_lr(XOR, 100.0))
    theta, X, Y = case.setup.initial, case.setup.dataset.train.X, case.setup.dataset.train.Y[:, 0]

    def gradient(theta):
        # 2-8-1, tanh and a sigmoid under binary cross-entropy, by the textbook; theta holds [W1 b1], [W2 b2] by rows.
        first, second = theta[:24].reshape(8, 3), theta[24:]
        A = np.tanh(X @ first[:, :2].T + first[:, 2])
        D = (1 / (1 + np.exp(-(A @ second[:8] + second[8]))) - Y) / len(X)
        back = np.outer(D, second[:8]) * (1 - A**2)
        return np.concatenate([np.column_stack([back.T @ X, back.sum(0)]).ravel(), A.T @ D, [D.sum()]])

    steps = 1e-5 * np.eye(len(theta))
    hessian = np.array([(gradient(theta + step) - gradient(theta - step)) / 2e-5 for step in steps])
    limit = 2 / np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    assert diagnose(case)[0].evidence["limit"] <= limit * 1.02
    assert case._limit_at_start == pytest.approx(limit, rel=0.02)


@pytest.mark.parametrize("fault", ["missing_activation_derivative@1", "sign_flipped", "targets_shuffled_apart"])
def test_a_fault_comes_first_and_leaving_it_out_fixes_the_run(fault):
    """Faults are found from what the program computes and the data are, before what follows from them."""
    first = diagnose(case_of(SINE, faults=[fault]))[0]
    assert first.cause == fault.partition("@")[0]
    assert first.prescription == ("faults=[]",)
    assert first.verified.after in ("converged", "finished")


def test_a_fault_that_does_no_harm_is_reported_all_the_same():
    """A gradient that is wrong by a factor is a finding of a run that converged, too."""
    case = case_of(with_lr(XOR, 0.5), faults=["constant_scale=3"])
    assert case.outcome == "converged"
    [finding] = diagnose(case)
    assert finding.cause == "constant_scale"
    ratios = [slope["ratio"] for slope in finding.evidence["slopes"].values()]
    np.testing.assert_allclose(ratios, 3.0, rtol=1e-6)


def test_of_two_faults_both_are_named():
    """Two mistakes at once are two findings, with the fix that leaves both out."""
    findings = diagnose(case_of(SINE, faults=["bias_gradient_missing@1", "sign_flipped@2"]))
    assert {finding.cause for finding in findings[:2]} == {"bias_gradient_missing", "sign_flipped"}
    assert all(finding.prescription == ("faults=[]",) for finding in findings[:2])


@pytest.mark.slow
def test_where_one_change_is_not_enough_a_pair_is_found():
    """Raw targets of a thousand under a rate that is too low even when they are scaled take two changes."""
    config = {**with_lr(SINE, 1e-6), "dataset": {"name": "formula", "formula": "1000*x", "standardize": "none"}}
    findings = diagnose(case_of(config))
    assert findings[0].verified is not None
    assert findings[0].verified.after == "converged"
    assert any(len(finding.prescription) == 2 or finding.cause == "learning_rate_too_low" for finding in findings)


@pytest.mark.parametrize("without", [{"budget": 0.0}, {"fixes": False, "budget": 60.0}])
def test_without_fixes_causes_are_named_and_nothing_is_run(without):
    """A budget of 0, or no fixes at all, leaves the evidence, without a fix that nobody has run."""
    tried = []
    findings = diagnose(case_of({**with_lr(XOR, 100.0), "diagnosis": without}), report=tried.append)
    assert findings[0].cause == "learning_rate_too_high"
    assert findings[0].verified is None
    assert findings[0].prescription == ()
    assert tried == []


def test_what_was_tried_in_vain_is_kept():
    """Fixes that were run and didn't help stand beside the one that did."""
    findings = diagnose(case_of(with_lr(XOR, 1e-4)))
    tried = [attempt for finding in findings for attempt in finding.tried]
    assert all(attempt.prescription and attempt.after for attempt in tried)


def test_a_run_diagnosed_twice_gives_the_same():
    """With time enough nothing in the diagnosis depends on chance."""
    case = case_of(with_lr(SINE, 20.0))
    assert [finding.to_dict() for finding in diagnose(case)] == [finding.to_dict() for finding in diagnose(case)]


def test_foreseen_causes_are_reported_from_the_setup_alone():
    """What the configuration shows is known before the first step."""
    [suspicion] = foresee(prepare(validate({**XOR, "network": {"hidden": [8], "output": "softmax"}})))
    assert suspicion.cause == "softmax_on_one_unit"


def test_an_attempt_leaves_the_random_streams_of_the_run_alone():
    """A changed version starts from the numbers that the run started from."""
    case = case_of(XOR)
    again = Attempts(case.setup.settings, 60.0, lambda text: None, Interruption()).run((Change("steps", 1999),))
    np.testing.assert_array_equal(again.setup.initial, case.setup.initial)
    np.testing.assert_array_equal(again.losses[:1999], case.losses[:1999])


def examined(cause: str, strength: float, worked: bool = False) -> Examined:
    one = Examined(Suspicion(cause, "", {}, strength=strength))
    one.fixed = object() if worked else None  # type: ignore[assignment]
    return one


def test_a_cause_comes_before_what_follows_from_it():
    """A consequence with the larger number comes after its root, unless only the consequence was fixed."""
    root, consequence = examined("learning_rate_too_high", 1.0), examined("log_of_zero", 5.0)
    assert ranked([consequence, root]) == [root, consequence]
    fixed = examined("log_of_zero", 5.0, worked=True)
    assert ranked([root, fixed]) == [fixed, root]


def test_a_longer_run_that_was_tried_in_vain_is_no_cause():
    """That the loss still falls fits any run; where no longer one gets anywhere it isn't named, without a try it is."""
    config = {
        "dataset": {"name": "circles", "samples": 120, "factor": 0.3},
        "network": {"hidden": [8], "activation": "relu", "bias": False},
        "optimizer": {"name": "adam", "lr": 0.003},
        "steps": 300,
        "diagnosis": {"budget": 60.0},
    }
    case = case_of(config)
    assert list(CAUSES["too_few_steps"].look(case))
    assert "too_few_steps" not in [finding.cause for finding in diagnose(case)]
    one = Examined(Suspicion("too_few_steps", "", {}, by_fix_alone=True), tried=[((), case)])
    assert one.refuted
    one.tried = [((), replace(case, cut_short=True))]
    assert not one.refuted
    slow = {**with_lr(XOR, 1e-3), "diagnosis": {"budget": 0.0}}
    assert "too_few_steps" in [finding.cause for finding in diagnose(case_of(slow))]


@pytest.mark.slow
def test_a_run_that_came_through_tells_its_measure_before_and_after():
    """That a run finished says little: the accuracy of the broken run and of the fixed one stand beside it."""
    case = case_of(
        {
            "dataset": {"name": "circles", "samples": 120},
            "network": {"hidden": [8]},
            "init": {"weights": {"name": "constant", "value": 0.3}},
            "optimizer": {"name": "adam", "lr": 0.01},
            "steps": 600,
            "diagnosis": {"budget": 60.0},
        }
    )
    assert case.outcome == "finished"
    verified = diagnose(case)[0].verified
    assert verified.measured == Gain("accuracy", case.conclusion.quality, verified.quality)
    assert diagnose(case_of(with_lr(XOR, 100.0)))[0].verified.measured is None


def test_a_fix_that_was_cut_short_says_so():
    """Of a run for which the budget was too small the number of steps that were run is known."""
    case = case_of(with_lr(XOR, 1e-4))
    fixed = Attempts(case.setup.settings, 1.0, lambda text: None, Interruption()).run((Change("steps", 4_000_000),))
    assert fixed.cut_short
    assert 0 < len(fixed.history) - 1 < 4_000_000
    whole = Attempts(case.setup.settings, 60.0, lambda text: None, Interruption()).run((Change("steps", 500),))
    assert not whole.cut_short


def test_where_time_is_short_the_fixes_of_a_root_are_run_first():
    """Units that a long step killed are certain, and yet the rate that killed them is fixed before them."""
    config = {
        "dataset": {"name": "circles", "samples": 120},
        "network": {"hidden": [16], "activation": "relu"},
        "init": {"weights": "he"},
        "optimizer": {"name": "sgd", "lr": 100.0},
        "steps": 400,
        "diagnosis": {"budget": 60.0},
    }
    case, tried = case_of(config), []
    assert [suspicion.certain for suspicion in CAUSES["dead_units"].look(case)] == [True]
    first, *_ = CAUSES["learning_rate_too_high"].look(case)
    diagnose(case, report=tried.append)
    assert tried[0] == " ".join(map(str, first.fixes[0]))


def test_of_a_lost_run_something_is_said_even_if_its_fixes_speak_against_it():
    """A plateau that no longer run leaves in time: that it still falls is all there is to say of a stalled run."""
    case = case_of(with_lr(XOR, 1e-4))
    one = Examined(Suspicion("too_few_steps", "", {}, by_fix_alone=True), tried=[((), case)])
    proven = Examined(Suspicion("missing_bias", "", {}, certain=True), tried=[((), case)])
    assert case.outcome == "stalled"
    assert list(kept([one], case)) == [one]
    assert list(kept([proven, one], case)) == [proven]
    finished = replace(case, conclusion=replace(case.conclusion, outcome="finished"))
    assert list(kept([one], finished)) == []


def test_what_is_run_does_not_depend_on_the_clock(monkeypatch):
    """Work is counted: on a machine a thousand times as busy the same fixes are run for the same steps."""
    case = case_of(with_lr(XOR, 1e-4), diagnosis={"budget": 0.1})
    quick = [finding.to_dict() for finding in diagnose(case)]
    for clock in ("perf_counter", "monotonic", "thread_time", "process_time"):
        now = getattr(time, clock)
        monkeypatch.setattr(time, clock, lambda now=now: 1000.0 * now())
    assert [finding.to_dict() for finding in diagnose(case)] == quick
    planned = [finding["verified"]["planned"] for finding in quick if finding["verified"]]
    assert any(planned) or any(attempt["cut_short"] for finding in quick for attempt in finding["tried"])


def test_an_attempt_costs_no_more_than_its_share():
    """A run is cut short after as many steps as a fifth of the budget pays for."""
    settings = case_of(XOR, steps=1).setup.settings
    fixed = Attempts(settings, 1.0, lambda text: None, Interruption()).run((Change("steps", 4_000_000),))
    assert len(fixed.history) - 1 == int(0.2 / cost.of_step(fixed.setup))
    assert cost_of(fixed) == pytest.approx(0.2, rel=1e-3)


def test_a_larger_network_costs_more():
    """The cost of a step grows with units, samples and layers, and float32 is cheaper than float64."""

    def costs(**more: object) -> float:
        return cost.of_step(prepare(validate({**SINE, **more})))

    wider, deeper = {"hidden": [64], "activation": "tanh"}, {"hidden": [8, 8], "activation": "tanh"}
    assert costs() < min(costs(network=wider), costs(network=deeper))
    assert costs(network=wider, dtype="float32") < costs(network=wider)
    assert costs() < costs(dataset={"name": "sine", "standardize": "both", "samples": 10_000})


def test_a_fault_whose_removal_changes_nothing_gets_the_whole_fix():
    """A wrong line and a rate far too low: the fault comes first, its fix changes both, and says that it has to."""
    case = case_of(with_lr(XOR, 1e-4), faults=["sign_flipped"])
    fault, other, *_ = diagnose(case)
    assert fault.cause == "sign_flipped"
    assert other.cause == "learning_rate_too_low"
    assert fault.symptom.endswith("Removing it alone is not enough; see cause 2.")
    assert fault.prescription == other.prescription
    assert [text.partition("=")[0] for text in fault.prescription] == ["faults", "optimizer.lr"]
    assert fault.tried[0].prescription == ("faults=[]",)


def test_no_rate_above_the_limit_that_is_reported_is_tried():
    """Beside a limit of 1.2, a change of the rate alone to 2 is no advice; with another start it may be."""
    case = case_of(with_lr(XOR, 1e-4))
    assert case.limit is not None
    rate = Change("optimizer.lr", 2.0 * case.limit)
    assert beyond_limit((rate,), case)
    assert beyond_limit((rate, Change("steps", 20000)), case)
    assert not beyond_limit((rate, Change("init.weights", "he")), case)
    assert not beyond_limit((Change("optimizer.lr", 0.5 * case.limit),), case)


def test_what_was_tried_in_vain_is_noted():
    """A run that is not healthy and has no cause leaves an event with what it reached and each fix that was run."""
    events = []
    odd = {"name": "inline", "X": [k / 28 for k in range(29)], "Y": [k % 2 for k in range(29)], "task": "regression"}
    units = {"hidden": [1], "activation": "sigmoid", "output": "sigmoid"}
    case = case_of(with_lr(XOR, 0.5), dataset=odd, network=units, steps=300, diagnosis={"budget": 0.5})
    assert diagnose(case, note=events.append) == []
    [event] = events
    assert event.measured.name == "R²"
    assert event.measured.after == case.conclusion.quality < 0.6
    assert event.tried
    assert all(one.prescription for one in event.tried)
    assert diagnose(case_of(XOR), note=events.append) == []
    assert len(events) == 1, "a healthy run leaves none"


def noisy(seed: int = 735) -> dict:
    """A tenth of the samples in a class that overlaps the other, and a network that could learn them by heart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(400) < 40
    X = rng.normal(size=(400, 4))
    X[:, 1] += 2.4 * labels
    dataset = {"name": "inline", "X": X.tolist(), "Y": labels.astype(int).tolist(), "standardize": "inputs"}
    return {"dataset": dataset, "network": {"hidden": [6]}, "optimizer": {"name": "sgd", "lr": 0.3}, "steps": 700}


def test_a_run_that_is_as_good_as_the_reference_is_not_accused():
    """Its loss still falls, and no fix helps with held-out samples: what is missing is noise, and nothing is said."""
    case = case_of(noisy(), diagnosis={"budget": 1.0})
    assert not case.healthy  # by the numbers of the run alone
    assert case.matches_reference
    noted, tried = [], []
    assert diagnose(case, note=noted.append, report=tried.append) == []
    assert noted == []
    assert "steps=2100" in tried
