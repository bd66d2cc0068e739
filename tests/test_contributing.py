"""What CONTRIBUTING.md says about adding something, followed in a copy: only the files that it names are touched."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("runner", "conf", "hydra_plugins", "tests", "pyproject.toml", "docs")
pytestmark = pytest.mark.slow


def named(what: str, name: str) -> set[str]:
    """The files that the page names for adding something; NAME in them is its name."""
    (item,) = re.findall(rf"^- \*\*{what}\*\*(.*?)(?=^- |^#)", PAGE, re.DOTALL | re.MULTILINE)
    paths = re.findall(r"`((?:runner|conf|tests)/[\w/]+\.(?:py|yaml))`", item)
    return {path.replace("NAME", name) for path in paths}


class Copy:
    """A copy of the project in which files are edited."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.touched = folder, set[str]()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)

    def write(self, path: str, text: str) -> None:
        """A new file."""
        assert not (self.folder / path).exists()
        (self.folder / path).write_text(text, encoding="utf-8")
        self.touched.add(path)

    def before(self, path: str, anchor: str, text: str) -> None:
        """Put a text before another that a file has once."""
        old = (self.folder / path).read_text(encoding="utf-8")
        assert old.count(anchor) == 1, f"{path} has {anchor!r} {old.count(anchor)} times"
        (self.folder / path).write_text(old.replace(anchor, text + anchor), encoding="utf-8")
        self.touched.add(path)

    def python(self, *arguments: str) -> str:
        """What `python arguments` prints, run in the copy; it must succeed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**environment, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def tests(self, *arguments: str) -> None:
        """Some tests of the copy pass, and there are some."""
        assert "passed" in self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *arguments)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_an_activation_is_one_entry_in_one_file(copy: Copy) -> None:
    """Added there, it is shown, trained, checked, climbs the ladder, and is in the tests of all activations."""
    path = "runner/network/activations.py"
    copy.before(
        path,
        "_ALL = (",
        """def _algebraic(e: Emitter, z: str, a: str, p: Parameters) -> None:
    e(a, ops.square, z)
    e(a, ops.add, ONE, a)
    e(a, ops.sqrt, a)
    e(a, ops.divide, z, a)


def _algebraic_derivative(e: Emitter, z: str, a: str, f: str, p: Parameters) -> None:
    # (1 + z²)^(-3/2) = (1 - a²)^(3/2)
    root = f"root({f})"
    e(f, ops.square, z)
    e(f, ops.add, ONE, f)
    e(root, ops.sqrt, f)
    e(f, ops.multiply, f, root)
    e(f, ops.reciprocal, f)


""",
    )
    copy.before(
        path,
        ")\n\nACTIVATIONS: dict",
        """    Activation(
        "algebraic",
        "z / sqrt(1 + z²)",
        _algebraic,
        _algebraic_derivative,
        ByHand(lambda z, p: z / math.sqrt(1.0 + z * z), lambda z, p: f"{z:.6g} / sqrt(1 + {z:.6g}²)"),
        between(-1.0, 1.0),
        odd=True,
    ),
