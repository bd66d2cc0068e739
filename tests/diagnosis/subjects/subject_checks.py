"""Checking the networks of nets/ as the command line would."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from runner.diagnosis.subjects.check import check_subject
from runner.diagnosis.subjects.result import SubjectResult
from runner.settings.diagnosis import SubjectSettings
from runner.subjects.samples import Samples

NETS = Path(__file__).parent / "nets"


def subject(where: str, names: dict[str, str] | None = None, **more: Any) -> SubjectSettings:
    """The settings of FILE:NAME in nets/."""
    return SubjectSettings.model_validate({"path": f"{NETS / where}", "names": names or {}, **more})


def checked(
    where: str, names: dict[str, str] | None = None, samples: Samples | None = None, **more: Any
) -> SubjectResult:
    """The check of FILE:NAME in nets/."""
    return check_subject(subject(where, names, **more), samples)


def alone(where: str, folder: Path) -> str:
    """FILE:NAME of a copy in which the other classes of the file are empty lines: each correction compiles it anew."""
    file, name = where.split(":")
    text = (NETS / file).read_text(encoding="utf-8")
    nodes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    kept, todo = set[str](), [name]
    while todo:
        if (one := todo.pop()) in nodes and one not in kept:
            kept.add(one)
            todo += [inner.id for inner in ast.walk(nodes[one]) if isinstance(inner, ast.Name)]
    lines = text.splitlines()
    for one in nodes.keys() - kept:
        last = nodes[one].end_lineno or 0
        lines[nodes[one].lineno - 1 : last] = [""] * (last - nodes[one].lineno + 1)
    (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"{folder / file}:{name}"
