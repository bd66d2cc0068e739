"""A program whose data are missing, changed so that what it fails to read is made up."""

from __future__ import annotations

import ast
import builtins
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from runner.recording.loading.command_line import answered
from runner.recording.loading.made_up import Shapes, made_up, role_of, rows
from runner.recording.loading.stand_ins import Nothing, missing_packages

_FAILED, _LACKS, _GIVEN = "__whynan_failed__", "__whynan_lacks__", "__whynan_given__"
_SHOWING = frozenset({"print", "display", "plt", "ax", "axs", "axes", "fig", "figure", "sns", "pyplot", "plot"})
_BATCHES, _ERROR, _OPENED = "__whynan_batches__", "__whynan_error__", "__whynan_opened__"
# What is typed in where a program asks: a number, since it is mostly one of layers, units or steps.
TYPED = "2"
# A variable on which `numpy()` is called, with other methods in between.
_TENSOR = re.compile(r"([^\W\d]\w*)(?:\.\w+(?:\([^\n]*?\))?)*\.numpy\(\)")
# How many batches a loop gets from what stands in for a missing loader of data.
_TURNS = 2
_FOR_WANT_OF_DATA = (OSError, EOFError, ImportError, AttributeError, TypeError, KeyError, ZeroDivisionError)
_ASKING = frozenset({"exists", "isfile", "is_file", "isdir", "is_dir"})
# How a line of a text is taken apart: `line.split(",")`, `line.strip().split()`, `csv.reader(file)`.
_SPLITTING = re.compile(r"\.split\(([^()]*)\)|\bcsv\.(?:Dict)?[rR]eader\(")


def filled(tree: ast.Module) -> ast.Module:
    """A module in which what is assigned and can't be read, or came from a stand-in, is made up by `Filler`."""
    changed: ast.Module = _Filling(_separator_of(ast.unparse(tree))).visit(tree)
    return ast.fix_missing_locations(changed)


def _separator_of(text: str) -> str | None:
    """What stands between the numbers of a line, by how a program takes lines apart; None where it doesn't."""
    match = _SPLITTING.search(text)
    if match is None:
        return None
    given = (match[1] or "").strip() if match[0].startswith(".split") else "','"
    try:
        separator = ast.literal_eval(given) if given else " "
    except (ValueError, SyntaxError):
        return ","
    return separator if isinstance(separator, str) and separator else " "


class Filler:
    """Makes up what the code of `filled` asks for, in one layout.

    `missing` are the variables that were made up, `typed` is whether something was typed in, `arguments` are those of
    the command line that were put in. `roles` are those of `made_up` that were needed.
    """

    def __init__(self, shapes: Shapes, columns: list[str], texts: dict[str, list[str]] | None = None) -> None:
        self.shapes, self._columns, self._texts = shapes, columns, texts or {}
        self.missing: dict[str, str] = {}
        self.typed = False
        self.arguments: dict[str, None] = {}
        self.roles: set[str] = set()

    def install(self) -> None:
        """Let the code that runs next ask this one."""
        setattr(builtins, _FAILED, self._failed)
        setattr(builtins, _LACKS, _is_nothing)
        setattr(builtins, _GIVEN, self._given)
        setattr(builtins, _BATCHES, _batches)
        setattr(builtins, _OPENED, self._opened)
        sys.stdin = _Typing(self)
        answered(self.arguments.setdefault)

    def _failed(self, error: BaseException, name: str, text: str) -> Any:
        """A value for a variable whose expression raised; the error again where it is not for want of data."""
        role = role_of(name, text)
        if role is None or not isinstance(error, _FOR_WANT_OF_DATA):
            raise error
        if isinstance(error, FileNotFoundError) and error.filename:
            self.missing[name] = f"there is no file {error.filename}"
        else:
            self.missing[name] = f"{type(error).__name__}: {error}"
        self.roles.add(role)
        return made_up(role, self.shapes, self._columns, self._texts)

    def _opened(self, separator: str, file: str | Path, mode: str = "r", *more: Any, **others: Any) -> Any:
        """A file opened as by `open`; one that is to be read and isn't there has made-up rows of numbers."""
        try:
            return Path(file).open(mode, *more, **others)
        except OSError:
            if not set(mode) <= set("rt"):
                raise
            self.missing[str(file)] = "there is no such file"
            self.roles.add("table")
            return io.StringIO(rows(self.shapes, separator))

    def _given(self, name: str, text: str) -> Any:
        """A value in the place of a stand-in."""
        self.missing[name] = f"not installed: {', '.join(sorted(missing_packages()))}"
        role = role_of(name, text) or "inputs"
        self.roles.add(role)
        return made_up(role, self.shapes, self._columns, self._texts)


def _batches(values: Any) -> Any:
    """What a loop goes over, some turns where it is over a stand-in."""
    return [values] * _TURNS if isinstance(values, Nothing) else values


def _over_batches(iterated: ast.expr) -> ast.expr:
    """What a loop goes over, with `_batches` around it, or around what `enumerate`, `zip` or `tqdm` go over."""
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Name) and iterated.func.id != "range":
        iterated.args = [_over_batches(one) for one in iterated.args]
    called = ast.Call(ast.Name(_BATCHES, ast.Load()), [iterated], [])
    for part in (called, called.func):
        ast.copy_location(part, iterated)
    return called


