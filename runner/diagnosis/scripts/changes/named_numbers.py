"""Where a script writes a number that has a name: a variable, an argument, an option, a default."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from runner.diagnosis.scripts.changes.edit import Source

# Whether a name is that of what is looked for.
Called = Callable[[str], bool]


def places_of(source: Source, called: Called) -> Iterator[Iterator[ast.expr]]:
    """The expressions that something of this name is given, those that count most first."""
    yield _assigned(source, called)
    yield _given(source, called)
    yield _options(source, called)
    yield _defaults(source, called)


def _assigned(source: Source, called: Called) -> Iterator[ast.expr]:
    """`lr = 0.1`, `self.lr = 0.1`, `lr, epochs = 0.1, 500`, `{"lr": 0.1}`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    yield from (
                        value
                        for one, value in zip(target.elts, node.value.elts, strict=False)
                        if called(ast.unparse(one))
                    )
                elif called(ast.unparse(target)):
                    yield node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None and called(ast.unparse(node.target)):
            yield node.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and called(key.value):
                    yield value


def _given(source: Source, called: Called) -> Iterator[ast.expr]:
    """`train(X, Y, lr=0.1)`, and by position where the function says which argument is the rate."""
    positions = dict(_positions(source, called))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield from (one.value for one in node.keywords if one.arg is not None and called(one.arg))
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in positions and positions[name] < len(node.args):
                yield node.args[positions[name]]


def _positions(source: Source, called: Called) -> Iterator[tuple[str, int]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    yield from _position(one, called, node.name if one.name == "__init__" else one.name, method=True)
        elif isinstance(node, ast.FunctionDef) and not (node.args.args and node.args.args[0].arg == "self"):
            yield from _position(node, called, node.name, method=False)


def _position(node: ast.FunctionDef, called: Called, name: str, *, method: bool) -> Iterator[tuple[str, int]]:
    for place, argument in enumerate(node.args.args):
        if called(argument.arg):
            yield name, place - method


def _options(source: Source, called: Called) -> Iterator[ast.expr]:
    """`parser.add_argument("--lr", default=0.1)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_argument"):
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if any(called(word.lstrip("-").replace("-", "_")) for word in words):
                yield from (one.value for one in node.keywords if one.arg == "default")


def _defaults(source: Source, called: Called) -> Iterator[ast.expr]:
    """`def train(X, Y, lr=0.1)`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef):
            arguments = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            pairs = [*zip(arguments, node.args.defaults, strict=True)]
            pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
            yield from (default for argument, default in pairs if called(argument.arg))
