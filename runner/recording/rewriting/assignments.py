"""Assignments rewritten: to names, elements and attributes, in place, and to several targets at once."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from runner.recording.rewriting.expressions import ExpressionRewriter
from runner.recording.rewriting.operators import IN_PLACE
from runner.recording.rewriting.syntax import RUNTIME_NAME, literals_in, located, statement_of, stores_elements
from runner.recording.taping.node import Place


class AssignmentRewriter(ExpressionRewriter):
    """Rewrites the assignments of one file in place."""

    def __init__(self, source: str, file: Path) -> None:
        super().__init__(source, file)
        self._class: str | None = None
        self._temporaries = 0

    def _on_assign(self, node: ast.Assign) -> list[ast.stmt]:
        stored = any(stores_elements(target) for target in node.targets)
        if not stored:
            spread = next((each for each in node.targets if isinstance(each, ast.Tuple | ast.List)), None)
            node.value = self._unpacked(self._kept(node.value), node.value, spread)
            return [node]
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            part = self._places.of(node.value)
            return [self._store(node.targets[0], self._kept(node.value), part)]
        return self._assign_parts(node)

    def _assign_parts(self, node: ast.Assign) -> list[ast.stmt]:
        """`a, x[i] = ...` and `a = x[i] = ...`: first into names of its own, then from left to right."""
        made: list[str] = []
        new: list[ast.stmt] = []
        whole = self._temporary(made)
        first = node.targets[0]
        spread = first if isinstance(first, ast.Tuple | ast.List) else None
        value = self._unpacked(self._kept(node.value), node.value, spread)
        new.append(ast.Assign([ast.Name(whole, ast.Store())], value))
        for target in node.targets:
            self._assign_part(target, whole, new, made)
        new.append(ast.Delete([ast.Name(name, ast.Del()) for name in made]))
        return new

    def _assign_part(self, target: ast.expr, source: str, new: list[ast.stmt], made: list[str]) -> None:
        value = ast.Name(source, ast.Load())
        if isinstance(target, ast.Subscript):
            new.append(self._store(target, value))
        elif isinstance(target, ast.Tuple | ast.List):
            names = [self._temporary(made) for _ in target.elts]
            parts: list[ast.expr] = [
                ast.Starred(ast.Name(name, ast.Store()), ast.Store())
                if isinstance(element, ast.Starred)
                else ast.Name(name, ast.Store())
                for name, element in zip(names, target.elts, strict=True)
            ]
            new.append(ast.Assign([ast.Tuple(parts, ast.Store())], value))
            for name, element in zip(names, target.elts, strict=True):
                self._assign_part(element.value if isinstance(element, ast.Starred) else element, name, new, made)
        else:
            new.append(ast.Assign([self._inside(target)], value))

    def _temporary(self, made: list[str]) -> str:
        self._temporaries += 1
        made.append(f"{RUNTIME_NAME[:-2]}_{self._temporaries}__")
        return made[-1]

    def _store(self, target: ast.Subscript, value: ast.expr, part: Place | None = None) -> ast.stmt:
        arguments = [value, self._expr(target.value), self._index(target.slice)]
        return statement_of(self._report("setitem", target, arguments, op="setitem", parts=(part,)))

    def _on_annassign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is not None:
            part, value = self._places.of(node.value), self._kept(node.value)
            if isinstance(node.target, ast.Subscript):
                return [self._store(node.target, value, part)]
            node.value = value
        return [node]

    def _on_augassign(self, node: ast.AugAssign) -> list[ast.stmt]:
        op, function = IN_PLACE[type(node.op)]
        what: dict[str, Any] = {"op": op, "function": function, "literals": literals_in([node.target, node.value])}
        what["parts"] = self._places.of(node.target), self._places.of(node.value)
        value = self._expr(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            load = located(ast.Name(target.id, ast.Load()), target)
            return [ast.Assign([target], self._report("inplace", node, [load, value], **what))]
        if isinstance(target, ast.Attribute):
            name = self._mangled(target.attr)
            before = self._report("attribute_before", target, [self._expr(target.value)], name=name)
        else:
            arguments = [self._expr(target.value), self._index(target.slice)]
            before = self._report("item_before", target, arguments, op="getitem")
        return [statement_of(self._report("after", node, [before, value], **what))]

    def _mangled(self, name: str) -> str:
        private = name.startswith("__") and not name.endswith("__")
        owner = (self._class or "").lstrip("_")
        return f"_{owner}{name}" if private and owner else name
