"""Where a script says its learning rate: a variable, an argument, a default, or a number in the update itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from runner.diagnosis.scripts.edit import Edit, Source, tidy
from runner.recording.scenarios.naming import is_rate
from runner.recording.scenarios.updates import is_update


def rate_edit(source: Source, rate: float, new: float) -> Edit | None:
    """The rate with another value; None where it is not written as a number."""
    for places in (_assigned(source), _given(source), _options(source), _defaults(source), _in_updates(source)):
        same = [node for node in places if _is(node, rate)]
        if same:
            return Edit(tuple(source.piece(node, tidy(new)) for node in same))
    return None


def is_named(source: Source, rate: float) -> bool:
    """Whether something that is called a learning rate has this value: a number in the update may be more than that."""
    places = (_assigned(source), _given(source), _options(source), _defaults(source))
    return any(_is(node, rate) for found in places for node in found)


def _is(node: ast.expr, value: float) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
        and abs(node.value - value) <= 1e-9 * abs(value)
    )


def _assigned(source: Source) -> Iterator[ast.expr]:
    """`lr = 0.1`, `self.lr = 0.1`, `lr, epochs = 0.1, 500`, `{"lr": 0.1}`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    yield from (
                        value
                        for one, value in zip(target.elts, node.value.elts, strict=False)
                        if is_rate(ast.unparse(one))
                    )
                elif is_rate(ast.unparse(target)):
                    yield node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None and is_rate(ast.unparse(node.target)):
            yield node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and is_rate(key.value):
                    yield value


def _given(source: Source) -> Iterator[ast.expr]:
    """`train(X, Y, lr=0.1)`, and by position where the function says which argument is the rate."""
    positions = dict(_positions(source))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield from (one.value for one in node.keywords if one.arg is not None and is_rate(one.arg))
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in positions and positions[name] < len(node.args):
                yield node.args[positions[name]]


def _positions(source: Source) -> Iterator[tuple[str, int]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    yield from _position(one, node.name if one.name == "__init__" else one.name, method=True)
        elif isinstance(node, ast.FunctionDef) and not (node.args.args and node.args.args[0].arg == "self"):
            yield from _position(node, node.name, method=False)


def _position(node: ast.FunctionDef, name: str, *, method: bool) -> Iterator[tuple[str, int]]:
    for place, argument in enumerate(node.args.args):
        if is_rate(argument.arg):
            yield name, place - method


def _options(source: Source) -> Iterator[ast.expr]:
    """`parser.add_argument("--lr", default=0.1)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_argument"):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if any(is_rate(word.lstrip("-").replace("-", "_")) for word in words):
                yield from (one.value for one in node.keywords if one.arg == "default")


def _defaults(source: Source) -> Iterator[ast.expr]:
    """`def train(X, Y, lr=0.1)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef):
            arguments = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            pairs = [*zip(arguments, node.args.defaults, strict=True)]
            pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
            yield from (default for argument, default in pairs if is_rate(argument.arg))


def _in_updates(source: Source) -> Iterator[ast.expr]:
    """`W -= 0.1 * dW`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign | ast.AugAssign) and is_update(node):
            yield from (one for one in ast.walk(node.value) if isinstance(one, ast.Constant))
