"""A line of an optimizer corrected, so that its step is the textbook's and the gradients stay right."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from runner.diagnosis.gradients.mistake import GradientMistake
from runner.diagnosis.subjects.optimizers.formulas import LATER, wrong_formulas
from runner.diagnosis.subjects.optimizers.usual import is_usual
from runner.recording.edits.edit import Edit, Proposal, Writer
from runner.recording.edits.statement import Source, Statement
from runner.recording.locating.agreement import TOLERANCE
from runner.recording.repairing.proof import Checked, Proof, attempted, same_loss
from runner.recording.scenario import Scenario

_MOST = 60  # changed programs that are run


def repaired_formula(scenario: Scenario, mistake: GradientMistake) -> tuple[Edit, Checked] | None:
    """The smallest edit of the line of a mistake after which the step is a usual one; None where there is none."""
    if mistake.source is None or not any(point.name == LATER for point in scenario.points):
        return None
    proof = Proof(scenario, TOLERANCE)
    for path, text in scenario.files.items():
        if path.name != mistake.source.file:
            continue
        statement = Source(text, str(path)).statement_at(mistake.source.line)
        for edit in () if statement is None else _edits(statement):
            patched = _patched(scenario, {path: edit.apply(text)})
            if patched is not None and _is_usual(patched) and (checked := _compared(proof, patched)) is not None:
                return edit, replace(checked, formula=True)
    return None


def _patched(scenario: Scenario, texts: Mapping[Path, str]) -> Scenario | None:
    return attempted(lambda: scenario.patched(texts))


def _compared(before: Proof, patched: Scenario) -> Checked | None:
    """How the gradients of a changed program were compared with its own losses; None where it has others at a start.

    At a later turn they are others: the parameters have been changed in another way by then.
    """
    proof = Proof(patched, before.tolerance)
    for point in patched.points:
        pair = before.truth(point), proof.truth(point)
        if point.name != LATER and not (pair[0] and pair[1] and same_loss(pair[0].loss, pair[1].loss)):
            return None
    return proof.compared(patched)


def _is_usual(patched: Scenario) -> bool:
    """Whether a changed program makes a step of a usual formula where its state is not zero."""
    point = next(one for one in patched.points if one.name == LATER)
    recorded = attempted(lambda: patched.record(point))
    return recorded is not None and bool(attempted(lambda: is_usual(recorded))) and not wrong_formulas(patched)


def _edits(statement: Statement) -> list[Edit]:
    """Edits of a formula, the smallest first."""
    writer, found = Writer(statement), []
    for proposal in sorted(_proposals(statement), key=lambda one: one.size):
        assert isinstance(proposal.node, ast.expr)
        edit = writer.written(proposal, "formula", ast.parse(proposal.text, mode="eval").body)
        if edit is not None:
            found.append(edit)
    return found[:_MOST]


def _proposals(statement: Statement) -> Iterator[Proposal]:
    """A sign or a factor left out, one coefficient for another, a square or a root where there is none."""
    coefficients = _coefficients(statement)
    for node in statement.expressions:
        text = statement.segment(node)
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or isinstance(node, ast.Constant | ast.Tuple):
            continue
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield Proposal(node, statement.segment(node.operand), 1.0)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            yield Proposal(node, statement.segment(node.right), 1.1)
            yield Proposal(node, statement.segment(node.left), 1.1)
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            yield Proposal(node, _power(statement, node.args[0]), 1.2)
        if text in coefficients:
            yield from (Proposal(node, other, 1.3) for other in coefficients if other != text)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not _is_called(statement, node):
            yield Proposal(node, _power(statement, node), 1.4)
            yield Proposal(node, f"np.sqrt({text})", 1.5)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):  # the epsilon is added to the root
            yield Proposal(node, f"np.sqrt({text})", 1.6)


def _power(statement: Statement, node: ast.expr) -> str:
    text = statement.segment(node)
    return f"{text} ** 2" if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call) else f"({text}) ** 2"


def _is_called(statement: Statement, node: ast.expr) -> bool:
    parent = statement.parent(node)
    return isinstance(parent, ast.Attribute) or (isinstance(parent, ast.Call) and parent.func is node)


def _coefficients(statement: Statement) -> list[str]:
    """What the rates of forgetting in the function are called: `b` in `1 - b` and in `b ** t`."""
    around: ast.AST = statement.function or statement.source.tree
    found: dict[str, None] = {}
    for node in ast.walk(around):
        if not isinstance(node, ast.BinOp):
            continue
        of_one = isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant) and node.left.value == 1
        named = node.right if of_one else node.left if isinstance(node.op, ast.Pow) else None
        if isinstance(named, ast.Name | ast.Attribute):
            found[statement.segment(named)] = None
    return list(found)
