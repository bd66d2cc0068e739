"""YAML from somebody else: what it says is data, and what would run code is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Whynan, write_yaml


@pytest.mark.parametrize(
    ("path", "text", "line", "reported"),
    [
        ("dataset/evil.yaml", "name: xor\n_target_: os.system\ncommand: touch ran\n", "dataset=evil", "_target_"),
        ("dataset/evil.yaml", "name: !!python/object/apply:os.system ['touch ran']\n", "dataset=evil", "python/object"),
        ("optimizer/evil.yaml", "name: sgd\nlr: {_target_: os.system, command: touch ran}\n", "optimizer=evil", "lr"),
        (
            "dataset/evil.yaml",
            "name: formula\nformula: \"__import__('os').system('touch ran')\"\n",
            "dataset=evil",
            "formula",
        ),
        ("dataset/evil.yaml", 'name: formula\nformula: "x.__class__.__base__"\n', "dataset=evil", "formula"),
        ("dataset/evil.yaml", 'name: formula\nformula: "9**9**9**9"\n', "dataset=evil", "formula"),
        (
            "experiment/evil.yaml",
            "# @package _global_\nhydra: {callbacks: {evil: {_target_: posix.system, command: touch ran}}}\n",
            "experiment=evil",
            "hydra.callbacks.evil._target_",
        ),
        (
            "experiment/evil.yaml",
            "# @package _global_\nhydra: {callbacks: {evil: {_target_: '${oc.env:EVIL}', command: touch ran}}}\n",
            "experiment=evil",
            "hydra.callbacks.evil._target_",
        ),
        (
            "experiment/evil.yaml",
            "# @package _global_\nhydra: {launcher: {_target_: posix.system, command: touch ran}}\n",
            "-m experiment=evil",
            "hydra.launcher._target_",
        ),
    ],
)
def test_yaml_runs_no_code(whynan: Whynan, folder: Path, path: str, text: str, line: str, reported: str) -> None:
    """Nothing that YAML names is called or evaluated; the mistake is reported, and nothing is left behind."""
    write_yaml(folder / "conf" / path, text)
    said = whynan(f"{line} tracking=none steps=5")
    assert said.code == 2, said.err
    assert reported in said.err
    assert not (folder / "ran").exists()
    assert not (folder / "outputs").exists()


def test_hydras_own_plugins_still_work(whynan: Whynan, folder: Path) -> None:
    """What Hydra itself names in its own configuration is let through."""
    said = whynan("-m dataset=xor steps=5 tracking=none seed=1,2 diagnosis.enabled=false")
    assert said.code == 0, said.err


def test_run_folder_is_named_literally(whynan: Whynan, folder: Path) -> None:
    """HTML and control characters in names are text: they appear as they are, and mean nothing."""
    name = "<script>alert(1)</script>"
    said = whynan(f"dataset=xor steps=5 tracking=none diagnosis.enabled=false 'hydra.run.dir=\"{name}\"'")
    assert said.code == 0, said.err
    assert name in said.out
    assert (folder / name / "summary.json").exists()
