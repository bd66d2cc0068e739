"""The graph of causes, and the thresholds that each of them names."""

import ast
import inspect
from graphlib import TopologicalSorter

import pytest

from runner.diagnosis.causes import CAUSES
from runner.diagnosis.graph import EXPLAINS, EXPLAINS_IF, consequences
from runner.settings.diagnosis import Thresholds

# What is good, and what a fix has to gain: of no cause in particular.
GENERAL = {"good_progress", "gain"}


def arrows(cause: str) -> frozenset[str]:
    """What a cause may explain under any conditions."""
    return consequences(cause, EXPLAINS_IF.get(cause, {}))


def test_the_graph_has_no_circle():
    """Nothing explains itself, by however many others: there is always a cause that nothing left explains."""
    TopologicalSorter({cause: arrows(cause) for cause in CAUSES}).prepare()


def test_the_graph_names_known_causes_alone():
    """Each arrow goes from a cause that there is to one that there is."""
    assert {*EXPLAINS, *EXPLAINS_IF} <= set(CAUSES)
    assert {one for cause in CAUSES for one in arrows(cause)} <= set(CAUSES)


def test_some_arrows_hold_under_a_condition_alone():
    """A rate is explained by the start only where the start is to blame for it; a fault explains nothing by itself."""
    assert "learning_rate_too_high" not in consequences("poor_init_scale")
    assert "learning_rate_too_high" in consequences("poor_init_scale", {"start explains the rate"})
    assert consequences("sign_flipped") == frozenset()


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_names_the_thresholds_that_it_uses(name: str):
    """`show causes` shows what the code of a cause compares with, and no more."""
    cause = CAUSES[name]
    tree = ast.parse(inspect.getsource(inspect.getmodule(type(cause))))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & set(Thresholds.model_fields)
    assert used - GENERAL <= set(cause.thresholds) <= set(Thresholds.model_fields)


def test_every_threshold_is_named_by_a_cause():
    """No number of `diagnosis.thresholds` is left that nothing is compared with."""
    named = {threshold for cause in CAUSES.values() for threshold in cause.thresholds}
    assert set(Thresholds.model_fields) - named <= GENERAL
