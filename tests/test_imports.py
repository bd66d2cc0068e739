"""Imports point one way, never in circles, and no package holds more modules than one can look through."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# From the lowest level to the highest: a package imports from levels below its own, and from itself.
LEVELS = (
    {"texts"},
    {"redaction"},
    {"aliases", "errors", "process", "rng", "threads"},
    {"datasets", "network"},
    {"settings"},
    {"files"},
    {"explaining"},
    {"subjects"},
    {"training"},
    {"recording", "tracking"},
    {"report"},
    {"diagnosis"},
    {"experiment", "watching"},
    {"sweeps"},
    {"composition"},
    {"reference"},
    {"api", "cli"},
    {"__main__"},
)
MODULES_SIDE_BY_SIDE = 20


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """The modules of `runner` and the plugins that each of them imports, at its top or later.

    `runner` itself is left out: it only offers what `runner.api` has, and imports that when it is asked for.
    """
    files = [*ROOT.glob("runner/**/*.py"), *ROOT.glob("hydra_plugins/**/*.py")]
    modules = {_name(path): path for path in files}
    return {
        name: frozenset(_imported(path, set(modules))) - {name, "runner"}
        for name, path in modules.items()
        if name != "runner"
    }


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            origin = ".".join([*above, *([node.module] if node.module else [])])
            named = {f"{origin}.{alias.name}" for alias in node.names}
            yield from named & modules
            yield from {origin} & modules if named - modules else ()
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & modules


def test_imports_point_downwards() -> None:
    """A package imports only from packages below its own level; a package without a level is a mistake."""
    level = {package: number for number, packages in enumerate(LEVELS) for package in packages}
    wrong = [
        f"{module} imports {imported}"
        for module, found in imports().items()
        for imported in found
        if module.startswith("runner.") and imported.startswith("runner.")
        for above, below in [(module.split(".")[1], imported.split(".")[1])]
        if above != below and level[below] >= level[above]
    ]
    assert wrong == []


def test_no_import_circles() -> None:
    """No module is imported by what it imports, not even late or for its types."""
    graph = {module: set(found) for module, found in imports().items()}
    # What imports nothing that is left is in no circle.
    while done := {module for module, found in graph.items() if not found & graph.keys()}:
        graph = {module: found for module, found in graph.items() if module not in done}
    # Of the rest, neither is what nothing imports that is left.
    while idle := graph.keys() - set().union(*graph.values()):
        graph = {module: found for module, found in graph.items() if module not in idle}
    assert sorted(graph) == []


def test_packages_can_be_looked_through() -> None:
    """No package has more than twenty modules side by side."""
    modules = [path for path in ROOT.glob("runner/**/*.py") if path.name != "__init__.py"]
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in modules)
    assert {name: count for name, count in counts.items() if count > MODULES_SIDE_BY_SIDE} == {}


def test_test_files_have_names_of_their_own() -> None:
    """pytest imports a test file by its bare name: of two with the same one it would collect neither."""
    names = Counter(path.name for path in ROOT.glob("tests/**/test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