def _is_nothing(value: Any) -> bool:
    if isinstance(value, Nothing):
        return True
    if isinstance(value, np.ndarray):
        return value.size == 0 or (value.dtype == object and isinstance(value.reshape(-1)[0], Nothing))
    return isinstance(value, list | tuple) and (not value or all(_is_nothing(one) for one in value))


class _Typing(io.TextIOBase):
    """A keyboard at which the same number is typed again and again."""

    def __init__(self, filler: Filler) -> None:
        self._filler = filler

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        """A line."""
        self._filler.typed = True
        return f"{TYPED}\n"


class _Filling(ast.NodeTransformer):
    """`separator` is what stands between the numbers of a line that the module takes apart."""

    def __init__(self, separator: str | None) -> None:
        self._separator = separator

    def visit_Call(self, node: ast.Call) -> Any:
        """A text of rows that is opened."""
        self.generic_visit(node)
        if self._separator is None or not isinstance(node.func, ast.Name) or node.func.id != "open" or not node.args:
            return node
        node.func.id = _OPENED
        node.args.insert(0, ast.copy_location(ast.Constant(self._separator), node))
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        """What is only printed or drawn, which may fail for want of what is shown."""
        root: ast.AST = node.value
        while isinstance(root, ast.Call | ast.Attribute | ast.Subscript):
            root = root.func if isinstance(root, ast.Call) else root.value
        if not isinstance(root, ast.Name) or root.id not in _SHOWING:
            return node
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
        for inner in ast.walk(handler):
            ast.copy_location(inner, node)
        return ast.copy_location(ast.Try([node], [handler], [], []), node)

    def visit_If(self, node: ast.If) -> Any:
        """A question whether a file is there, which ends the program if it isn't: left out."""
        asks = any(isinstance(one, ast.Attribute) and one.attr in _ASKING for one in ast.walk(node.test))
        if asks and isinstance(node.test, ast.UnaryOp) and any(_ends(one) for one in node.body) and not node.orelse:
            return ast.copy_location(ast.Pass(), node)
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> Any:
        """A loop over batches of a package that is missing: what they hold is made up, too.

        Tensors are not: the array that `images.view(-1, 784).numpy()` gives is made up then.
        """
        text = "\n".join(ast.unparse(one) for one in node.body)
        tensors = set(_TENSOR.findall(text))
        self.generic_visit(node)
        given = [
            statement
            for one in _names([node.target])
            if role_of(ast.unparse(one), ast.unparse(one)) is not None and ast.unparse(one) not in tensors
            for statement in ast.parse(
                f"if {_LACKS}({ast.unparse(one)}): {ast.unparse(one)} = {_GIVEN}({ast.unparse(one)!r}, '')"
            ).body
        ]
        for part in given:
            for inner in ast.walk(part):
                ast.copy_location(inner, node.body[0])
        node.body = [*given, *node.body]
        node.iter = _over_batches(node.iter)
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        """An assignment of what was called, to variables whose names or whose expression say what they hold."""
        return self._tried(node, node.targets, node.value)

    def visit_With(self, node: ast.With) -> Any:
        """What is read from an open file."""
        inner = [one for one in ast.walk(node) if isinstance(one, ast.Assign)]
        targets = [target for one in inner for target in one.targets]
        text = "; ".join(ast.unparse(item.context_expr) for item in node.items)
        if _SPLITTING.search(ast.unparse(node)):
            return self.generic_visit(node)  # its lines are taken apart
        node.body = [self.visit(one) for one in node.body]
        return self._with(node, list(_names(targets)), text, checked=False)

    def _tried(self, node: ast.stmt, targets: list[ast.expr], value: ast.expr) -> Any:
        text = ast.unparse(value)
        names = [name for name in _names(targets) if role_of(ast.unparse(name).rpartition(".")[2], text) is not None]
        reads = any(isinstance(one, ast.Call | ast.Subscript | ast.Attribute) for one in ast.walk(value))
        return self._with(node, names, text, checked=True) if names and reads else self.generic_visit(node)

    def _with(self, node: ast.stmt, names: list[ast.expr], text: str, *, checked: bool) -> Any:
        wanted = [one for one in names if role_of(ast.unparse(one).rpartition(".")[2], text) is not None]
        if not wanted:
            return node
        parts = [(one, ast.unparse(one), ast.unparse(one).rpartition(".")[2]) for one in wanted]

        handler = ast.ExceptHandler(
            ast.Name("Exception", ast.Load()),
            _ERROR,
            [
                statement
                for _, target, word in parts
                for statement in ast.parse(f"{target} = {_FAILED}({_ERROR}, {word!r}, {text!r})").body
            ],
        )
        after = [
            statement
            for _, target, word in (parts if checked else ())
            for statement in ast.parse(f"if {_LACKS}({target}): {target} = {_GIVEN}({word!r}, {text!r})").body
        ]
        changed = ast.Try([node], [handler], after, [])
        for part in (handler, *after):
            for inner in ast.walk(part):
                ast.copy_location(inner, node)
        return ast.copy_location(changed, node)


def _ends(node: ast.stmt) -> bool:
    """Whether a statement ends the program, or the function in which it stands."""
    if isinstance(node, ast.Raise | ast.Return):
        return True
    called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return called is not None and ast.unparse(called).rpartition(".")[2] in ("exit", "quit", "_exit", "error")


def _names(targets: list[ast.expr]) -> Iterator[ast.expr]:
    """The variables and attributes among what is assigned to, taken out of tuples."""
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from _names(target.elts)
        elif isinstance(target, ast.Name | ast.Attribute):
            yield target
