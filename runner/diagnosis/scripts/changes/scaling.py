"""Data and starting weights of a script scaled: a line behind where data are made, other numbers where weights are."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.diagnosis.scripts.changes.edit import Edit, Source, tidy
from runner.diagnosis.scripts.facts import Data, Facts, Start
from runner.diagnosis.scripts.weights import is_bias

_DRAWN = {"normal", "randn", "rand", "random", "uniform", "standard_normal", "random_sample", "randint", "integers"}
_EQUAL = {"zeros", "ones", "full"}
_WORDS = re.compile(r"[^\W\d]\w*")
# The mean of biases from which on they start far from 0.
_FAR_BIAS = 1.0


def inputs_edit(source: Source, data: Data) -> Edit | None:
    """Each feature with mean 0 and standard deviation 1."""
    keep = "" if data.axis == 0 or len(data.shape) == 1 else ", keepdims=True"
    axis = "" if len(data.shape) == 1 else f"axis={data.axis}{keep}"
    floor = _has_constant(data)

    def line(X: str) -> str:
        deviation = f"({X}.std({axis}) + 1e-8)" if floor else f"{X}.std({axis})"
        return f"{X} = ({X} - {X}.mean({axis})) / {deviation}"

    return _behind(source, data, line, loss=False)


def targets_edit(source: Source, data: Data, low: float | None = None) -> Edit | None:
    """Targets with mean 0 and standard deviation 1; with `low` between that and 1."""
    if low is None:
        return _behind(source, data, lambda Y: f"{Y} = ({Y} - {Y}.mean()) / {Y}.std()", loss=True)
    if low < 0:
        text = "{Y} = 2 * ({Y} - {Y}.min()) / ({Y}.max() - {Y}.min()) - 1"
    else:
        text = "{Y} = ({Y} - {Y}.min()) / ({Y}.max() - {Y}.min())"
    return _behind(source, data, lambda Y: text.format(Y=Y), loss=True)


def _has_constant(data: Data) -> bool:
    return not data.smallest > 1e-12 * data.largest


def _behind(source: Source, data: Data, line: Callable[[str], str], *, loss: bool) -> Edit | None:
    """A line behind the last statement that makes the array, and what is made of it there."""
    for name in data.names:
        found = [statement for statement in _makers(source, name) if not _is_part(statement, name)]
        if found:
            return Edit((source.after(found[-1], line(name)),), loss)
    return None


def _makers(source: Source, name: str) -> list[ast.Assign]:
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign):
            targets = [ast.unparse(one) for target in node.targets for one in _flat(target)]
            if name in targets:
                found.append(node)
    return sorted(found, key=lambda node: node.lineno)


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for one in target.elts:
            yield from _flat(one)
    else:
        yield target


def _is_part(statement: ast.Assign, name: str) -> bool:
    """Whether it takes rows of something: a batch."""
    return isinstance(statement.value, ast.Subscript) or (
        isinstance(statement.value, ast.Tuple) and all(isinstance(one, ast.Subscript) for one in statement.value.elts)
    )


def start_edit(source: Source, facts: Facts, gain: float = 1.0) -> Edit | None:
    """Weights with mean 0 and standard deviation sqrt(gain / fan-in), where theirs is another; None where none is.

    A gain of 1 is LeCun's rule, and Glorot's for layers of about equal widths; 2 is He's, for ReLU.
    """
    pieces = []
    for name, target, call in _weights(source, facts.starts):
        one = facts.starts[name]
        wanted = math.sqrt(gain / one.fan_in)
        if one.std and abs(math.log(one.std / wanted)) < math.log(2.0) and not one.is_off_centre:
            continue
        new = _drawn(source, call, _suiting(source, call, facts, wanted, gain))
        if new is not None:
            pieces.append(source.piece(target, new))
    return Edit(tuple(dict.fromkeys(pieces))) if pieces else None


def unequal_edit(source: Source, facts: Facts, names: Sequence[str]) -> Edit | None:
    """Weights that start equal, drawn at random."""
    pieces = []
    for name, target, call in _weights(source, facts.starts):
        if name in names and ast.unparse(call.func).rpartition(".")[2] in _EQUAL:
            new = _drawn(source, call, _suiting(source, call, facts, math.sqrt(1.0 / facts.starts[name].fan_in)))
            if new is not None:
                pieces.append(source.piece(target, new))
    return Edit(tuple(dict.fromkeys(pieces))) if pieces else None


def zero_biases_edit(source: Source, facts: Facts) -> Edit | None:
    """Biases that start at 0 where they start far from it; None where none does."""
    off = [name for name, one in facts.starts.items() if is_bias(name) and abs(one.mean) > _FAR_BIAS]
    pieces = []
    for name, target in _starts(source, off):
        call = _maker(target)
        shape = None if call is None else _shape(source, call)
        if name in off and shape is not None:
            pieces.append(source.piece(target, f"np.zeros({shape})"))
    return Edit(tuple(dict.fromkeys(pieces))) if pieces else None


def times_edit(source: Source, name: str, factor: float) -> Edit | None:
    """One parameter that starts at so many times what it starts at; None where its start is not found."""
    pieces = []
    for _, target in _starts(source, [name]):
        call = _maker(target)
        filled = call is not None and ast.unparse(call.func).rpartition(".")[2] in _EQUAL  # a gradient or moment of it
        if filled or not any(isinstance(one, ast.Call) for one in ast.walk(target)):
            continue
        text = source.of(target)
        plain = isinstance(target, ast.Call | ast.Name) or (
            isinstance(target, ast.BinOp) and isinstance(target.op, ast.Mult | ast.Div)
        )
        pieces.append(source.piece(target, f"{text if plain else f'({text})'} * {tidy(factor)}"))
    return Edit(tuple(dict.fromkeys(pieces[:1]))) if pieces else None


def _maker(target: ast.expr) -> ast.Call | None:
    return next((one for one in ast.walk(target) if isinstance(one, ast.Call) and _makes(one)), None)


def _weights(source: Source, starts: Mapping[str, Start]) -> Iterator[tuple[str, ast.expr, ast.Call]]:
    """The matrices of weights with the expression that makes each, and the call in it that draws or fills."""
    for name, target in _starts(source, [name for name, one in starts.items() if one.fan_in]):
        call = _maker(target)
        if call is not None:
            yield name, target, call


def _starts(source: Source, names: Sequence[str]) -> Iterator[tuple[str, ast.expr]]:
    """Parameters of these names, each with an expression that is assigned to something of its name."""
    for node in ast.walk(source.tree):
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs += [(ast.unparse(a), b) for a, b in zip(target.elts, node.value.elts, strict=False)]
                else:
                    pairs.append((ast.unparse(target), node.value))
        elif isinstance(node, ast.Dict):
            pairs += [(ast.unparse(k), v) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
        for text, value in pairs:
            words = set(_WORDS.findall(text)) - {"self"}
            made = re.compile(pattern) if (pattern := _numbered(text)) else None
            found = (one for one in names if _names(one) & words or (made and made.search(one)))
            name = next(found, None)
            if name is not None:
                yield from ((name, target) for target in _made(value))


def _numbered(target: str) -> str | None:
    """A pattern of the keys that `params["W" + str(l)]`, `params[f"W{l}"]` and `params["W%d" % l]` make; else None."""
    tree = ast.parse(target, mode="eval").body
    if not isinstance(tree, ast.Subscript):
        return None
    match tree.slice:
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Add()):
            return rf"\b{re.escape(text)}\d+\b"
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
            return r"\b" + r"\d+".join(map(re.escape, re.split("%[dis]", text))) + r"\b"
        case ast.JoinedStr(values=parts):
            return r"\b" + "".join(_escaped(part) for part in parts) + r"\b"
    return None


def _escaped(part: ast.expr) -> str:
    return re.escape(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else r"\d+"


def _names(name: str) -> set[str]:
    """The last words of a parameter's name: "weights" of `layers[0].weights`, "W1" of `params['W1']`, "W" of `W[0]`."""
    words = [word for word in _WORDS.findall(name) if word != "self"]
    return set(words[-1:])


