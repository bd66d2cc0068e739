"""Files whose data are not there: rows are made up, or their classes are checked alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked_files import line_of, told

pytestmark = pytest.mark.usefixtures("warm_workers")

ROWS_OF_TEXT = """
from numpy import *

def load():
    data, labels = [], []
    for line in open("no_such_rows.txt").readlines():
        parts = line.strip().split()
        data.append([1.0, float(parts[0]), float(parts[1])])
        labels.append(int(parts[2]))
    return data, labels

def train(data, labels):
    X, y = matrix(data), matrix(labels).transpose()
    weights = ones((X.shape[1], 1))
    for step in range(500):
        h = 1 / (1 + exp(-X * weights))
        error = SIDES
        weights = weights + 0.001 * X.transpose() * error
    return weights

print(train(*load()))
"""
SOUND, TURNED = "y - h", "h - y"

CLASS_ALONE = """
import json
import numpy as np

class Net:
    def __init__(self, inputs, hidden, outputs):
        rng = np.random.default_rng(0)
        self.W, self.V = rng.normal(size=(inputs, hidden)), rng.normal(size=(hidden, outputs))

    def train(self, X, Y, rate=0.1):
        H = np.tanh(X @ self.W)
        error = H @ self.V - Y
        loss = 0.5 * np.sum(error**2)
        dH = error @ self.V.T * SLOPE
        self.V -= rate * H.T @ error
        self.W -= rate * X.T @ dH
        return loss

settings = json.load(open("no_such_settings.json"))
net = Net(settings["inputs"], 5, 2)
for step in range(10):
    net.train(np.array(settings["X"]), np.array(settings["Y"]))
"""

PERCEPTRON = """
import numpy as np
import pandas as pd

class Perceptron:
    def fit(self, X, y):
        self.w = np.zeros(X.shape[1])
        for step in range(5):
            for row, wanted in zip(X, y):
                self.w += 0.1 * (wanted - np.where(row @ self.w >= 0, 1, -1)) * row

table = pd.read_csv("no_such_table.csv")
Perceptron().fit(table.iloc[:, 1:].values, np.where(table.iloc[:, 0].values == 1, 1, -1))
"""


@pytest.mark.parametrize("sides", [SOUND, TURNED])
def test_rows_of_a_missing_text_are_made_up(tmp_path: Path, sides: str) -> None:
    """What a program takes apart line by line is read from made-up lines, and that is said."""
    result = told(tmp_path, ROWS_OF_TEXT.replace("SIDES", sides))
    assert any("no_such_rows.txt could not be read" in note and "made-up samples" in note for note in result["notes"])
    assert result["passed"] == (sides == SOUND), result["sentence"]
    if sides == TURNED:
        lines = [line_of(ROWS_OF_TEXT, "error = "), line_of(ROWS_OF_TEXT, "weights = weights +")]
        assert result["edits"][0]["line"] in lines


@pytest.mark.parametrize("slope", ["(1 - H**2)", "(1 - H)"])
def test_a_class_is_checked_where_what_its_file_reads_is_missing(tmp_path: Path, slope: str) -> None:
    """Settings that can't be made up stop the script, and not the check of the class in it."""
    result = told(tmp_path, CLASS_ALONE.replace("SLOPE", slope))
    assert any("raised FileNotFoundError" in note and "other samples" in note for note in result["notes"])
    assert result["passed"] == (slope == "(1 - H**2)"), result["sentence"]
    if not result["passed"]:
        assert result["edits"][0]["line"] == line_of(CLASS_ALONE, "dH = ")


def test_a_rule_without_gradient_is_called_so_where_its_data_are_missing(tmp_path: Path) -> None:
    """The missing table is not what stops the check of a perceptron."""
    assert "by a comparison alone" in told(tmp_path, PERCEPTRON)["sentence"]
