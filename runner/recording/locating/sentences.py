"""What is said of a wrong gradient and of a place that may have made it wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from runner.recording.locating.agreement import Agreement, tidy
from runner.recording.locating.colours import Colour, Colours
from runner.recording.locating.suspects import Suspect
from runner.recording.taping.node import Node


def general(names: Sequence[str], agreements: Sequence[Agreement]) -> Iterator[str]:
    """One sentence for each gradient that is wrong in a way that can be said without its place."""
    for name, each in zip(names, agreements, strict=True):
        if each.state == "factor":
            yield f"The gradient of {name} is {number(each.factor)} times what it should be."
        elif each.state == "shape" or (each.state == "wrong" and each.spread):
            yield (
                f"The gradient of {name} has the shape {each.supplied_shape}, {name} the shape {each.shape}"
                + ("; NumPy spreads it." if each.spread else ".")
            )
        elif each.state == "missing":
            yield f"{name} is never updated: no gradient of it is computed."
        elif each.state == "zero":
            yield f"The gradient of {name} is zero, which the true one is not."


def number(value: float) -> str:
    """A factor as people write it: 2, 1/16, -1, 0.3333."""
    fraction = tidy(value)
    if fraction is not None:
        over, under = fraction
        return str(over) if under == 1 else f"{over}/{under}"
    return f"{value:.4g}"


def sentence(suspect: Suspect, colours: Colours) -> str:
    """Why a place is suspected."""
    node = suspect.node
    match suspect.reason:
        case "early":
            name = described(suspect.needed) if suspect.needed is not None else "A parameter"
            name = name.replace("a parameter", "A parameter", 1)
            return f"{name} is updated here before the backward pass has read it; the derivative needs its old value."
        case "target" if suspect.needed is not None:
            found = colours.of(node).matches
            is_of = described(found[0].reference) if found else "another value"
            return f"This is the derivative by {is_of}; what is needed is that by {described(suspect.needed)}."
        case "update" if suspect.needed is not None:
            return "This changes a parameter, and not by its own gradient times a rate."
        case "factor":
            return "From here on the derivative has a wrong factor."
        case "derived":
            return "What comes back is multiplied by this, and the product is no derivative."
        case "unmoved":
            return "Here other parameters get their gradient or are updated; some are passed over."
        case "order":
            return "A turn of this loop needs what another one makes, or is left out."
        case "zero":
            return "This is zero, and the true gradient is not."
        case "forward":
            return "The backward pass is that of another loss: it may be this line of the forward pass that is wrong."
        case "downstream":
            return "This is made from values that are wrong already."
        case _:
            if colours.of(node).colour is Colour.DERIVED:
                return "The backward pass starts here, and this is not the derivative of the loss."
            return "What goes in here is right, what comes out is not a derivative of the loss."


def described(node: Node) -> str:
    """A value of the forward pass by the name it was given, with its line."""
    statement = node.statement
    if statement is None or node.place is None:
        return f"`{node.place.text}`" if node.place is not None else "a parameter or the data"
    name = _target(statement.place.text) or node.place.text
    return f"{name} (line {statement.place.line})"


def _target(text: str) -> str | None:
    try:
        tree = ast.parse(text.strip()).body
    except SyntaxError:
        return None
    if len(tree) == 1 and isinstance(tree[0], ast.Assign) and len(tree[0].targets) == 1:
        return ast.unparse(tree[0].targets[0])
    return None
