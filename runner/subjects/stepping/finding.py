"""Finding out how a network is to be trained: what a check finds out, and its own update where that is wanted."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runner.subjects.asked import Asked
from runner.subjects.calling.discovery import call_texts
from runner.subjects.calling.finding_out import find_out
from runner.subjects.calling.rates import rate_of
from runner.subjects.calling.recipe import Recipe
from runner.subjects.chaining import NAME, chained
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression
from runner.subjects.loading import load_module

Array = NDArray[np.float64]


def found_for_training(asked: Asked, before: Callable[[str], None]) -> Recipe:
    """How it is used; a `Complaint` from the way that got furthest where nothing works.

    A name, or other names of its parts, are taken as said. Of a file alone its only class is tried, then functions that
    fit together by their names, then the file itself with its arrays.
    """
    complaints = list[Complaint]()
    load = partial(load_module, seed=asked.given.seed or 0)
    for attempt, loader in _ways(asked, load):
        try:
            return find_out(attempt, before, loader)
        except Complaint as complaint:
            complaints.append(complaint)
    if complaints[0].path == "subject.names.loss" and not asked.names.get("loss"):
        # Many a class computes its loss within its training, or not at all: its outputs are measured by one of ours.
        with suppress(Complaint):
            recipe = find_out(replace(asked, lossless=True), before, load)
            if recipe.predict is not None:
                return recipe
    raise complaints[0]


def update_of(recipe: Recipe, asked: Asked) -> Recipe:
    """Their own update as a recipe whose gradients are that call; a `Complaint` where none is found."""
    if recipe.updates:
        return recipe
    bench, data = recipe.bench, recipe.data
    subject = bench.at(data.X, data.Y).subject
    calls = list(call_texts(subject, "update", None, ()))
    for text in (*calls, *(f"{recipe.gradients.text}; {call}" for call in calls)):
        expression = Expression(text, "subject.update")
        try:
            bench.fresh()
            steps = bench.updates(expression, None, data.X, data.Y, 1.0, None)
            if any(np.any(step != 0) for step in steps):
                rate, lr = rate_of(bench, data, recipe.written, expression, subject, asked.names.get("lr"))
                return replace(recipe, gradients=expression, updates=True, rate=rate, lr=lr)
        except Complaint:
            continue
    message = (
        "it has no update of its own that can be called: a class needs a method such as update(X, Y), train_step(X, Y, "
        "lr) or fit(X, Y); functions need one that takes parameters and gradients and returns the new parameters or "
        "changes them, such as update_parameters(parameters, grads, learning_rate)"
    )
    raise Complaint(message, "subject.update", ("ours",))


Load = Callable[[Path], types.ModuleType]


def _ways(asked: Asked, load: Load) -> Iterator[tuple[Asked, Load]]:
    if asked.name or any(asked.names.values()):
        yield asked, load
        return
    tree = _tree(asked.file)
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)] if tree else []
    if len(classes) == 1:
        yield replace(asked, name=classes[0]), load
    source = chained(tree) if tree else None
    if source is not None:
        yield _of_chain(asked, source), lambda file: _with_chain(load(file), source)
    yield asked, load


def _of_chain(asked: Asked, source: str) -> Asked:
    held = "parameters" if "names = 'parameters'" in source else source.split("names = '", 1)[1].split("'", 1)[0]
    names = {"parameters": held, "loss": "loss(X, Y)", "gradients": "gradients(X, Y)", "predict": None, "lr": None}
    return replace(asked, name=NAME, names=names)


def _with_chain(module: types.ModuleType, source: str) -> types.ModuleType:
    exec(compile(source, "<chained functions>", "exec"), vars(module))
    return module


def _tree(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None  # said where the file is run
