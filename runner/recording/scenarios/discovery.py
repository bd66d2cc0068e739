"""From somebody's file to one step of its training that can be run again: what is called, or which loop is turned.

What the user says (FILE:NAME, `subject.names`, `subject.call`) is done as said. Else a class is asked for its
gradients, the file is run as a script until its training has gone round once, its functions are chained or called.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runner.recording.loading.filling import Filler, columns_of
from runner.recording.loading.hooks import Cut
from runner.recording.loading.made_up import LAYOUTS, Shapes
from runner.recording.loading.program import Program
from runner.recording.loading.source import read_source
from runner.recording.loading.stand_ins import missing_packages
from runner.recording.scenario import Point, Scenario, StepFailed
from runner.recording.scenarios.calls import Calls
from runner.recording.scenarios.changes import Change
from runner.recording.scenarios.input_sizes import input_sizes
from runner.recording.scenarios.losses.choosing import Frozen, chosen_loss
from runner.recording.scenarios.losses.found import Called, FoundLoss
from runner.recording.scenarios.nests import innermost_step, turns_of
from runner.recording.scenarios.parts import definitions
from runner.recording.scenarios.step import Entry, Roots, Run, Step
from runner.recording.scenarios.turn import Turn
from runner.recording.scenarios.updates import Names, called, loops
from runner.recording.scenarios.variants import add_variant, add_variants, right_at
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
from runner.subjects.loading import Builder, builders, seed_all
from runner.subjects.naming_habits import plain
from runner.subjects.parameters import Place

# How often the numbers of a layout are changed after an error, before the next layout is tried.
_ADAPTED = 6
# Of several classes those that are called like a network are tried first, and so many of them.
_IS_NETWORK = re.compile(r"net|mlp|model|regress|percept|classif|neural|machine")
_CLASSES = 4


@dataclass(frozen=True)
class Description:
    """How a step was found: the file and NAME in it, how that is built, in what form it gets its samples.

    `loss`, `gradients` and `predict` are what is called for them, or the loop that is turned; `updates` where the
    gradients are taken from an update. None: it was not needed.
    """

    file: str
    name: str
    gradients: str | None = None
    built: str | None = None
    form: str | None = None
    loss: str | None = None
    predict: str | None = None
    updates: bool = False


@dataclass
class Discovered:
    """A step, how it is described, and the recipe of calls where there is one, for checks that need no recording.

    `outline` are the numbers of features and outputs, (0, 0) where they are not known.
    """

    scenario: Scenario
    program: Program
    described: Description
    recipe: Recipe | None = None
    outline: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()


def discover(asked: Asked, before: Callable[[str], None]) -> Discovered:
    """A step of the program; a `Complaint` where there is none, from the way that got furthest."""
    Program(asked.file).require_file()
    complaints: list[Complaint] = []
    before(f"running {asked.file.name}")
    for way in _ways(asked):
        try:
            found = way(asked, before)
            raised = f"running {asked.file.name} raised "
            found.notes += tuple(one.message for one in complaints if one.message.startswith(raised))[:1]
            return found
        except Frozen:
            raise
        except Complaint as complaint:
            complaints.append(complaint)
        except StepFailed as failed:
            complaints.append(Complaint(str(failed), "subject.path"))
    ran = tuple(f"running {asked.file.name} {how} " for how in ("raised", "called", "waited"))
    raise next((one for one in complaints if one.message.startswith(ran)), complaints[0])


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
    tree = _tree(asked.file)
    classes = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    own_data = any(plain(name) in (*habits.INPUTS, *habits.TARGETS) for name in _assigned(tree))
    one = classes[0] if len(classes) == 1 else ""
    if one and own_data:
        yield _named(one, _as_said)
    if _trains(tree):
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
    if not _trains(tree):
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
        return Discovered(Calls(recipe, program, asked.name), program, described, known, outline)
    return Discovered(_updating(program, recipe), program, described, recipe, outline)


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
    source = chained(_tree(asked.file))
    if source is None:
        raise Complaint(
            f"nothing to check is found in {asked.file.name}: no class with a loss and gradients, no functions that "
            "fit together by their names, and no loop that changes parameters by a gradient",
            "subject.path",
        )
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
    return step_of_script(Program(asked.file, name="__main__"), asked.name)


def step_of_script(program: Program, name: str = "") -> Discovered:
    """The first training step of a program that is run as a script; `StepFailed` or `Complaint` if there is none.

    Where it fails for want of its data these are made up.
    """
    try:
        return _script(program, name)
    except StepFailed:
        if not (program.lacks_data or missing_packages()):
            raise
        found = _with_made_up(program, name)
        if found is None:
            raise
        return found


def _script(program: Program, name: str) -> Discovered:
    def start(program: Program, opened: Callable[[Roots], None], closed: Callable[[], None]) -> None:
        program.load()

    scenario = _turn_of(program, Entry(f"running {program.file.name}", start))
    return Discovered(scenario, program, Description(program.file.name, name, scenario.text))


def _with_made_up(program: Program, name: str) -> Discovered | None:
    """The script on samples that are made up: those of the first layout with which its gradients are right.

    Where they are with none, those of the first with which it runs.
    """
    first: Discovered | None = None
    columns = columns_of(_tree(program.file))
    for layout in LAYOUTS:
        shapes: Shapes | None = layout
        for _ in range(_ADAPTED):
            assert shapes is not None
            filler = Filler(shapes, columns)
            try:
                found = _script(program.with_made_up(filler), name)
            except (StepFailed, Complaint) as error:
                message = error.message if isinstance(error, Complaint) else str(error)
                if not filler.missing or (shapes := shapes.fitted(message)) is None:
                    break
                continue
            if not filler.missing:
                return None
            names = ", ".join(filler.missing)
            reason = next(iter(filler.missing.values()))
            found.notes = (f"{names} could not be read ({reason}); checked on made-up samples: {shapes}",)
            first = first or found
            turn = found.scenario
            if isinstance(turn, Turn) and all(right_at(turn, turn.points[0])):
                return found
            break
    return first


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
            entry = _built_entry(program, bench, Expression(text), data.X, data.Y)
            try:
                scenario = _turn_of(program, entry)
            except StepFailed as one:
                failed = failed or one
                continue
            described = Description(asked.file.name, asked.name, text, builder.text)
            return Discovered(scenario, program, described, None, (data.X.shape[1], data.Y.shape[1]))
    raise failed or StepFailed("nothing in it trains")


def _turn_of(program: Program, entry: Entry) -> Turn:
    step, run, found = innermost_step(program, entry)
    loss = chosen_loss(step, run, found)
    turn = _turn(step, run, found, loss)
    add_variants(turn, step, run, loss)
    return turn


def _turn(step: Step, run: Run, found: Sequence[Change], loss: FoundLoss) -> Turn:
    initial = [run.before[one.name][1] for one in found]
    return Turn(step, [one.name for one in found], loss, initial, input_sizes(run.tape, found))


def _updating(program: Program, recipe: Recipe) -> Turn:
    """The step of what only updates: the call, or the turn of a loop in it, on as many samples as one turn takes."""

    def entry_for(rows: int, bench: Bench) -> Entry:
        X, Y = recipe.data.X[:rows], recipe.data.Y[:rows]
        return _built_entry(program, bench, recipe.gradients, X, Y, recipe.lr or 1.0)

    def loss_on(rows: int, bench: Bench) -> FoundLoss:
        def given(scope: Mapping[str, Any]) -> Any:
            values = bench.scope(recipe.data.X[:rows], recipe.data.Y[:rows])
            return recipe.loss.evaluate(scope["self"], values, scope)

        return Called(recipe.loss.text, at_start=given)

    def variant(rows: int, bench: Bench) -> Turn:
        other = replace(step, entry=entry_for(rows, bench))
        return _turn(other, other.run(), found, loss_on(rows, bench))

    bench, rows = recipe.bench, len(recipe.data.X)
    step, run, found = innermost_step(program, entry_for(rows, bench))
    if step.key is not None and rows > 1:
        count = turns_of(program, entry_for(rows, bench), step.key)
        if count > 1 and turns_of(program, entry_for(1, bench), step.key) < count:
            rows = -(-rows // count)
            step, run, found = innermost_step(program, entry_for(rows, bench))
    turn = _turn(step, run, found, loss_on(rows, bench))
    if rows > 2:
        add_variant(turn, lambda: variant(rows // 2 + 1, bench), Point("on fewer samples", 3, rows // 2 + 1))
    if "sizes" in bench.builder.text:
        sizes = tuple(size + 2 for size in bench.sizes)
        other = Point("with other layer sizes", 4, None, sizes)
        add_variant(turn, lambda: variant(rows, bench.with_sizes(sizes)), other)
    return turn


def _built_entry(program: Program, old: Bench, expression: Expression, X: Any, Y: Any, lr: float = 0.1) -> Entry:
    """A call on a new object each time."""

    def start(program: Program, opened: Callable[[Roots], None], closed: Callable[[], None]) -> None:
        module = program.load()
        once = old.builder.once
        if once is not None:
            once = module if inspect.ismodule(once) else getattr(module, old.builder.text, once)
        builder = Builder(old.builder.text, module, once)
        bench = Bench(old.file, builder, old.form, Expression("self"), old.sizes, old.before)
        scope = bench.scope(X, Y, lr)
        subject = builder.build(scope)
        holder = {"self": subject}

        def roots() -> Iterator[tuple[str, Place, Any]]:
            yield "self", Place(holder, "self", False), subject
            for name, value in list(vars(module).items()):
                if not name.startswith("__"):
                    yield name, Place(vars(module), name, False), value
            for name in ("X", "Y"):
                yield name, Place(scope, name, False), scope[name]

        opened(roots)
        seed_all()
        expression.evaluate(subject, {**scope, "self": subject}, vars(module))
        closed()
        raise Cut

    return Entry(expression.text, start, whole=True)


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


def _tree(file: Path) -> ast.Module:
    if not file.is_file():
        return ast.Module([], [])
    try:
        return ast.parse(read_source(file).text)
    except SyntaxError:
        return ast.Module([], [])


def _assigned(tree: ast.Module) -> set[str]:
    """The variables of a module, without those that are only set when it runs as a script."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    return names


def _trains(tree: ast.Module) -> bool:
    """Whether running the file as a script trains something."""
    names = Names()
    names.add(tree)
    top: Sequence[ast.stmt] = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if any(loops(ast.Module([node], [])) and names.changes([node]) for node in top):
        return True
    return any(name in names.changing for node in top for name in called(node))
