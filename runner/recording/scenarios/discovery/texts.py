"""What the text of a file says before any of it is run: its variables, and whether it trains as a script."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from runner.recording.loading.source import read_source
from runner.recording.scenarios.updates import Names, called, loops


def tree_of(file: Path) -> ast.Module:
    """The syntax tree of a file; an empty one where there is no file, or no Python in it."""
    if not file.is_file():
        return ast.Module([], [])
    try:
        return ast.parse(read_source(file).text)
    except SyntaxError:
        return ast.Module([], [])


def assigned(tree: ast.Module) -> set[str]:
    """The variables of a module, without those that are only set when it runs as a script."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    return names


def trains(tree: ast.Module) -> bool:
    """Whether running the file as a script trains something."""
    names = Names()
    names.add(tree)
    top: Sequence[ast.stmt] = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if any(loops(ast.Module([node], [])) and names.changes([node]) for node in top):
        return True
    return any(name in names.changing for node in top for name in called(node))


def nothing_found(file: Path) -> str:
    """What to say of a file in which nothing is found to be checked."""
    run_as_code = [
        node.lineno
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("exec", "eval")
    ]
    code = f" Line {run_as_code[0]} runs text as code, which is not followed." if run_as_code else ""
    return (
        f"nothing to check is found in {file.name}: no class with a loss and gradients, no functions that fit together "
        "by their names, and no loop that changes parameters by a gradient. Rules without a gradient (Hopfield, "
        f"perceptron, genetic search) have none to check.{code} If it has gradients, say where: "
        f"subject={file.name}:NAME, subject.names.gradients, subject.names.loss"
    )
