"""All edits of a statement, smallest first. To add a kind of edit, write a rule in its module and its name here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from runner.recording.edits import derivatives, factors, products, reductions, signs, statements, variables
from runner.recording.edits.edit import Candidate, Edit, Proposal, Writer
from runner.recording.edits.guards import Guards
from runner.recording.edits.scope import Scope
from runner.recording.edits.statement import Statement

Rule = Callable[[Statement, Scope], Iterator[Proposal]]

RULES: dict[str, Rule] = {
    "variable": variables.variable,
    "everywhere": variables.everywhere,
    "list": variables.listed,
    "index": variables.index,
    "comprehension": variables.comprehension,
    "literal": factors.literal,
    "drop": factors.drop,
    "count": factors.count,
    "scale": factors.scale,
    "multiplicand": factors.multiplicand,
    "added": factors.added,
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
    "scale after": statements.scaled_after,
    "copy": statements.copy,
    "order": statements.order,
}


def candidates(statement: Statement, scope: Scope, rules: tuple[str, ...] = tuple(RULES)) -> list[Candidate]:
    """Every edit of the statement that `rules` know of, the smallest first, no text twice; guards sift them later."""
    return _distinct(statement, [(p, rule) for rule in rules for p in RULES[rule](statement, scope)])


def proposed(statement: Statement, proposals: Iterable[Proposal], rule: str) -> list[Candidate]:
    """The same for proposals that were found in another way."""
    return _distinct(statement, [(proposal, rule) for proposal in proposals])


def _distinct(statement: Statement, proposals: list[tuple[Proposal, str]]) -> list[Candidate]:
    writer = Writer(statement)
    proposals.sort(key=lambda pair: pair[0].size)
    found: list[Candidate] = []
    seen: set[tuple[int, int, str]] = set()
    for proposal, rule in proposals:
        key = (*writer.span(proposal), proposal.text)
        if key not in seen:
            seen.add(key)
            candidate = Candidate(writer, proposal, rule)
            if candidate.changes:
                found.append(candidate)
    return found


def edits(statement: Statement, scope: Scope, rules: tuple[str, ...] = tuple(RULES)) -> list[Edit]:
    """The edits that can be written and that the guards allow."""
    guards = Guards(statement, scope)
    found: dict[str, Edit] = {}
    for candidate in candidates(statement, scope, rules):
        if candidate.edit is not None and guards.allow(candidate):
            found.setdefault(candidate.edit.apply(statement.source.text), candidate.edit)
    return list(found.values())
