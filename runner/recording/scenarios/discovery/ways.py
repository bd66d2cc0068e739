"""From somebody's file to one step of its training that can be run again: what is called, or which loop is turned.

What the user says (FILE:NAME, `subject.names`, `subject.call`) is done as said. Else a class is asked for its
gradients, the file is run as a script until its training has gone round once, its functions are chained or called.
"""

from __future__ import annotations

import ast
import itertools
import re
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.recording.loading.program import Program
from runner.recording.scenario import StepFailed
from runner.recording.scenarios.calls import Calls
from runner.recording.scenarios.discovery.discovered import Description, Discovered
from runner.recording.scenarios.discovery.scripts import step_of_script
from runner.recording.scenarios.discovery.texts import assigned, nothing_found, trains, tree_of
from runner.recording.scenarios.discovery.turns import built_entry, turn_of, updating
from runner.recording.scenarios.losses.choosing import Frozen
from runner.recording.scenarios.nests import TRAINS_NOTHING
from runner.recording.scenarios.parts import definitions
from runner.subjects import naming_habits as habits
from runner.subjects.asked import Asked
from runner.subjects.calling.bench import Bench
from runner.subjects.calling.discovery import call_texts
from runner.subjects.calling.file_data import data_of
from runner.subjects.calling.finding_out import find_out
from runner.subjects.calling.recipe import Recipe
from runner.subjects.chaining import NAME, chained
from runner.subjects.complaint import Complaint
from runner.subjects.expressions import Expression
from runner.subjects.loading import builders
from runner.subjects.naming_habits import plain

# Of several classes those that are called like a network are tried first, and so many of them.
_IS_NETWORK = re.compile(r"net|mlp|model|regress|percept|classif|neural|machine")
_CLASSES = 4


