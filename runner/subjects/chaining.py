"""Functions that make a network together, chained by the names of their arguments and results, as a class.

`init_params(n_x, n_h, n_y)`, `forward_prop(X, params)`, `compute_cost(A2, Y)` and `backward_prop(params, cache, X, Y)`
go together because what one returns has the name that the next one takes, in its `return` or where somebody calls it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.subjects import naming_habits as habits
from runner.subjects.naming_habits import plain

NAME = "_Chained"

_INIT = re.compile(r"init|makeparam|createparam|setup|newnetwork|makenet|buildnet|createnet|randomparam|getparam")
_FORWARD = re.compile(r"forward|predict|propagate|feed|fprop|activat|model$|infer|hypothesis")
_BACKWARD = re.compile(r"backward|backprop|bprop|grad|backpropagat|derivs")
_LOSS = re.compile(r"loss|cost|crossentropy|mse|error|nll|objective")
_PARAMETERS = (*habits.PARAMETERS, "weights", "w", "model", "net", "network", "nn", "layers", "p", "ws")


@dataclass(frozen=True)
class Function:
    """A function of the file: its name, the arguments that it needs, and the names of what it returns."""

    name: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    single: bool


def chained(tree: ast.Module) -> str | None:
    """The source of a class with `loss(X, Y)` and `gradients(X, Y)` made of a file's functions; None where none fit.

    The class is to be defined in the namespace of the file. It has no `loss` where the file has no function for it.
    """
    functions = [_function(node, tree) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for init in _of(functions, _INIT):
        for forward in [*_of(functions, _FORWARD), None]:
            for backward in _of(functions, _BACKWARD):
                if backward in (init, forward) or forward is init:
                    continue
                source = _class(init, forward, backward, [one for one in _of(functions, _LOSS) if one is not backward])
                if source is not None:
                    return source
    return None


def _of(functions: Sequence[Function], pattern: re.Pattern[str]) -> list[Function]:
    return [one for one in functions if pattern.search(plain(one.name))]


def _class(init: Function, forward: Function | None, backward: Function, losses: Sequence[Function]) -> str | None:
    parameters = {name: f"self.{name}" for name in init.gives}
    if init.single:
        (given,) = init.gives
        parameters = {given: "self.parameters"}
        parameters.update(dict.fromkeys(_PARAMETERS, "self.parameters"))
        setting = f"self.parameters = {init.name}({', '.join(init.needs)})"
    else:
        setting = f"{', '.join(parameters.values())} = {init.name}({', '.join(init.needs)})"
    known = _Known(parameters)
    lines: list[str] = []
    if forward is not None:
        arguments = known.arguments(forward)
        if arguments is None:
            return None
        results = known.results(forward)
        lines.append(f"{', '.join(results)} = {forward.name}({arguments})")
    loss_lines: list[str] = []
    for loss in losses:
        called_with = known.arguments(loss)
        if called_with is not None:
            loss_lines = [*lines, f"return {loss.name}({called_with})"]
            break
    back = known.arguments(backward)
    if back is None:
        return None
    methods = [_method("__init__", init.needs, [setting])]
    if loss_lines:
        methods.append(_method("loss", ("X", "Y"), loss_lines))
    methods.append(_method("gradients", ("X", "Y"), [*lines, f"return {backward.name}({back})"]))
    if forward is not None and not any(plain(name) in habits.TARGETS for name in forward.needs):
        methods.append(_method("predict", ("X",), [*lines, f"return {results[0]}"]))
    held = "parameters" if init.single else f"[{', '.join(init.gives)}]"
    return f"class {NAME}:\n    names = {held!r}\n" + "\n".join(methods)


class _Known:
    """The names that are there when a function is called, and what to write for each."""

    def __init__(self, parameters: dict[str, str]) -> None:
        self._by_name = {plain(name): text for name, text in parameters.items()}
        self._outputs: str | None = None
        self._cache: str | None = None

    def arguments(self, function: Function) -> str | None:
        """The arguments of a call; None where something is not known."""
        found = [self._argument(name) for name in function.needs]
        return None if None in found else ", ".join(str(one) for one in found)

    def results(self, function: Function) -> list[str]:
        """Variables for what a function returns."""
        names = [f"{name}_" if name in ("X", "Y", "self") else name for name in function.gives]
        for name in names:
            self._by_name[plain(name)] = name
        self._outputs = names[0]
        self._cache = names[-1]
        return names

    def _argument(self, name: str) -> str | None:
        word = plain(name)
        if word in self._by_name:
            return self._by_name[word]
        if word in habits.INPUTS:
            return "X"
        if word in habits.TARGETS:
            return "Y"
        if word in habits.OUTPUTS and self._outputs is not None:
            return self._outputs
        if (word in habits.CACHES or "cache" in word) and self._cache is not None:
            return self._cache
        return "len(X)" if word in habits.SAMPLES else None


def _function(node: ast.FunctionDef, tree: ast.Module) -> Function:
    positional = [*node.args.posonlyargs, *node.args.args]
    needed = positional[: len(positional) - len(node.args.defaults)]
    bound = next(_bound(node.name, tree), None)
    returned = _returned(node)
    gives = returned or bound or ("result",)
    if bound is not None and len(bound) == len(gives):
        gives = tuple(name if name.isidentifier() else other for name, other in zip(bound, gives, strict=True))
    elif bound is not None and len(bound) > len(gives):
        gives = bound
    names = tuple(name if name.isidentifier() else f"result{place}" for place, name in enumerate(gives))
    return Function(node.name, tuple(one.arg for one in needed), names, len(names) == 1)


def _returned(node: ast.FunctionDef) -> tuple[str, ...]:
    """The names in the last `return` of a function, what is no name as it is written."""
    found: tuple[str, ...] = ()
    for one in ast.walk(node):
        if isinstance(one, ast.Return) and one.value is not None:
            parts = one.value.elts if isinstance(one.value, ast.Tuple) else [one.value]
            found = tuple(ast.unparse(part) for part in parts)
    return found


def _bound(name: str, tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """The names to which the results of a function are assigned anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Name) and function.id == name and len(node.targets) == 1:
                target = node.targets[0]
                parts = target.elts if isinstance(target, ast.Tuple) else [target]
                yield tuple(ast.unparse(part) for part in parts)


def _method(name: str, arguments: Sequence[str], lines: Sequence[str]) -> str:
    return "\n".join([f"    def {name}({', '.join(['self', *arguments])}):", *(f"        {line}" for line in lines)])
