"""`predict`: numbers, files and lines in, predictions out, mistakes reported with their line."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from run_folders import finished, line_arrays, network_arrays

from runner.cli.commands import predict
from runner.cli.commands.predict import samples, split
from runner.errors import UserError

ROOT = Path(__file__).parents[2]
XOR = {"task": "binary", "dataset": {"name": "xor", "digest": "0", "features": ["x1", "x2"], "targets": ["y"]}}
CLASSES = {"task": "classes", "dataset": {"name": "b", "digest": "0", "features": ["x"], "targets": ["cat", "dog"]}}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working folder of its own, and no store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def line(tmp_path: Path) -> str:
    """The folder of a run that learnt y = 2 x + 1."""
    return str(finished(tmp_path / "outputs" / "line", line_arrays(2.0, 1.0)))


@pytest.fixture
def pair(tmp_path: Path) -> str:
    """The folder of a classifier of two inputs: class 1 where x1 > x2."""
    arrays = network_arrays([2, 1], ["sigmoid"], [np.array([[2.0], [-2.0]])], [np.zeros(1)])
    return str(finished(tmp_path / "outputs" / "pair", arrays, **XOR))


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The lines that a command prints."""
    assert predict.main(list(arguments)) == 0
    return capsys.readouterr().out.splitlines()


