"""Their source compiled so that it can be recorded: the same code with each operation reported to the recorder.

An expression `a + b` becomes `__whynan__.binary(7, a, b)`, where 7 is the number of its site. Order of evaluation and
results stay as they are, and so do line numbers. A subclass of ndarray, or another module in the place of NumPy, was
tried first: both lose track at `np.zeros` followed by assignments to elements, at `.tolist()`, `np.matrix` and lists.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

from .operators import BINARY, COMPARISONS, IN_PLACE, UNARY
from .sites import FILES, Places, Site, added
from .tape import Place, Statement

RUNTIME_NAME = "__whynan__"  # ends in underscores too: such names are not mangled inside a class
_ARRAY_ATTRIBUTES = frozenset({"T", "mT", "H", "I", "A", "A1", "real", "imag", "flat"})
_UNTOUCHED_CALLS = frozenset(
    {"super", "locals", "globals", "vars", "dir", "eval", "exec", "print", "len", "range", "isinstance", "type"}
    | {"hasattr", "issubclass", "callable", "id", "input", "open", "breakpoint", "__import__"}
)  # the first seven look at the frame that calls them, the others give no numbers
_JIT = frozenset({"jit", "njit", "vectorize_jit", "guvectorize", "autojit"})
_BARE = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp, ast.NamedExpr, ast.BoolOp, ast.Call, ast.Await)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_QUIET = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass, ast.Break, ast.Continue, ast.ClassDef)
_Syntax = TypeVar("_Syntax", bound=ast.AST)


def compile_recorded(source: str, file: Path) -> CodeType:
    """The module `source` compiled for `exec` in a namespace of its own.

    Lines and columns are those of `source`; `file` is what tracebacks and places say. `SyntaxError` as from `compile`.
    """
    return compile_tree(ast.parse(source, str(file)), source, file)


def compile_tree(tree: ast.Module, source: str, file: Path) -> CodeType:
    """The same for a syntax tree made of parts of that of `source`: one function of it, the body of a loop.

    The tree itself is changed.
    """
    FILES.add(str(file))
    return compile(Rewriter(source, file).module(tree), str(file), "exec", dont_inherit=True)


class Rewriter:
    """Rewrites the syntax tree of one file in place."""

    def __init__(self, source: str, file: Path) -> None:
        self._places = Places(source, file)
        self._scopes: list[str] = []
        self._class: str | None = None
        self._in_class_body = False
        self._loops: tuple[Place, ...] = ()
        self._statement: Statement | None = None
        self._temporaries = 0

    def module(self, tree: ast.Module) -> ast.Module:
        """The module with every function and class of it rewritten, and the recorder imported on top."""
        head = _head(tree.body)
        entry = ast.ImportFrom(f"{__package__}.runtime", [ast.alias("RUNTIME", RUNTIME_NAME)], 0)
        if head < len(tree.body):
            ast.copy_location(entry, tree.body[head])
        tree.body = [*tree.body[:head], entry, *self._body(tree.body[head:])]
        return ast.fix_missing_locations(tree)

    # -- statements

    def _body(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in body for new in self._rewritten(statement)]

    def _rewritten(self, node: ast.stmt) -> list[ast.stmt]:
        outer, self._statement = self._statement, self._described(node)
        try:
            special = getattr(self, f"_on_{type(node).__name__.lower()}", None)
            new = special(node) if special is not None else [self._inside(node)]
            if not isinstance(node, _QUIET) and not self._in_class_body:
                new = [_expression(self._report("at", node, [])), *new]
            for each in new:
                _locate(each, node)
            return new
        finally:
            self._statement = outer

    def _described(self, node: ast.stmt) -> Statement:
        place = self._places
        match node:
            case ast.For() | ast.AsyncFor():
                where = place.between(node.target, node.iter)
            case ast.While() | ast.If():
                where = place.of(node.test)
            case ast.With() | ast.AsyncWith():
                last = node.items[-1]
                where = place.between(node.items[0].context_expr, last.optional_vars or last.context_expr)
            case ast.Match():
                where = place.of(node.subject)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Try() | ast.TryStar():
                where = place.line_of(node)
            case _:
                where = place.of(node)
        return Statement(where, type(node).__name__, ".".join(self._scopes) or "<module>", self._loops)

    def _on_functiondef(self, node: Any) -> list[ast.stmt]:
        node.decorator_list = [each for each in node.decorator_list if not _compiles(each)]
        node.args = self._inside(node.args)
        head = 1 if ast.get_docstring(node, clean=False) is not None else 0
        with self._scope(node.name):
            enter = _locate(_expression(self._report("enter", node, [])), node)
            node.body = [*node.body[:head], enter, *self._body(node.body[head:])]
        return [node]

    _on_asyncfunctiondef = _on_functiondef

    def _on_classdef(self, node: ast.ClassDef) -> list[ast.stmt]:
        node.bases = [self._expr(base) for base in node.bases]
        with self._scope(node.name, of_class=True):
            node.body = self._body(node.body)
        return [node]

    def _on_for(self, node: Any) -> list[ast.stmt]:
        if isinstance(node, ast.For):
            node.iter = self._iterated(node.iter, node.target)
        else:
            node.iter = self._expr(node.iter)
        self._loop_body(node)
        return [node]

    _on_asyncfor = _on_for

    def _on_while(self, node: ast.While) -> list[ast.stmt]:
        node.test = self._expr(node.test)
        self._loop_body(node)
        return [node]

    def _loop_body(self, node: Any) -> None:
        assert self._statement is not None
        turn = _locate(_expression(self._report("turn", node, [])), node.body[0])
        outer, self._loops = self._loops, (*self._loops, self._statement.place)
        node.body = [turn, *self._body(node.body)]
        self._loops = outer
        node.orelse = self._body(node.orelse)

    def _on_assign(self, node: ast.Assign) -> list[ast.stmt]:
        stored = any(_stores_elements(target) for target in node.targets)
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
        return _expression(self._report("setitem", target, arguments, op="setitem", parts=(part,)))

    def _on_annassign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is not None:
            part, value = self._places.of(node.value), self._kept(node.value)
            if isinstance(node.target, ast.Subscript):
                return [self._store(node.target, value, part)]
            node.value = value
        return [node]

    def _on_augassign(self, node: ast.AugAssign) -> list[ast.stmt]:
        op, function = IN_PLACE[type(node.op)]
        what: dict[str, Any] = {"op": op, "function": function, "literals": _literals([node.target, node.value])}
        what["parts"] = self._places.of(node.target), self._places.of(node.value)
        value = self._expr(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            load = _locate(ast.Name(target.id, ast.Load()), target)
            return [ast.Assign([target], self._report("inplace", node, [load, value], **what))]
        if isinstance(target, ast.Attribute):
            name = self._mangled(target.attr)
            before = self._report("attribute_before", target, [self._expr(target.value)], name=name)
        else:
            arguments = [self._expr(target.value), self._index(target.slice)]
            before = self._report("item_before", target, arguments, op="getitem")
        return [_expression(self._report("after", node, [before, value], **what))]

    def _on_return(self, node: Any) -> list[ast.stmt]:
        if node.value is not None:
            node.value = self._kept(node.value)
        return [node]

    def _on_delete(self, node: ast.Delete) -> list[ast.stmt]:
        return [node]

    def _on_match(self, node: ast.Match) -> list[ast.stmt]:
        node.subject = self._expr(node.subject)
        for case in node.cases:
            case.guard = None if case.guard is None else self._expr(case.guard)
            case.body = self._body(case.body)
        return [node]

    # -- expressions

    def _inside(self, node: _Syntax) -> _Syntax:
        """`node` with everything in it rewritten."""
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    setattr(node, name, self._body(value))
                else:
                    setattr(node, name, [self._any(each) for each in value])
            elif name != "annotation":
                setattr(node, name, self._any(value))
        return node

    def _any(self, value: Any) -> Any:
        if isinstance(value, ast.expr):
            return self._expr(value)
        return self._inside(value) if isinstance(value, ast.AST) else value

    def _expr(self, node: ast.expr) -> ast.expr:
        special = getattr(self, f"_on_{type(node).__name__.lower()}", None)
        new: ast.expr = special(node) if special is not None else self._inside(node)
        return _locate(new, node)

    def _on_binop(self, node: ast.BinOp) -> ast.expr:
        if _constant(node):
            return node
        op, function = BINARY[type(node.op)]
        parts = self._places.of(node.left), self._places.of(node.right)
        literals = _literals([node.left, node.right])
        operands = [self._expr(node.left), self._expr(node.right)]
        return self._report("binary", node, operands, op=op, function=function, parts=parts, literals=literals)

    def _on_unaryop(self, node: ast.UnaryOp) -> ast.expr:
        if _constant(node) or isinstance(node.op, ast.Not):
            return self._inside(node)
        op, function = UNARY[type(node.op)]
        parts = (self._places.of(node.operand),)
        return self._report("unary", node, [self._expr(node.operand)], op=op, function=function, parts=parts)

    def _on_compare(self, node: ast.Compare) -> ast.expr:
        kind = type(node.ops[0])
        if len(node.ops) > 1 or kind not in COMPARISONS:
            return self._inside(node)
        op, function = COMPARISONS[kind]
        left, right = node.left, node.comparators[0]
        parts, literals = (self._places.of(left), self._places.of(right)), _literals([left, right])
        operands = [self._expr(left), self._expr(right)]
        return self._report("binary", node, operands, op=op, function=function, parts=parts, literals=literals)

    def _on_subscript(self, node: ast.Subscript) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return self._inside(node)
        parts = self._places.of(node.value), self._places.of(node.slice)
        arguments = [self._expr(node.value), self._index(node.slice)]
        return self._report("getitem", node, arguments, op="getitem", parts=parts)

    def _index(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Tuple):
            node.elts = [self._index(each) for each in node.elts]
            return node
        if isinstance(node, ast.Slice):
            bounds: list[ast.expr] = [
                ast.Constant(None) if bound is None else self._expr(bound)
                for bound in (node.lower, node.upper, node.step)
            ]
            return _locate(ast.Call(_runtime("slice"), bounds, []), node)
        return self._expr(node)

    def _on_attribute(self, node: ast.Attribute) -> ast.expr:
        value = self._expr(node.value)
        if isinstance(node.ctx, ast.Load) and node.attr in _ARRAY_ATTRIBUTES:
            parts = (self._places.of(node.value),)
            return self._report("attribute", node, [value], op=node.attr, name=node.attr, parts=parts)
        node.value = value
        return node

    def _on_call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in _UNTOUCHED_CALLS:
            return self._inside(node)
        parts = tuple(None if isinstance(each, ast.Starred) else self._places.of(each) for each in node.args)
        keywords = {each.arg: self._places.of(each.value) for each in node.keywords if each.arg is not None}
        receiver = self._places.of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        literals = _literals(node.args) | {each.arg for each in node.keywords if each.arg and _constant(each.value)}
        function = self._expr(node.func)
        arguments = [function, *(self._expr(each) for each in node.args)]
        what = {"parts": parts, "keywords": keywords, "receiver": receiver, "literals": literals}
        call = self._report("call", node, arguments, **what)
        call.keywords = [self._inside(each) for each in node.keywords]
        return call

    def _on_starred(self, node: ast.Starred) -> ast.expr:
        if isinstance(node.ctx, ast.Load):
            node.value = self._iterated(node.value, None)
        return node

    def _on_lambda(self, node: ast.Lambda) -> ast.expr:
        node.args = self._inside(node.args)
        node.body = self._kept(node.body)
        return node

    def _on_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        node.iter = self._expr(node.iter) if node.is_async else self._iterated(node.iter, node.target)
        node.ifs = [self._expr(each) for each in node.ifs]
        return node

    def _on_listcomp(self, node: Any) -> ast.expr:
        node.generators = [self._on_comprehension(each) for each in node.generators]
        node.elt = self._kept(node.elt)
        return node  # type: ignore[no-any-return]

    _on_setcomp = _on_generatorexp = _on_listcomp

    def _on_dictcomp(self, node: ast.DictComp) -> ast.expr:
        node.generators = [self._on_comprehension(each) for each in node.generators]
        node.key, node.value = self._expr(node.key), self._kept(node.value)
        return node

    def _on_joinedstr(self, node: ast.JoinedStr) -> ast.expr:
        return node  # before Python 3.12 what stands in an f-string has no place of its own

    def _on_yield(self, node: ast.Yield) -> ast.expr:
        if node.value is not None:
            node.value = self._kept(node.value)
        return node

    def _kept(self, node: ast.expr) -> ast.expr:
        """`node` rewritten, and reported under its place where it only passes on what it names."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            node.elts = [each if isinstance(each, ast.Starred) else self._kept(each) for each in node.elts]
            return node
        if isinstance(node, ast.Dict):
            node.keys = [None if key is None else self._expr(key) for key in node.keys]
            node.values = [
                self._expr(value) if key is None else self._kept(value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
            return node
        if _constant(node) and isinstance(_value(node), float):
            # equal literals are one object, and parameters that start equal must not be taken for one
            return _locate(ast.Call(_runtime("fresh"), [node], []), node)
        if isinstance(node, _BARE):
            parts = (self._places.of(node),)
            return _locate(self._report("keep", node, [self._expr(node)], op="same", parts=parts), node)
        return self._expr(node)

    def _iterated(self, node: ast.expr, target: ast.expr | None) -> ast.expr:
        if isinstance(node, ast.Tuple | ast.List | ast.Constant):
            return self._kept(node)
        new = self._report("iterate", node, [self._expr(node)], op="getitem", shape=_nesting(target))
        return _locate(new, node)

    def _unpacked(self, new: ast.expr, node: ast.expr, target: ast.expr | None) -> ast.expr:
        shape = _nesting(target)
        if shape is None:
            return new
        if isinstance(node, ast.Tuple | ast.List):
            if isinstance(new, ast.Tuple | ast.List) and isinstance(target, ast.Tuple | ast.List):
                pairs = zip(new.elts, node.elts, target.elts, strict=False)
                new.elts = [self._unpacked(*each) for each in pairs] if len(new.elts) == len(shape) else new.elts
            return new
        return _locate(self._report("unpack", node, [new], op="getitem", shape=shape), node)

    # -- helpers

    def _report(self, method: str, node: ast.expr | ast.stmt, arguments: Sequence[ast.expr], **what: Any) -> ast.Call:
        assert self._statement is not None
        whole = isinstance(node, ast.stmt)
        site = Site(self._statement.place if whole else self._places.of(node), self._statement, **what)
        return ast.Call(_runtime(method), [ast.Constant(added(site)), *arguments], [])

    def _mangled(self, name: str) -> str:
        private = name.startswith("__") and not name.endswith("__")
        owner = (self._class or "").lstrip("_")
        return f"_{owner}{name}" if private and owner else name

    @contextmanager
    def _scope(self, name: str, of_class: bool = False) -> Iterator[None]:
        before = self._class, self._in_class_body, self._loops
        self._scopes.append(name)
        self._class, self._in_class_body, self._loops = (name if of_class else self._class), of_class, ()
        try:
            yield
        finally:
            self._scopes.pop()
            self._class, self._in_class_body, self._loops = before


def _head(body: Sequence[ast.stmt]) -> int:
    """How many statements have to stay first: the docstring and imports from __future__."""
    head = 0
    for statement in body:
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (future or (head == 0 and text)):
            break
        head += 1
    return head


def _compiles(decorator: ast.expr) -> bool:
    """Whether a decorator compiles the function, so that its Python would not run."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    owner = named.value.id if isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name) else ""
    return name in _JIT or owner in ("numba", "nb")


def _stores_elements(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return any(_stores_elements(each) for each in target.elts)
    return isinstance(target.value if isinstance(target, ast.Starred) else target, ast.Subscript)


def _constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return isinstance(node.value, int | float | complex)
        case ast.UnaryOp():
            return _constant(node.operand)
        case ast.BinOp():
            return _constant(node.left) and _constant(node.right)
    return False


def _literals(nodes: Sequence[ast.expr]) -> frozenset[int | str]:
    return frozenset(position for position, node in enumerate(nodes) if _constant(node))


def _value(node: ast.expr) -> Any:
    """The value of a constant expression, None where it has none."""
    try:
        return eval(compile(ast.Expression(node), "<constant>", "eval"), {})
    except (ArithmeticError, TypeError, ValueError):
        return None


def _nesting(target: ast.expr | None) -> tuple[Any, ...] | None:
    """The nesting of an assignment's names: None for one name, a tuple of such for several."""
    if isinstance(target, ast.Tuple | ast.List):
        if any(isinstance(each, ast.Starred) for each in target.elts):
            return ()
        return tuple(_nesting(each) for each in target.elts)
    return None


def _runtime(name: str) -> ast.expr:
    return ast.Attribute(ast.Name(RUNTIME_NAME, ast.Load()), name, ast.Load())


def _expression(node: ast.expr) -> ast.stmt:
    return ast.Expr(node)


def _locate(new: _Syntax, old: ast.AST) -> _Syntax:
    """`new` with the position of `old`, and everything in it that has none yet."""
    if "lineno" in new._attributes and getattr(new, "lineno", None) is None:
        ast.copy_location(new, old)
    for child in ast.iter_child_nodes(new):
        if "lineno" in child._attributes and getattr(child, "lineno", None) is None:
            _locate(child, old)
    return new
