"""Which loops look like training: somewhere within, or in what is called from there, something is changed by a step.

This only says where to look first; what is a parameter is read from the tape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from runner.recording.loading.hooks import Comprehension, calls
from runner.subjects.naming_habits import RATES, plain

Loop = ast.For | ast.While | Comprehension
Function = ast.FunctionDef | ast.Lambda


@dataclass
class Names:
    """What the functions of a program do, by their bare names: whether they change something, and whom they call."""

    changing: set[str] = field(default_factory=set)
    calls: dict[str, set[str]] = field(default_factory=dict)

    def add(self, tree: ast.Module) -> None:
        """Learn what the functions and classes of a module do; a class is its constructor."""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                self._add(node.name, node)
            elif isinstance(node, ast.ClassDef):
                inits = (one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__")
                for init in inits:
                    self._add(node.name, init)

    def changes(self, nodes: Iterable[ast.AST]) -> bool:
        """Whether some of these statements change something by a step, themselves or in what they call."""
        body = list(nodes)
        if any(is_update(one) for node in body for one in ast.walk(node)):
            return True
        todo = [name for node in body for name in called(node)]
        seen: set[str] = set()
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.changing:
                return True
            todo += self.calls.get(name, ())
        return False

    def _add(self, name: str, node: ast.FunctionDef) -> None:
        if any(is_update(one) for one in ast.walk(node)):
            self.changing.add(name)
        self.calls.setdefault(name, set()).update(called(node))


def loops(tree: ast.Module) -> Iterator[Loop]:
    """All loops, outer ones first; comprehensions that call something are some, too."""
    return (
        node
        for node in ast.walk(tree)
        if isinstance(node, Loop) and not (isinstance(node, Comprehension) and not calls(node))
    )


def body_of(loop: Loop) -> Sequence[ast.AST]:
    """What each turn of a loop does."""
    return [loop.elt] if isinstance(loop, Comprehension) else loop.body


def called(node: ast.AST) -> Iterator[str]:
    """The bare names of what is called."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            if isinstance(one.func, ast.Name):
                yield one.func.id
            elif isinstance(one.func, ast.Attribute):
                yield one.func.attr


def is_update(node: ast.AST) -> bool:
    """Whether something becomes itself plus or minus something else, other than a constant."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add | ast.Sub) and not _is_count(node.value)
    if isinstance(node, ast.Assign):
        targets = {ast.unparse(target) for target in node.targets}
        return _is_step(node.value) or any(text in targets for text in _summands(node.value))
    if isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
        value = node.value if isinstance(node, ast.DictComp) else node.elt
        names = {one.id for each in node.generators for one in ast.walk(each.target) if isinstance(one, ast.Name)}
        return any(_is_step(part) or any(text in names for text in _summands(part)) for part in _parts(value))
    if isinstance(node, ast.Return):
        return any(_is_step(part) for part in _parts(node.value))
    if isinstance(node, ast.Call):
        return any(_is_step(argument) for argument in node.args) or (
            ast.unparse(node.func) in ("np.subtract", "np.add") and any(one.arg == "out" for one in node.keywords)
        )
    return False


def becomes_itself(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether something is changed by something: `w -= step`, `w = w - step`."""
    if isinstance(node, ast.AugAssign):
        return True
    targets = {ast.unparse(target) for target in node.targets}
    return any(text in targets for text in _summands(node.value))


def factors_of_step(node: ast.Assign | ast.AugAssign) -> Iterator[ast.expr]:
    """The factors of what is added or taken away."""
    yield from _leaves(node.value) if isinstance(node, ast.AugAssign) else _factors_of_sum(node.value)


def _factors_of_sum(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _factors_of_sum(node.left)
        yield from _factors_of_sum(node.right)
    else:
        yield from _factors(node)


def _parts(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List):
        return node.elts
    return [] if node is None else [node]


def _is_step(node: ast.expr | None) -> bool:
    """`w - rate * gradient`: a difference or sum with a product in which a factor is a rate, or a number."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
        return False
    return any(_is_rate(factor) for side in (node.left, node.right) for factor in _factors(side))


def _summands(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _summands(node.left)
        yield from _summands(node.right)
        yield ast.unparse(node.left)
        yield ast.unparse(node.right)


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _leaves(node)


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.MatMult):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    else:
        yield node


def _is_rate(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return plain(name) in RATES or (isinstance(node, ast.Constant) and isinstance(node.value, float))


def _is_count(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "len")
