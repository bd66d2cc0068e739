"""The explanation of a run as Markdown."""

from __future__ import annotations

from runner.explaining.explanation import Ending, explanation
from runner.explaining.markdown import markdown
from runner.files.finding import Finding, Verified
from runner.files.summary import Summary


def ending(*findings: Finding, outcome: str = "diverged") -> Ending:
    """A run of 10 steps with these findings."""
    return Ending(Summary(outcome, "FINISHED", 10, final={"loss": 12.5, "accuracy": 0.5}), [], list(findings))


def finding(cause: str = "learning_rate_too_high", *prescription: str, command: str = "run it") -> Finding:
    """A finding with a fix that has been run."""
    verified = Verified("nan", "converged", 0.1, None, "3 of 3 seeds", 10, command)
    sentence = "The rate of W_1 is *too* high, a<b, " + "and it is said at some length " * 6
    return Finding(cause, sentence, {}, {"step": 3}, prescription or ("optimizer.lr=0.1",), verified, ())


def test_a_healthy_run_says_its_outcome_and_its_measures() -> None:
    """The outcome stands first, in bold, with the final numbers."""
    text = markdown(ending(outcome="converged"))
    assert text.startswith("**converged**, loss 12.5, accuracy 0.5\n\n")
    assert "Nothing is wrong" in text


def test_causes_and_commands_stand_in_the_words_of_the_terminal() -> None:
    """Each word that the terminal prints is there, and the command as a block to copy."""
    run = ending(finding())
    text = markdown(run)
    assert "`learning_rate_too_high` (from step 3)" in text
    assert "**fix** `optimizer.lr=0.1`" in text
    assert "```sh\nrun it\n```" in text
    plain = text.replace("\\", "").split()
    assert all(word in " ".join(plain) for line in explanation(run) for word in line.text.split())


def test_a_paragraph_is_one_line_and_its_markup_is_escaped() -> None:
    """Lines that were broken for the terminal are joined; what Markdown would read as markup is text."""
    text = markdown(ending(finding()))
    [paragraph] = [line for line in text.splitlines() if "some length" in line]
    assert paragraph.startswith(r"The rate of W_1 is \*too\* high, a\<b, and it")


def test_changed_lines_of_a_script_are_a_diff() -> None:
    """Lines taken out and put in stand in a block of their own."""
    text = markdown(ending(finding("dead_units", "- 3   lr = 2", "+ 3   lr = 1", command="")))
    assert "```diff\n- 3   lr = 2\n+ 3   lr = 1\n```" in text
