"""The page of a run as text: its words, its drawings, and that nothing in it acts or is fetched."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from commands import Whynan
from run_folders import append, begin, end, finished, record, rows
from runs_left import NAN, infinite, left

from runner.explaining.explanation import explanation
from runner.files.finding import Finding, Verified
from runner.files.run_folder import RunFolder
from runner.files.run_record import DataRecord
from runner.files.summary import Summary
from runner.report.page.blocks import sections
from runner.report.page.facts import settings_that_differ
from runner.report.page.run_page import run_page

HISTORY = {"loss": [3.0, 2.0, 1.0, NAN], "accuracy": [0.5, NAN, 0.75, NAN], "grad_norm/layer_1": [1.0, 0.5, 0.1, NAN]}
BROKEN = Summary("nan", steps=3, seconds=0.5, final={"loss": None, "accuracy": 0.75}, first_nonfinite_step=3)
FINDING = Finding(
    cause="learning_rate_too_high",
    symptom="The learning rate is too high: " + "1.2 is 1.4 times the limit of 0.84 for these data, " * 4 + "as it is.",
    evidence={},
    where={"step": 2},
    prescription=("optimizer.lr=0.12",),
    verified=Verified(
        "nan", "finished", 0.4438, 0.9, "3 of 3 seeds", 4000, "python -m runner 'network.hidden=[8]' optimizer.lr=0.12"
    ),
    tried=(),
)


class Elements(HTMLParser):
    """The elements of a page: names, attributes, and the text of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text, with single blanks."""
        return " ".join(" ".join(self.texts).split())


def test_the_page_has_the_words_of_the_terminal() -> None:
    """Everything that the terminal explains stands on the page, prose unbroken, and the command whole."""
    run = left(HISTORY, BROKEN, [infinite(3)], [FINDING])
    text = Elements(run_page(run)).text
    lines = explanation(run.ending)
    assert " ".join(line.text for line in lines if line.role == "seen") in text
    assert " ".join(line.text for line in lines if line.role == "symptom") in text
    for line in lines:
        assert line.text in text
    assert "python -m runner 'network.hidden=[8]' optimizer.lr=0.12" in text


def test_prose_is_joined_and_code_is_not() -> None:
    """The lines of a sentence are one paragraph; changed lines of a script stay lines."""
    diff = replace(FINDING, prescription=("- w = w + d", "+ w = w - d"))
    run = left(HISTORY, BROKEN, [infinite(3)], [diff])
    (seen, cause) = sections(explanation(run.ending))
    assert [block.role for block in seen.blocks] == ["seen"]
    assert [(block.role, block.text) for block in cause.blocks if block.role in ("symptom", "fix")] == [
        ("symptom", FINDING.symptom),
        ("fix", "- w = w + d"),
        ("fix", "+ w = w - d"),
    ]


def test_a_healthy_run_says_so() -> None:
    """A run with nothing to explain has the sentence of `explain`, and no causes."""
    page = run_page(left(HISTORY, Summary("converged", steps=3, final={"loss": 0.1234567, "accuracy": 1.0})))
    assert "Nothing is wrong with this run: its outcome is 'converged' after 3 steps." in Elements(page).text
    assert 'class="causes"' not in page
    assert "0.123" in page


def test_names_are_text_whatever_they_hold() -> None:
    """HTML in the names of data, settings, calls, causes and arrays is shown, not carried out."""
    evil = '<img src=x onerror="alert(1)"></title></style></svg><script>alert(2)</script>'
    run = left(
        {**HISTORY, f"grad_norm/{evil}": [1.0, 2.0, 3.0, NAN]},
        replace(BROKEN, outcome=evil),
        [infinite(3, call=evil, tensor=evil, chain=(evil,))],
        [replace(FINDING, cause=evil, symptom=evil, prescription=(evil,), where={"tensor": evil})],
        overrides=(evil,),
        network=evil,
        task=evil,
        dataset=DataRecord(evil, evil),
        config={"network": {"hidden": [evil], evil: evil}},
    )
    elements = Elements(run_page(run))
    assert {"script", "img"}.isdisjoint(tag for tag, _ in elements.found)
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    assert elements.text.count("alert(2)") >= 6


def test_nothing_on_the_page_is_fetched() -> None:
    """No element refers to anything outside, and the page's policy forbids it."""
    elements = Elements(run_page(left(HISTORY, BROKEN, [infinite(3)])))
    policy = [a["content"] for tag, a in elements.found if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    for _, attributes in elements.found:
        for name in ("src", "href", "xlink:href", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "url(http" not in run_page(left(HISTORY))


def test_each_drawing_has_words_and_colours_for_light_and_dark() -> None:
    """Each SVG is an image with a title and a description, its text is text, and its colours are variables."""
    page = run_page(left(HISTORY, BROKEN, [infinite(3)]))
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    # The loss for wide and for narrow pages, the way of the infinity, accuracy, gradient norms.
    assert len(drawings) == 5
    for one in drawings:
        assert re.match(r'<svg [^>]*role="img"[^>]*><title>.+?</title><desc>.+?</desc>', one, re.DOTALL)
        assert "<text" in one
        assert "var(--ink)" in one
        assert "<metadata>" not in one
    assert "prefers-color-scheme:dark" in page


def test_only_settings_that_differ_are_listed() -> None:
    """A choice is compared with the default choice, its other settings with its own defaults; tracking is left out."""
    config = {
        "seed": 0,
        "steps": 7,
        "dataset": {"name": "sine", "samples": 12, "noise": 0.0},
        "network": {"hidden": [4], "bias": False},
        "optimizer": {"name": "sgd", "lr": 1.2},
        "tracking": {"uri": "sqlite:///elsewhere.db"},
    }
    differing = settings_that_differ(left(HISTORY, config=config))
    assert [key for key, _, _ in differing] == ["steps", "dataset.name", "dataset.samples", "network.bias"]
    assert differing[0] == ("steps", "7", "4000")
    assert differing[3] == ("network.bias", "false", "true")


def test_report_writes_the_page_of_a_run_and_prints_its_path(whynan: Whynan, folder: Path) -> None:
    """`report FOLDER` leaves report.html in that folder."""
    whynan("experiment=xor steps=20 tracking=none diagnosis=none hydra.run.dir=one")
    said = whynan("report one tracking=none")
    assert (said.code, said.out, said.err) == (0, "one/report.html\n", "")
    page = Elements((folder / "one/report.html").read_text(encoding="utf-8"))
    assert "after 20 steps" in page.text


def test_a_run_that_was_cut_off_has_a_page_too(whynan: Whynan, folder: Path) -> None:
    """Without a summary the rows that were written are drawn, and the page says that the run has not ended."""
    append(begin(folder / "cut", record()), rows(40))
    assert whynan("report cut tracking=none").code == 0
    page = (folder / "cut/report.html").read_text(encoding="utf-8")
    assert "The run has not ended" in page
    assert "41 steps" in page
    assert 'id="loss"' in page


@pytest.mark.parametrize("name", ["events.jsonl", "findings.json", "summary.json"])
def test_a_damaged_file_is_an_error_that_names_the_folder(whynan: Whynan, folder: Path, name: str) -> None:
    """A file that doesn't hold what it should ends in a sentence and exit code 2."""
    damaged = finished(folder / "damaged")
    (damaged / name).write_text(json.dumps({"nothing": 1}) + "\n")
    if name == "events.jsonl":
        (damaged / name).write_text('{"kind": "nan"}\n')
    said = whynan("report damaged tracking=none")
    assert said.code == 2
    assert "damaged" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("line", "message"), [("report", "of which run or sweep?"), ("report a b", "unexpected argument 'b'")]
)
def test_report_takes_one_run(whynan: Whynan, line: str, message: str) -> None:
    """No run, or two, are a mistake."""
    said = whynan(line)
    assert said.code == 2
    assert message in said.err


def test_a_resumed_run_has_no_page_of_its_first_end(whynan: Whynan, folder: Path) -> None:
    """The page of a run that goes on is removed: it would be wrong."""
    one = begin(folder / "one", record())
    append(one, rows(40))
    end(one)
    (one / "report.html").write_text("old")
    RunFolder.reopened(one, 10, 6).end(Summary("interrupted"))
    assert not (one / "report.html").exists()
