"""Tables in CSV and Parquet, right and wrong."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError
from shipped import composed, loaded, refused

from runner.datasets import FAMILIES, Dataset
from runner.errors import Problem

HOUSES = "rooms,area,price\n3,70.5,200\n2,50,150\n5,120,400\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths start in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


def read(text: str | bytes, name: str = "data.csv", targets: Any = "price", **changes: Any) -> Dataset:
    """The data set of a file with this text, as it stands."""
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return loaded("table", path=name, targets=targets, **{"standardize": "none"} | changes)


def problems(text: str | bytes, name: str = "data.csv", targets: Any = "price", **changes: Any) -> list[Problem]:
    """What is wrong with a file with this text."""
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return refused("table", path=name, targets=targets, **changes)


def messages(*arguments: Any, **changes: Any) -> list[str]:
    """The messages of the problems."""
    return [problem.message for problem in problems(*arguments, **changes)]


def test_columns_in_the_order_of_the_file():
    """All columns but the targets are features, in the order of the file."""
    data = read(HOUSES)
    assert (data.task, data.features, data.targets) == ("regression", ("rooms", "area"), ("price",))
    assert data.train.X.tolist() == [[3, 70.5], [2, 50], [5, 120]]
    assert data.train.Y.tolist() == [[200], [150], [400]]


def test_columns_in_the_order_asked_for():
    """Named features come in the order of their names, and several targets are several outputs."""
    data = read(HOUSES, targets=["price", "rooms"], features=["area"])
    assert data.train.X.tolist() == [[70.5], [50], [120]]
    assert data.train.Y.tolist() == [[200, 3], [150, 2], [400, 5]]


def test_labels():
    """Text in the target column makes classes, two kinds of text make a binary task, and so does a task by name."""
    flowers = "petal,kind\n1,rose\n2,lily\n3,iris\n4,rose\n"
    assert read(flowers, targets="kind").targets == ("iris", "lily", "rose")
    assert read("x,y\n1,no\n2,yes\n", targets="y").task == "binary"
    assert read("x,y\n1,0\n2,1\n", targets="y").task == "binary"
    assert read("x,y\n1,3\n2,4\n", targets="y", task="classes").targets == ("3", "4")
    assert read("x,y\n1,3\n2,3a\n", targets="y", task="classes").targets == ("3", "3a")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_found(separator: str):
    """The separator is the one of four that the first line has most; another can be named."""
    assert read(HOUSES.replace(",", separator)).train.X.shape == (3, 2)
    assert read(HOUSES.replace(",", ":"), separator=":").train.X.shape == (3, 2)


def test_forms_of_csv():
    """Quotes, spaces, a byte order mark, Windows line ends, blank lines and exponents are read as people mean them."""
    text = '\ufeff"rooms", area , price\r\n"3",  7.05e1 , 200\r\n\r\n2,50,150\r\n5,120,400'
    assert read(text).digest == read(HOUSES).digest


def test_names_that_look_like_numbers():
    """Columns called 0 and 1 can be named without quotes."""
    data = read("0,1\n5,6\n7,9\n", targets=[1], features=[0])
    assert (data.features, data.targets) == (("0",), ("1",))


def test_every_mistake_at_once():
    """Missing values, text, infinities and absent columns are reported together, by column and line."""
    text = 'age,height,name,price\n30,1.8,"a\nb",1\n\nx,,c,\n-inf,2,d,2\n5,na,e,three\n'
    found = problems(text, targets=["price", "pricee"], features=["age", "height", "name", "hight"])
    assert [(problem.path, problem.message) for problem in found] == [
        ("dataset.features", "there is no column 'hight'"),
        ("dataset.targets", "there is no column 'pricee'"),
        ("dataset.features", "column 'age' is infinite in line 6"),
        (
            "dataset.features",
            "column 'age' holds text in line 5: 'x'; make it a number, or name only columns of numbers in "
            "dataset.features",
        ),
        ("dataset.features", "column 'height' has no value in lines 5 and 7"),
        (
            "dataset.features",
            "column 'name' holds text in every line: 'a\\nb'; make it a number, or name only columns of numbers in "
            "dataset.features",
        ),
        ("dataset.targets", "column 'price' has no value in line 5"),
        (
            "dataset.targets",
            "column 'price' has numbers, but text in line 7: 'three'; fix it, or set dataset.task=classes if "
            "these are labels",
        ),
    ]
    assert found[0].nearest == "height"
    assert found[1].nearest == "price"
    assert found[0].allowed == ["age", "height", "name", "price"]


def test_many_bad_lines_are_counted():
    """The first five lines are named, the others counted."""
    text = "x,price\n1,1\n" + ",1\n" * 9
    assert messages(text) == ["column 'x' has no value in lines 3, 4, 5, 6, 7 and 4 more"]


def test_text_in_a_regression_target():
    """Where regression is asked for, text in the target is an error by line."""
    assert messages("x,y\n1,2\n2,b\n", targets="y", task="regression") == ["column 'y' holds text in line 3: 'b'"]


def test_python_numbers_are_not_all_numbers():
    """1_000 is a number to Python, but text in a table."""
    assert "holds text in every line: '1_000'" in messages("x,price\n1_000,1\n")[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "data.csv: the file is empty"),
        ("x,price\n", "data.csv: the table has no rows"),
        ("x,x,price\n1,2,3\n", "data.csv: two columns have the same name: 'x'"),
        ("x,price\n1,2\n1,2,3\n", "data.csv: line 3 has 3 values, the header has 2 names"),
        ("x,price\n1\n", "data.csv: line 2 has 1 values, the header has 2 names"),
        ('x,price\n1,"2\n', "data.csv: line 2: unexpected end of data"),
        (b"x,price\n1,\xff\n", "data.csv: the text is not UTF-8 (byte 10)"),
        (b"PK\x03\x04\x00\x00", "data.csv: "),
    ],
)
def test_unreadable_csv(text: str | bytes, message: str):
    """A file that is no table is reported with the line where it goes wrong."""
    [problem] = problems(text)
    assert problem.path == "dataset.path"
    assert problem.message.startswith(message)


def test_no_such_file():
    """A missing file is reported with its nearest neighbour; other endings with those that can be read."""
    Path("prices.csv").write_text(HOUSES)
    [problem] = refused("table", path="price.csv", targets="price")
    assert problem.message == "price.csv: there is no such file; did you mean 'prices.csv'?"
    [problem] = refused("table", path="nowhere/price.csv", targets="price")
    assert problem.message == "nowhere/price.csv: there is no such file"
    [problem] = refused("table", path="prices.xlsx", targets="price")
    assert "files ending in '.xlsx' can't be read; allowed: .csv, .tsv, .txt, .parquet, .pq" in problem.message
    Path("folder.csv").mkdir()
    assert len(refused("table", path="folder.csv", targets="price")) == 1


def test_nothing_but_targets():
    """A table whose columns are all targets has nothing to learn from."""
    assert messages("price\n1\n2\n") == ["data.csv has no columns but the targets"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"path": None, "targets": "y"}, "names no file: set dataset.path=data.csv"),
        ({"path": "a.csv"}, r"names no column to predict: set 'dataset.targets=\[price\]'"),
        ({"path": "a.csv", "targets": []}, "names no column to predict"),
        ({"path": "a.csv", "targets": "y", "features": []}, "names no column to learn from"),
        ({"path": "a.csv", "targets": ["y", "z"], "features": ["x", "y"]}, "both a feature and a target: y"),
        ({"path": "a.csv", "targets": [True]}, "targets"),
        ({"path": "a.csv", "targets": "y", "separator": "ab"}, "must be auto, or the character"),
        ({"path": "a.csv", "targets": "y", "separator": " "}, "must be auto, or the character"),
    ],
)
def test_incomplete_settings(changes: dict[str, Any], message: str):
    """A table needs a file and a target, and no column can be both input and target."""
    with pytest.raises(ValidationError, match=message):
        FAMILIES["table"].model_validate(composed("table", **changes))


def test_parquet_gives_what_csv_gives():
    """The same table in Parquet is the same data set."""
    Path("data.csv").write_text(HOUSES)
    pd.read_csv("data.csv").to_parquet("data.parquet")
    csv, parquet = (loaded("table", path=f"data.{ending}", targets="price").digest for ending in ("csv", "parquet"))
    assert csv == parquet


def test_parquet_types():
    """Integers, booleans and decimals are numbers, text and categories are labels."""
    table = pd.DataFrame({"a": [1, 2], "b": [True, False], "kind": pd.Categorical(["x", "y"])})
    table["c"] = table["a"].astype("int8")
    table.to_parquet("data.parquet")
    data = loaded("table", path="data.parquet", targets="kind", standardize="none")
    assert (data.task, data.targets, data.features) == ("binary", ("kind=y",), ("a", "b", "c"))
    assert data.train.X.tolist() == [[1, 1, 1], [2, 0, 2]]


def test_parquet_mistakes_by_row():
    """In Parquet rows are counted from 1, and NaN, null, infinity and dates are reported."""
    day = datetime.date(2020, 1, 2)
    table = pd.DataFrame({"a": [1.0, None, float("inf")], "b": pd.array([1, 2, None], "Int64"), "day": [day] * 3})
    table["price"] = [1.5, 2.0, 3.0]
    table.to_parquet("data.pq")
    found = [problem.message for problem in refused("table", path="data.pq", targets="price")]
    assert found[:3] == [
        "column 'a' has no value in row 2",
        "column 'a' is infinite in row 3",
        "column 'b' has no value in row 3",
    ]
    assert found[3].startswith("column 'day' holds text in every row: '2020-01-02'")


def test_broken_parquet():
    """A file that only ends in .parquet is an error, not a traceback."""
    [problem] = problems(HOUSES, "data.parquet")
    assert problem.message.startswith("data.parquet: it can't be read as a Parquet file (")
