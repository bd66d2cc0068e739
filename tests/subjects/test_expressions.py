"""Expressions of subject.names, and the places of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression
from runner.subjects.parameters import parameters_of


class Net:
    """Private, listed and shared arrays."""

    def __init__(self) -> None:
        self.__hidden = np.array([1.0, 2.0])
        self.W = [np.ones((2, 2)), np.zeros((2, 1))]
        self.shared = {"again": self.W[0]}
        self.single = np.ones(3, dtype=np.float32)
        self.b = 0.5
        self.count = 0

    def twice(self, x: Any, *, plus: float = 0.0) -> Any:
        self.count += 1
        return 2 * x + plus

    def grow(self) -> None:
        self.W = [array + 1.0 for array in self.W]

    @property
    def hidden(self) -> Any:
        return self.__hidden


def value(text: str, net: Net, **scope: Any) -> Any:
    return Expression(text).evaluate(net, {"self": net, **scope}, {"helper": len})


def found(text: str, net: Net) -> Any:
    return parameters_of(Expression(text), net, lambda part: value(part, net))


def test_names_are_those_of_the_subject() -> None:
    """Methods and attributes by their bare names, private ones too, then what the file defines."""
    net = Net()
    assert value("twice(X, plus=1)", net, X=3) == 7
    assert value("__hidden.sum()", net) == 3.0
    assert value("self.__hidden[1]", net) == 2.0
    assert value("helper([1, 2]) + np.abs(-1)", net) == 3
    assert value("[twice(x) for x in range(3)]", net) == [0, 2, 4]


def test_statements_come_one_after_the_other() -> None:
    """What an earlier statement changes, a later one sees; bare names that are assigned are its own."""
    net = Net()
    assert value("twice(1); twice(2); count", net) == 2
    assert value("a = twice(4); self.count = 10; [a, count]", net) == [8, 10]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("twcie(1)", "there is no 'twcie'"),
        ("twice(1", "is no expression"),
        ("import os; os", "nothing can be imported"),
        ("self.__class__", "Python's own"),
        ("open('file')", "there is no 'open'"),
        ("", "is empty"),
    ],
)
def test_what_an_expression_can_not_be(text: str, says: str) -> None:
    """Unknown names, slips of syntax, imports and Python's own attributes are refused."""
    with pytest.raises(Complaint) as caught:
        value(text, Net())
    assert says in caught.value.message
    assert text != "twcie(1)" or caught.value.nearest == "twice"


def test_an_array_is_set_wherever_it_is_kept() -> None:
    """In place, and in every attribute, list and dict that held it when it was found, a new list included."""
    net = Net()
    first, second = found("W", net)
    assert [one.name for one in (first, second)] == ["W[0]", "W[1]"]
    first.set(np.full((2, 2), 7.0))
    assert net.shared["again"][0, 0] == 7.0
    net.shared["again"] = np.zeros((2, 2))
    assert np.array_equal(first.now(), np.zeros((2, 2)))
    first.set(np.full((2, 2), 8.0))
    assert net.shared["again"] is net.W[0]


def test_numbers_and_single_precision() -> None:
    """A number is set as an attribute; float32 is kept as float64 meanwhile."""
    net = Net()
    b, single = found("[b, single]", net)
    assert (b.name, b.shape, single.name, single.kept_as) == ("b", (), "single", "float32")
    single.widen()
    single.set(np.full(3, 1.0 + 1e-12))
    b.set(np.array(0.25))
    assert net.b == 0.25
    assert net.single.dtype == np.float64
    assert (net.single != 1.0).all()
