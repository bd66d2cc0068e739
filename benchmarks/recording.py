"""Whether the plain command finds and corrects the mistake in networks as strangers write them.

The files are those of tests/recording/nets: networks in many styles, each right as written, and their faults. Every one
is checked as typed, `python -m runner check subject=FILE`, in a process of its own. The oracles of the corpus judge:
they run the file with its edit and compare the gradients by which its parameters move with those of the right file.

first, three: the line of the fault is the first, or among the first three, that a reader is sent to. fixed: with the
best edit the file does what the right one does. wrong: an edit was offered as checked, and not as a change of the loss,
after which the file does something else; where the fault is in the forward pass or in the loss, a backward pass that is
fitted to it is counted apart.

    python benchmarks/recording.py                      all of it, two at a time
    python benchmarks/recording.py --quick              every right network, and its first fault
    python benchmarks/recording.py --only lstm --show   networks or faults with this in their names, case by case
    python benchmarks/recording.py --json FILE          every case as an object too
    python benchmarks/recording.py --part 0/4           every fourth case alone
    python benchmarks/recording.py --speed              processor time of a check: 784-128-10, 100 samples; a toy
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "recording"))

from nets_all import BLIND, FRESH, NETS_OF_CORPUS, judged, observed, same_gradients
from nets_judged import Edit, edits_of, lines_reported, with_edit
from nets_types import Fault, Net, lines_of

_ONE_AT_A_TIME = threading.Lock()


@dataclass
class Case:
    """One check and how it went; `place` counts from 1, 0 where the line of the fault is not reported."""

    net: str
    style: str
    fault: str
    kind: str
    exit_code: int = 0
    seconds: float = 0.0
    checked: bool = False
    accused: bool = False
    place: int = 0
    repaired: bool = False
    flagged_right: bool = False
    wrong_patch: bool = False
    other_side: bool = False
    named: bool = False
    mistake: str = ""
    said: str = ""
    reported: list[str] = field(default_factory=list)


def main() -> int:
    """Run the cases and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every right network, and its first fault")
    parser.add_argument("--right", action="store_true", help="the right networks alone")
    parser.add_argument("--fresh", action="store_true", help="the second set, which was kept back until the end")
    parser.add_argument("--blind", action="store_true", help="the third set, with mistakes as people post them")
    parser.add_argument("--only", default="", help="cases with this in their name, as lstm or lstm_forecast-gates")
    parser.add_argument("--json", type=Path, default=None, help="write every case here")
    parser.add_argument("--show", action="store_true", help="print each case as it ends")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one check")
    parser.add_argument("--part", default="0/1", help="every so manieth case alone, as 0/4")
    parser.add_argument("--speed", action="store_true", help="the time of a check by the size of the network")
    chosen = parser.parse_args()
    if chosen.speed:
        return _speed()
    nets = FRESH if chosen.fresh else BLIND if chosen.blind else NETS_OF_CORPUS
    wanted: list[tuple[Net, Fault | None]] = [(net, None) for net in nets]
    wanted += [(net, fault) for net in nets for fault in net.faults if not chosen.right]
    wanted = [(net, fault) for net, fault in wanted if not (chosen.quick and fault and fault is not net.faults[0])]
    wanted = [(net, fault) for net, fault in wanted if chosen.only in _name(net, fault)]
    first, step = map(int, chosen.part.split("/"))
    wanted = wanted[first::step]
    cases: list[Case] = []
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        for case in pool.map(lambda one: _run(*one, chosen.limit), wanted):
            cases.append(case)
            if chosen.show or (case.kind == "right" and case.accused) or case.wrong_patch:
                print(_line(case), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(case) for case in cases], indent=1) + "\n")
    _tables(cases)
    return 0


SPEED = """
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.random(({n}, {i})), np.eye({o})[rng.integers(0, {o}, {n})]
W1, b1 = rng.normal(size=({i}, {h})) / {i} ** 0.5, np.zeros({h})
W2, b2 = rng.normal(size=({h}, {o})) / {h} ** 0.5, np.zeros({o})
for epoch in range(100):
    A1 = np.tanh(X @ W1 + b1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    loss = 0.5 * np.sum((A2 - Y) ** 2) / len(X)
    d2 = (A2 - Y) * A2 * (1 - A2) / len(X)
    d1 = d2 @ W2.T * (1 - A1 ** 2)
    W1 -= 0.1 * X.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
    W2 -= 0.1 * A1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
"""
MISTAKES = (("1 - A1 ** 2", "1 - A1"), ("A2 * (1 - A2) / len(X)", "A2 * (1 - A2)"), ("A1.T @ d2", "A1.T @ d2 * 3"))


def _speed() -> int:
    """Processor time of whole checks: located, corrected, both processes started."""
    for sizes in ({"i": 784, "h": 128, "o": 10, "n": 100}, {"i": 2, "h": 4, "o": 2, "n": 8}):
        text = SPEED.format(**sizes)
        for before, after in (("", ""), *MISTAKES):
            with tempfile.TemporaryDirectory() as name:
                (Path(name) / "net.py").write_text(text.replace(before, after) if before else text)
                command = [sys.executable, "-m", "runner", "check", "subject=net.py", "hydra.run.dir=checked"]
                begun = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(command, cwd=name, capture_output=True, check=False)
                ended = resource.getrusage(resource.RUSAGE_CHILDREN)
                result = json.loads((Path(name) / "checked" / "check.json").read_text())
            used = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
            said = "right" if result["passed"] else "corrected" if result["edits"] else "located"
            shape = "{i}-{h}-{o}, {n} samples".format(**sizes)
            print(f"{shape:24} {after or 'as it should be':16} {said:10} {used:6.2f} s", flush=True)
    return 0