def test_each_number_is_a_sample_of_one_input(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A network with one input answers each number on a line of its own, negative ones and exponents too."""
    assert answered(capsys, line, "3", "-5", "1e3", "0.123456789") == ["7", "-9", "2001", "1.24691"]


def test_it_is_said_once_that_an_input_is_outside_the_trained_range(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with the range in the units of the data; a little beyond it, and with older runs, nothing."""
    ends = {"range/low": np.array([-1.0]), "range/high": np.array([1.0])}
    arrays = {**line_arrays(2.0, 1.0), "scaling/input_mean": np.array([5.0]), "scaling/input_scale": np.array([2.0])}
    known = str(finished(tmp_path / "outputs" / "known", {**arrays, **ends}))
    assert predict.main([known, "3", "7.1", "8", "9"]) == 0
    assert capsys.readouterr().err == (
        "warning: x = 8 is outside the range that the network was trained on, 3 to 7 (2 of 4 samples are outside it): "
        "its answers there are extrapolated, and nothing has tested them\n"
    )
    assert predict.main([known, "3", "7.1"]) == 0
    assert predict.main([str(finished(tmp_path / "outputs" / "older", arrays)), "99"]) == 0
    assert capsys.readouterr().err == ""


def test_last_is_the_newest_folder_without_a_store(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With tracking=none, `last` is the newest run folder."""
    assert answered(capsys, "last", "3", "tracking=none") == ["7"]


def test_several_inputs_are_one_sample(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A network of two inputs takes two numbers as one sample; class and its own probability are printed."""
    assert answered(capsys, pair, "1", "0") == ["1\t0.880797"]
    assert answered(capsys, pair, "0", "1") == ["0\t0.880797"]


def test_wrong_count_of_numbers_names_the_inputs(pair: str) -> None:
    """Three numbers for two inputs are an error that names the inputs and the other ways."""
    with pytest.raises(UserError, match=r"3 numbers given, but a sample of this network has 2 \(x1, x2\)"):
        predict.main([pair, "1", "0", "1"])


def test_classes_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A classifier of several classes answers with the name of the class and its probability."""
    arrays = network_arrays([1, 2], ["softmax"], [np.array([[-1.0, 1.0]])], [np.zeros(2)])
    folder = finished(tmp_path / "run", arrays, **CLASSES)
    assert answered(capsys, str(folder), "1", "-2") == ["dog\t0.880797", "cat\t0.982014"]


@pytest.mark.parametrize("word", ["x3", "nan", "inf", "1,5"])
def test_what_is_no_number_is_reported(line: str, word: str) -> None:
    """Text, NaN and infinity among the numbers are reported."""
    with pytest.raises(UserError, match=f"'{word}' is not a finite number"):
        predict.main([line, "3", word])


def test_without_a_run_the_error_shows_an_example() -> None:
    """`predict` alone says what to type."""
    with pytest.raises(UserError, match="predict last 3"):
        predict.main([])


def test_csv_with_a_header_may_have_other_columns(
    pair: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A header picks the inputs by name, in whatever order and among others; a byte order mark is no matter."""
    (tmp_path / "in.csv").write_text('\ufeff"name";"x2";"x1"\n7;0;1\n\n8;1;0\n', encoding="utf-8")
    assert answered(capsys, pair, "in.csv") == ["1\t0.880797", "0\t0.880797"]


def test_csv_without_a_header(pair: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a header the columns are the inputs in their order."""
    (tmp_path / "in.csv").write_text("1,0\n0 , 1\n")
    assert answered(capsys, pair, "in.csv") == ["1\t0.880797", "0\t0.880797"]


def test_bad_lines_of_a_file_are_reported_by_number(
    pair: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every bad line of a file is reported, with its number; nothing is answered."""
    (tmp_path / "in.csv").write_text("x1,x2\n1,0\n1\n1,\n1,two\n1,2,3\n")
    with pytest.raises(UserError) as caught:
        predict.main([pair, "in.csv"])
    assert [str(problem) for problem in caught.value.problems] == [
        "in.csv, line 3: 1 value where 2 must stand",
        "in.csv, line 4: a value is missing",
        "in.csv, line 5: 'two' is not a finite number",
        "in.csv, line 6: 3 values where 2 must stand",
    ]
    assert capsys.readouterr().out == ""


def test_header_without_an_input_is_reported(pair: str, tmp_path: Path) -> None:
    """A header that lacks an input is reported with its name."""
    (tmp_path / "in.csv").write_text("x1,z\n1,0\n")
    with pytest.raises(UserError, match=r"in.csv: the header lacks x2"):
        predict.main([pair, "in.csv"])


@pytest.mark.parametrize(
    ("content", "reported"),
    [(None, "neither a number nor a file"), (b"\xff\xfe\x00", "not a text"), (b"\n", "no sample")],
)
def test_files_that_hold_nothing_are_reported(line: str, tmp_path: Path, content: bytes | None, reported: str) -> None:
    """A missing, a binary and an empty file are reported."""
    if content is not None:
        (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(UserError, match=reported):
        predict.main([line, "in.csv"])


def test_lines_of_standard_input_are_answered_at_once(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line from a pipe is answered before the next is read; a bad one ends it with its number."""
    seen: list[str] = []

    def lines() -> io.StringIO:
        for text in ("3\n", "\n", "5\n", "x\n", "7\n"):
            seen.append(capsys.readouterr().out)
            yield text

    class Pipe(io.StringIO):
        def __iter__(self):
            return lines()

    monkeypatch.setattr(sys, "stdin", Pipe())
    with pytest.raises(UserError, match="standard input, line 4: 'x' is not a finite number"):
        predict.main([line])
    assert "".join(seen) == "7\n11\n"
    assert seen[1] == "7\n"


def test_conversation_goes_on_after_a_slip(line: str, tmp_path: Path) -> None:
    """On a terminal each number typed is answered, a typo is reported and harms nothing, a blank line ends it."""
    terminal, other_end = pty.openpty()
    os.write(terminal, b"3\nx\n1 2\n5\n\n")
    done = subprocess.run(
        [sys.executable, "-m", "runner", "predict", line, "tracking=none"],
        stdin=other_end,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    os.close(terminal)
    os.close(other_end)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("x: ", "") == ("7\n'x' is not a finite number\n2 values where 1 must stand\n11\n")


@pytest.mark.parametrize(
    ("text", "cells"),
    [("1, 2 ,3", ["1", "2", "3"]), ("1\t 2", ["1", "2"]), ("1;2,5", ["1", "2,5"]), (" ", []), ('"a","b"', ["a", "b"])],
)
def test_cells_are_parted_by_commas_or_blanks(text: str, cells: list[str]) -> None:
    """Semicolons, else commas, else blanks part the cells of a line; quotes are taken off."""
    assert split(text) == cells


def test_only_the_first_ten_bad_lines_are_reported() -> None:
    """A file of the wrong kind doesn't fill the screen."""
    with pytest.raises(UserError) as caught:
        list(samples(["1"] + ["x"] * 50, ("x",), "f"))
    assert len(caught.value.problems) == 10