def _made(value: ast.expr) -> Iterator[ast.expr]:
    """The expressions that make an array each: the value, the elements of a list, what a comprehension gives."""
    if isinstance(value, ast.ListComp):
        yield value.elt
    elif isinstance(value, ast.List | ast.Tuple):
        yield from value.elts
    else:
        yield value


def _makes(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    return name in _DRAWN | _EQUAL


def _suiting(source: Source, call: ast.Call, facts: Facts, deviation: float, gain: float = 1.0) -> str:
    """A standard deviation; where the shape is that of many layers (`randn(n_in, n_out)`), in terms of it."""
    shape = _shape(source, call)
    tree = None if shape is None else ast.parse(shape, mode="eval").body
    if not isinstance(tree, ast.Tuple) or len(tree.elts) != 2:
        return tidy(deviation)
    fan = tree.elts[facts.input_axis]
    text = f"({ast.unparse(fan)})" if isinstance(fan, ast.BinOp) else ast.unparse(fan)
    return tidy(deviation) if isinstance(fan, ast.Constant) else f"np.sqrt({tidy(gain)} / {text})"


def _drawn(source: Source, call: ast.Call, deviation: str) -> str | None:
    """A normal distribution of the same shape, from the same generator where the call names one."""
    shape = _shape(source, call)
    if shape is None:
        return None
    name = ast.unparse(call.func).rpartition(".")[2]
    owner = source.of(call.func.value) if isinstance(call.func, ast.Attribute) and name not in _EQUAL else "np.random"
    return f"{owner}.normal(0.0, {deviation}, {shape})"


def _shape(source: Source, call: ast.Call) -> str | None:
    name = ast.unparse(call.func).rpartition(".")[2]
    named = {one.arg: one.value for one in call.keywords}
    for key in ("size", "shape"):
        if key in named:
            return source.of(named[key])
    position = {"normal": 2, "uniform": 2, "randint": 2, "integers": 2}.get(name, 0)
    if name in ("randn", "rand"):
        return f"({', '.join(source.of(one) for one in call.args)})" if call.args else None
    return source.of(call.args[position]) if len(call.args) > position else None
