"""All edits of a statement, smallest first. To add a kind of edit, write a rule in its module and its name here."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runner.recording.edits import derivatives, factors, products, reductions, signs, statements, variables
from runner.recording.edits.edit import Edit, Proposal, Writer
from runner.recording.edits.guards import refused
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

Rule = Callable[[Statement, Scope], Iterator[Proposal]]

RULES: dict[str, Rule] = {
    "variable": variables.variable,
    "everywhere": variables.everywhere,
    "index": variables.index,
    "literal": factors.literal,
    "drop": factors.drop,
    "count": factors.count,
    "scale": factors.scale,
    "multiplicand": factors.multiplicand,
    "term": factors.term,
    "product term": factors.product_term,
    "product": products.product,
    "transpose": products.transpose,
    "einsum": products.einsum,
    "axis": reductions.axis,
    "reduction": reductions.sum_or_mean,
    "reduce": reductions.reduce_result,
    "sign": signs.sign,
    "operator": signs.operator,
    "comparison": signs.comparison,
    "derivative": derivatives.derivative,
    "softmax": derivatives.softmax,
    "called": derivatives.called,
    "slope": derivatives.slope,
    "assignment": statements.assignment,
    "scatter": statements.scatter,
    "copy": statements.copy,
    "order": statements.order,
}


@dataclass(frozen=True)
class Candidate:
    """An edit, and the statement as it would be; None where the edit moves statements or changes how one assigns."""

    edit: Edit
    node: ast.stmt | None


def candidates(statement: Statement, scope: Scope, rules: tuple[str, ...] = tuple(RULES)) -> list[Candidate]:
    """Every edit of the statement that `rules` know of, the smallest first, no text twice; `allowed` sifts them."""
    writer = Writer(statement)
    proposals = [(p, rule) for rule in rules for p in RULES[rule](statement, scope)]
    proposals.sort(key=lambda pair: pair[0].size)
    found: list[Candidate] = []
    seen: set[tuple[int, int, str]] = set()
    results: set[bytes] = set()
    for proposal, rule in proposals:
        key = (*(proposal.within or statement.source.span(proposal.node)), proposal.text)
        if key in seen:
            continue
        seen.add(key)
        candidate = _candidate(statement, scope, writer, proposal, rule)
        if candidate is not None and (result := writer.changed(candidate.edit)) not in results:
            results.add(result)
            found.append(candidate)
    return found


def _candidate(statement: Statement, scope: Scope, writer: Writer, proposal: Proposal, rule: str) -> Candidate | None:
    if proposal.within:
        edit = writer.raw(proposal, rule)
        return None if edit is None else Candidate(edit, None)
    written = writer.written(proposal, rule)
    return None if written is None else Candidate(*written)


def allowed(statement: Statement, scope: Scope, candidate: Candidate) -> bool:
    """Whether a candidate has nothing that no correction may have."""
    return candidate.node is None or not refused(statement, scope, candidate.node)


def edits(statement: Statement, scope: Scope, rules: tuple[str, ...] = tuple(RULES)) -> list[Edit]:
    """The edits that are allowed."""
    found = candidates(statement, scope, rules)
    return [candidate.edit for candidate in found if allowed(statement, scope, candidate)]