def _name(net: Net, fault: Fault | None) -> str:
    return f"{net.name}-{fault.name}" if fault else net.name


def _run(net: Net, fault: Fault | None, limit: float) -> Case:
    case = Case(net.name, net.style, fault.name if fault else "", fault.kind if fault else "right")
    case.mistake = fault.mistake if fault else ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        net.write(folder, fault)
        command = [sys.executable, "-m", "runner", "check", f"subject={net.file}", "hydra.run.dir=checked"]
        begun = time.perf_counter()
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=limit)
            case.exit_code, case.said = done.returncode, (done.stdout.strip() or done.stderr.strip())
        except subprocess.TimeoutExpired:
            case.exit_code, case.said = -1, f"not done after {limit:.0f} s"
        case.seconds = time.perf_counter() - begun
        file = folder / "checked" / "check.json"
        result: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        case.checked, case.accused = "passed" in result, result.get("passed") is False
        edits = edits_of(result)
        if fault is None:
            case.wrong_patch = bool(edits)
            return case
        with _ONE_AT_A_TIME:  # the oracles run the files in this process
            _judge(case, net, fault, result, edits, folder)
    return case


def _judge(case: Case, net: Net, fault: Fault, result: dict[str, Any], edits: list[Edit], folder: Path) -> None:
    lines = {(Path(fault.file or net.file).name, line) for line in lines_of(net, fault)}
    reported = lines_reported(result)
    case.reported = [f"{file}:{line}" for file, line in reported]
    case.place = next((place for place, one in enumerate(reported, 1) if one in lines), 0)
    names = [edit.name for edit in edits[:1]] + [cause["name"] for cause in result.get("causes", [])[:1]]
    case.named = bool(fault.mistake) and fault.mistake in names
    right = observed(net, None)
    for number, edit in enumerate(edits):
        good = with_edit(edit, folder, lambda: _same(net, right, folder / net.file))
        if edit.changes_loss:
            case.flagged_right |= good
        elif fault.kind in ("forward", "loss") and not good:
            case.other_side = True
        elif not good:
            case.wrong_patch = True
        if good and number == 0:
            case.repaired = True


def _same(net: Net, right: Any, file: Path) -> bool:
    try:
        return same_gradients(right, judged(net, file), net.tolerance)
    except Exception:  # a patched file may do anything
        return False


def _line(case: Case) -> str:
    marks = [
        f"place {case.place or '-'}" if case.fault else "",
        "accused" if case.accused else "not accused" if case.checked else "not checked",
        *(word for word in ("repaired", "wrong_patch", "other_side", "flagged_right", "named") if getattr(case, word)),
    ]
    first = case.said.splitlines()[0] if case.said else ""
    return (
        f"{case.net} {case.fault} ({case.kind}): {', '.join(filter(None, marks))}; {case.seconds:.1f} s; {first[:150]}"
    )


def _tables(cases: list[Case]) -> None:
    words = "".join(f" {word:>6}" for word in ("cases", "found", "first", "three", "fixed", "wrong"))
    print(f"\n{'':40}{words}  median s  worst s")
    faulty = [case for case in cases if case.fault]
    for style in dict.fromkeys(case.style for case in faulty):
        _row(style, [case for case in faulty if case.style == style])
    print()
    for kind in ("backward", "update", "forward", "loss"):
        _row(kind, [case for case in faulty if case.kind == kind])
    _row("backward and update", [case for case in faulty if case.kind in ("backward", "update")])
    _row("all faults", faulty)
    right = [case for case in cases if not case.fault]
    _row("right versions", right)
    print(f"\nright versions accused: {sum(case.accused for case in right)} of {len(right)}")
    print(f"not checked: {sum(not case.checked for case in cases)} of {len(cases)}")
    print(f"right versions with a patch: {sum(case.wrong_patch for case in right)}")
    named = [case for case in faulty if case.mistake]
    print(f"named as in the catalogue: {sum(case.named for case in named)} of {len(named)} that have a name there")
    print(f"changes of the loss that were right: {sum(case.flagged_right for case in faulty)}")
    print(f"backward passes fitted to a wrong forward pass or loss: {sum(case.other_side for case in faulty)}")


def _row(title: str, cases: list[Case]) -> None:
    if not cases:
        return
    seconds = sorted(case.seconds for case in cases)
    counts: Iterable[int] = (
        sum(case.accused for case in cases),
        sum(case.place == 1 for case in cases),
        sum(1 <= case.place <= 3 for case in cases),
        sum(case.repaired for case in cases),
        sum(case.wrong_patch for case in cases),
    )
    numbers = "".join(f" {count:6}" for count in counts)
    print(f"{title:40} {len(cases):6}{numbers} {statistics.median(seconds):9.2f} {seconds[-1]:8.2f}")


if __name__ == "__main__":
    sys.exit(main())