def discover(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """A step of the program; a `Complaint` where there is none, from the way that got furthest."""
    Program(asked.file).require_file()
    complaints: list[Complaint] = []
    before(f"running {asked.file.name}")
    for way in _ways(asked):
        try:
            found = way(asked, before)
            raised = f"running {asked.file.name} raised "
            messages = [one.message for one in complaints if one.message.startswith(raised)]
            instead = f"; checked on other samples, of {found.outline[0]} features" if any(found.outline) else ""
            found.notes += tuple(f"{message}{instead}" for message in messages[:1])
            return found
        except Frozen:
            raise
        except Complaint as complaint:
            complaints.append(complaint)
        except StepFailed as failed:
            complaints.append(Complaint(str(failed), "subject.path"))
    ran = tuple(f"running {asked.file.name} {how} " for how in ("raised", "called", "waited", "needs"))
    likeliest = next((one for one in complaints if one.message.startswith(ran)), complaints[0])
    if likeliest.message.endswith(TRAINS_NOTHING):
        raise Complaint(nothing_found(asked.file), "subject.path")
    raise likeliest


Way = Callable[[Asked, Callable[[str], None]], Discovered]


def _ways(asked: Asked) -> Iterator[Way]:
    if any(asked.names.values()):
        yield _as_said
        return
    if asked.name:
        yield _called
        yield _by_training
        yield _as_script
        return
    tree = tree_of(asked.file)
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    own_data = any(plain(name) in (*habits.INPUTS, *habits.TARGETS) for name in assigned(tree))
    one = classes[0] if len(classes) == 1 else ""
    if one and own_data:
        yield _named(one, _as_said)
    if trains(tree):
        yield _as_script
    if one:
        yield _named(one, _called)
        yield _named(one, _by_training)
    yield _as_chain
    yield _by_training
    yield _as_said
    if len(classes) > 1:
        for name in sorted(classes, key=lambda one: not _IS_NETWORK.search(one.lower()))[:_CLASSES]:
            yield _named(name, _as_said)
            yield _named(name, _by_training)
    if not trains(tree):
        yield _as_script


def _named(name: str, way: Way) -> Way:
    return lambda asked, before: way(replace(asked, name=name), before)


def _as_said(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """Calls for loss and gradients, or for an update, as they are said or found out."""
    program = Program(asked.file, compiling=definitions)
    recipe = find_out(asked, before, _loader(program))
    outline = (recipe.data.X.shape[1], recipe.data.Y.shape[1])
    described = _described(asked, recipe)
    if recipe.written is None and recipe.updates:
        raise Complaint("it has no loss", "subject.names.loss")
    if not recipe.updates:
        known = recipe if recipe.written is not None else None
        return Discovered(Calls(recipe, program, asked.name), program, described, known, outline, _made(asked, recipe))
    return Discovered(updating(program, recipe), program, described, recipe, outline, _made(asked, recipe))


def _made(asked: Asked, recipe: Recipe) -> tuple[str, ...]:
    """A note where samples were made up, since those that there are don't fit."""
    X, Y = recipe.data.X, recipe.data.Y
    if not recipe.data.given or asked.data is None or asked.data[0].shape[1] == X.shape[1]:
        return ()
    return (f"{asked.file.name} has no samples; checked on made-up ones: {X.shape[1]} features, {Y.shape[1]} outputs",)


def _called(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """The same, by gradients alone where no loss is found; a loss that is there and fails is what is reported."""
    try:
        return _as_said(asked, before)
    except Complaint as complaint:
        if not complaint.path:
            raise
        try:
            return _as_said(replace(asked, lossless=True), before)
        except (Complaint, StepFailed):
            raise complaint from None


def _as_chain(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """The functions of the file, chained by the names of what they take and give."""
    source = chained(tree_of(asked.file))
    if source is None:
        raise Complaint(nothing_found(asked.file), "subject.path")
    program = Program(asked.file, compiling=definitions, epilogue=source)
    held = "parameters" if "names = 'parameters'" in source else source.split("names = '", 1)[1].split("'", 1)[0]
    names = {"parameters": held, "loss": "loss(X, Y)", "gradients": "gradients(X, Y)", "predict": None, "lr": None}
    has_loss = "def loss(" in source
    said = replace(
        asked, name=NAME, names={**names, "loss": names["loss"] if has_loss else None}, lossless=not has_loss
    )
    recipe = find_out(said, before, _loader(program))
    outline = (recipe.data.X.shape[1], recipe.data.Y.shape[1])
    described = replace(_described(asked, recipe), built=source)
    return Discovered(Calls(recipe, program, NAME), program, described, recipe, outline)


def _as_script(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """The file as a script, until its training has gone round once."""
    before(f"running {asked.file.name}")
    return step_of_script(Program(asked.file, name="__main__"), asked.name, before)


def _by_training(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """A method or function that trains, called with the data."""
    program = Program(asked.file, compiling=definitions)
    module = _loader(program)(asked.file)
    options = list(data_of(asked.file.name, module, asked.data, given_first=asked.data_first))
    failed: StepFailed | None = None
    for builder, data in itertools.product(builders(module, asked.name, asked.call, asked.given), options[:6]):
        bench = Bench(asked.file, builder, data.form, Expression("self"), asked.sizes, before)
        try:
            subject = builder.build(bench.scope(data.X, data.Y))
        except BaseException:
            continue
        for text in itertools.islice(_training_calls(subject, module), 8):
            before(text)
            entry = built_entry(program, bench, Expression(text), data.X, data.Y)
            try:
                scenario = turn_of(program, entry)
            except StepFailed as one:
                failed = failed or one
                continue
            described = Description(asked.file.name, asked.name, text, builder.text)
            return Discovered(scenario, program, described, None, (data.X.shape[1], data.Y.shape[1]))
    raise failed or StepFailed("nothing in it trains")


def _training_calls(subject: Any, module: types.ModuleType) -> Iterator[str]:
    """Calls of what trains, by the usual names."""
    yield from call_texts(subject, "update", None, ())


def _loader(program: Program) -> Callable[[Path], types.ModuleType]:
    def load(file: Path) -> types.ModuleType:
        try:
            return program.load()
        except Complaint:
            raise
        except BaseException as error:
            raise program.failed(error) from None

    return load


def _described(asked: Asked, recipe: Recipe) -> Description:
    return Description(
        file=asked.file.name,
        name=asked.name,
        gradients=recipe.gradients.text,
        built=recipe.bench.builder.text,
        form=str(recipe.data.form),
        loss=recipe.written.text if recipe.written is not None else None,
        predict=recipe.predict.text if recipe.predict is not None else None,
        updates=recipe.updates,
    )