""",
    )
    assert copy.touched == named("An activation", "algebraic")
    copy.tests("tests/network/test_activations.py", "tests/settings/test_settings.py", "-k", "algebraic")
    copy.tests("tests/network/test_gradients.py", "-k", "central_difference")
    copy.tests("tests/diagnosis/ladder/test_ladder_hand.py", "tests/network/faults/test_fault_placement.py")
    assert "algebraic" in copy.python("-m", "runner", "show", "activations")
    run = ("-m", "runner", "dataset=xor", "network.activation=algebraic", "steps=20", "tracking=none")
    assert "outcome" in copy.python(*run)
    assert "right" in copy.python("-m", "runner", "check", "dataset=xor", "network.activation=algebraic")
    copy.python("-m", "runner", "ladder", "network.activation=algebraic")


def test_a_loss_is_added_in_the_files_that_are_named(copy: Copy) -> None:
    """With its formula beside those of the tests and of the ladder it is checked, and can be chosen as a group."""
    path, name = "runner/network/losses.py", "fourth_power"
    copy.before(
        path,
        "_ALL = (",
        """def _fourth_power(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e("E²", ops.square, _residual(e, a))
    e("loss", ops.inner, "E²", "E²", shape=())
    o.scale(e, "loss", 0.25)


def _fourth_power_derivative(e: Emitter, a: str, da: str, o: LossOptions) -> None:
    e(da, ops.multiply, "E²", "E")
    o.scale(e, da)


""",
    )
    copy.before(
        path,
        ")\n\nLOSSES: dict",
        '    Loss("fourth_power", _fourth_power, _fourth_power_derivative),\n',
    )
    copy.before(
        "tests/network/oracle.py",
        '    "absolute_error": lambda',
        '    "fourth_power": lambda a, y, eps: (a - y) ** 4 / 4,\n',
    )
    by_hand = "runner/diagnosis/ladder/textbook.py"
    copy.before(by_hand, '        "half_squared_error",\n', '        "fourth_power",\n')
    copy.before(
        by_hand,
        '    if formulas.loss == "absolute_error":',
        """    if formulas.loss == "fourth_power":
        return off**4 / 4, f"({plain(a)} - {plain(y)})⁴ / 4"
""",
    )
    shipped = (ROOT / "conf" / "loss" / "squared_error.yaml").read_text(encoding="utf-8")
    copy.write("conf/loss/fourth_power.yaml", shipped.replace("squared_error", name))
    assert copy.touched == named("A loss", name)
    copy.tests("tests/network/test_gradients.py", "-k", "True-1 or 1-True")
    copy.tests("tests/diagnosis/ladder/test_ladder_hand.py")
    copy.tests("tests/test_shipped.py", "-k", name)
    assert "right" in copy.python("-m", "runner", "check", "dataset=sine", f"loss={name}")


def test_a_command_is_a_module_and_a_line(copy: Copy) -> None:
    """It is listed in --help, has a help of its own, and runs."""
    copy.write(
        "runner/cli/commands/greet.py",
        '''"""whynan greet NAME: say hello."""

from runner.cli.screen.terminal import results


def main(arguments: list[str]) -> int:
    """Greet each of the arguments."""
    for name in arguments:
        results().print(f"Hello, {name}.")
    return 0
''',
    )
    copy.before("runner/cli/commands/__init__.py", '    "init": ', '    "greet": "say hello",\n')
    assert copy.touched == named("A command", "greet")
    copy.tests("tests/cli/test_dispatch.py")
    assert copy.python("-m", "runner", "greet", "Ada") == "Hello, Ada.\n"


def test_a_metric_is_a_column_and_a_curve(copy: Copy) -> None:
    """It is in the history of every step, and its points are in MLflow."""
    watch = "runner/training/watch.py"
    copy.before(watch, '            *(f"grad_norm/{layer}" for', '            *(("weight_norm",) if layers else ()),\n')
    copy.before(watch, "gradient, update / theta], axis=-1)", "_norm(theta)[..., None], ")
    copy.before("runner/tracking/content/sketch.py", '        "update_ratio",', '        "weight_norm",\n')
    assert copy.touched == named("A metric", "weight_norm")
    copy.tests("tests/training/test_history.py", "tests/training/test_pack.py", "-k", "not folder")
    found = copy.python(
        "-c",
        "from runner import train\n"
        "run = train('dataset=xor', 'steps=50', 'tracking.uri=sqlite:///metrics.db')\n"
        "print((run.history['weight_norm'] > 0).sum())",
    )
    assert found.split()[-1] == "50"
    counted = "select count(*) from metrics where key = 'weight_norm'"
    with closing(sqlite3.connect(copy.folder / "metrics.db")) as store:
        assert store.execute(counted).fetchone()[0] > 0


def test_a_cause_is_a_class_with_its_place_in_the_graph_and_its_threshold(copy: Copy) -> None:
    """It is in `show causes` with its threshold and source, and a run that meets it says so."""
    copy.write(
        "runner/diagnosis/causes/data/too_few_samples.py",
        '''"""too_few_samples."""

from __future__ import annotations

from collections.abc import Iterator

from runner.diagnosis.causes.cause import ForeseenCause
from runner.diagnosis.suspicion import Suspicion
from runner.training.setup import Setup


class TooFewSamples(ForeseenCause):
    """There is next to nothing to learn from. Limits: a truth table has few samples and is whole."""

    name = "too_few_samples"
    says = "training samples < few_samples"
    thresholds = ("few_samples",)

    def foresee(self, setup: Setup) -> Iterator[Suspicion]:
        """A training split with fewer samples than the threshold."""
        samples = len(setup.dataset.train.X)
        if samples < setup.settings.diagnosis.thresholds.few_samples:
            yield Suspicion(
                cause=self.name,
                symptom=f"There are {samples} samples to learn from.",
                evidence={"samples": samples},
                strength=1.0,
                certain=True,
            )
''',
    )
    causes = "runner/diagnosis/causes/__init__.py"
    copy.before(
        causes,
        "from runner.diagnosis.causes.data.unscaled_inputs",
        "from runner.diagnosis.causes.data.too_few_samples import TooFewSamples\n",
    )
    copy.before(causes, "    Overfitting(),", "    TooFewSamples(),\n")
    copy.before(
        "runner/diagnosis/graph.py", '    "dead_units": _SLOW', '    "too_few_samples": frozenset({"overfitting"}),\n'
    )
    copy.before("runner/settings/diagnosis.py", "    outlier: Positive", "    few_samples: Positive = 4.0\n")
    copy.before(
        "conf/diagnosis/full.yaml", "  outlier: 100.0", "  few_samples: 4.0           # training samples (an example)\n"
    )
    assert copy.touched == named("A cause", "too_few_samples")
    copy.tests("tests/diagnosis/test_graph.py")
    copy.tests("tests/cli/test_show.py", "-k", "cause or threshold")
    shown = copy.python("-m", "runner", "show", "causes")
    assert "too_few_samples\ttraining samples < few_samples\tfew_samples=4\ttraining samples (an example)" in shown
    copy.python(
        "-m",
        "runner",
        "dataset=inline",
        "dataset.X=[[0],[1]]",
        "dataset.Y=[[0],[1]]",
        "steps=5",
        "tracking=none",
        "hydra.run.dir=out",
    )
    findings = json.loads((copy.folder / "out" / "findings.json").read_text(encoding="utf-8"))
    assert "too_few_samples" in [finding["cause"] for finding in findings]
