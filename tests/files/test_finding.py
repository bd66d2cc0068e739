"""findings.json: what is written is what is read, and what is damaged is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.files.finding import Attempt, Finding, Gain, Reached, Verified, cause_in, findings_in, read_findings

VERIFIED = Verified("nan", "finished", 0.4, 0.9, "3 of 3 seeds", 800, "python -m runner", 4000, Gain("R²", None, 0.9))
ATTEMPT = Attempt(("steps=9", "seed=1"), "finished", 0.7, Reached("accuracy", 0.5), 9, cut_short=True)
FINDING = Finding(
    cause="log_of_zero",
    symptom="A2 is exactly 1.",
    evidence={"count": 1, "samples": [5]},
    where={"step": 7, "layer": 2, "tensor": "A2"},
    prescription=("loss.from_logits=true",),
    verified=VERIFIED,
    tried=(ATTEMPT,),
)


def test_what_is_written_is_read() -> None:
    """A finding comes back from its JSON as it was."""
    assert findings_in(json.dumps([FINDING.to_dict()])) == [FINDING]


def test_the_keys_are_those_of_the_contract() -> None:
    """Programs read these names."""
    held = FINDING.to_dict()
    assert list(held) == ["cause", "symptom", "evidence", "where", "prescription", "verified", "tried"]
    assert list(held["verified"]) == [
        "before", "after", "loss", "quality", "seeds", "steps", "command", "planned", "measured",
        "curve",
    ]  # fmt: skip
    assert list(held["tried"][0]) == ["prescription", "after", "loss", "measured", "steps", "cut_short"]
    assert held["tried"][0]["measured"] == {"name": "accuracy", "after": 0.5}


def test_a_run_of_an_earlier_version_is_read() -> None:
    """Keys that were added since may be missing, and others may have been there."""
    held = FINDING.to_dict()
    for key in ("planned", "measured", "curve"):
        del held["verified"][key]
    for key in ("measured", "cut_short"):
        del held["tried"][0][key]
    [found] = findings_in(json.dumps([held | {"rank": 1}]))
    assert found.verified is not None
    assert (found.verified.planned, found.verified.measured) == (None, None)
    assert (found.tried[0].measured, found.tried[0].cut_short) == (None, False)


@pytest.mark.parametrize("text", ['[{"cause": "a"}]', "[1]", "[{]", "7"])
def test_what_is_damaged_is_an_error(text: str, tmp_path: Path) -> None:
    """Text that is no list of findings is a ValueError; who asks for the cause alone gets none."""
    with pytest.raises(ValueError, match=r".+"):
        findings_in(text)
    (tmp_path / "findings.json").write_text(text)
    assert cause_in(tmp_path) is None


def test_a_run_without_findings_has_none(tmp_path: Path) -> None:
    """A run that failed leaves no findings.json; one in which nothing is wrong leaves an empty one."""
    assert read_findings(tmp_path) == []
    assert cause_in(tmp_path) is None
    (tmp_path / "findings.json").write_text("[]")
    assert cause_in(tmp_path) is None
    (tmp_path / "findings.json").write_text(json.dumps([FINDING.to_dict()]))
    assert cause_in(tmp_path) == "log_of_zero"
