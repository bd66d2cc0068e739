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
_UPDATE = re.compile(r"update|step|optimi|descent|sgd|apply")
_LOSS = re.compile(r"loss|cost|crossentropy|mse|error|nll|objective")
_PARAMETERS = (*habits.PARAMETERS, "weights", "w", "model", "net", "network", "nn", "layers", "p", "ws")


@dataclass(frozen=True)
class Function:
    """A function of the file: its name, the arguments that it needs, those with a default, the names of its results.

    It `returns` nothing where it changes what it is given.
    """

    name: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    single: bool
    options: tuple[str, ...] = ()
    returns: bool = True

    @property
    def takes_targets(self) -> bool:
        """Whether it needs the targets."""
        return any(plain(name) in habits.TARGETS for name in self.needs)


def chained(tree: ast.Module) -> str | None:
    """The source of a class with `loss(X, Y)` and `gradients(X, Y)` made of a file's functions; None where none fit.

    The class is to be defined in the namespace of the file. It has no `loss` where the file has no function for it, and
    an `update(X, Y, lr)` where one takes parameters and gradients.
    """
    functions = [_function(node, tree) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for init in _of(functions, _INIT):
        for forward in [*_of(functions, _FORWARD), None]:
            # What takes the targets: a derivative of an activation is called like a backward pass, too.
            for backward in sorted(_of(functions, _BACKWARD), key=lambda one: not one.takes_targets):
                if backward in (init, forward) or forward is init:
                    continue
                losses = [one for one in _of(functions, _LOSS) if one is not backward]
                updates = [one for one in _of(functions, _UPDATE) if one not in (init, forward, backward)]
                source = _class(init, forward, backward, losses, updates)
                if source is not None:
                    return source
    return None


def _of(functions: Sequence[Function], pattern: re.Pattern[str]) -> list[Function]:
    return [one for one in functions if pattern.search(plain(one.name))]


def _class(
    init: Function,
    forward: Function | None,
    backward: Function,
    losses: Sequence[Function],
    updates: Sequence[Function],
) -> str | None:
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
    called = f"{', '.join(known.gradients(backward))} = {backward.name}({back})"
    for update in updates:
        updating = _updating(update, known, init)
        if updating:
            methods.append(_method("update", ("X", "Y", "lr"), [*lines, called, *updating]))
            break
    held = "parameters" if init.single else f"[{', '.join(init.gives)}]"
    return f"class {NAME}:\n    names = {held!r}\n" + "\n".join(methods)


def _updating(update: Function, known: _Known, init: Function) -> list[str]:
    """The lines that call an update and keep what it gives; none where its arguments or results aren't known."""
    arguments = known.arguments(update)
    if arguments is None or not any(known.is_gradient(name) for name in update.needs):
        return []
    rates = [f"{name}=lr" for name in update.options if plain(name) in habits.RATES]
    call = f"{update.name}({', '.join([arguments, *rates])})"
    if not update.returns:
        return [call]
    if init.single:
        return [f"self.parameters = {call}"] if update.single else []
    targets = ", ".join(f"self.{name}" for name in init.gives)
    return [f"{targets} = {call}"] if len(update.gives) == len(init.gives) else []


class _Known:
    """The names that are there when a function is called, and what to write for each."""

    def __init__(self, parameters: dict[str, str]) -> None:
        self._by_name = {plain(name): text for name, text in parameters.items()}
        self._outputs: str | None = None
        self._cache: str | None = None
        self._gradients: tuple[str, ...] = ()

    def is_gradient(self, name: str) -> bool:
        """Whether an argument is what the backward pass gave."""
        return plain(name) in map(plain, self._gradients) or (
            plain(name) in habits.GRADIENTS_GIVEN and len(self._gradients) == 1
        )

    def arguments(self, function: Function) -> str | None:
        """The arguments of a call; None where something is not known."""
        found = [self._argument(name) for name in function.needs]
        return None if None in found else ", ".join(str(one) for one in found)

    def gradients(self, backward: Function) -> list[str]:
        """Variables for what a backward pass returns."""
        names = [f"{name}_" if name in ("X", "Y", "self") else name for name in backward.gives]
        self._by_name |= {plain(name): name for name in names if plain(name) not in self._by_name}
        self._gradients = tuple(names)
        return names

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
        if word in habits.GRADIENTS_GIVEN and len(self._gradients) == 1:
            return self._gradients[0]
        if word in self._by_name:
            return self._by_name[word]
        if word in habits.RATES:
            return "lr" if self._gradients else None
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
    options = [one.arg for one in (*positional[len(needed) :], *node.args.kwonlyargs)]
    needs = tuple(one.arg for one in needed)
    return Function(node.name, needs, names, len(names) == 1, tuple(options), bool(returned))


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
