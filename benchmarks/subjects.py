"""How often the mistake in a network file written by hand is named right, through the check of a subject as typed.

The files are those of tests/diagnosis/subjects/corpus/: one class in sixteen styles, every fault of the catalogue that
shows in a gradient written into it, alone and in pairs, and networks without any. Named means at rank 1 with its layer,
or reported as tied with what is; seconds are those of one check, its process included.

    python benchmarks/subjects.py                       three cases of each fault, 60 pairs
    python benchmarks/subjects.py --each 5 --pairs 100 --seed 7
    python benchmarks/subjects.py --only factor_two --keep FOLDER
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "diagnosis" / "subjects" / "corpus"))

from corpus_cases import RIGHT, Case, pairs, singles
from corpus_verdict import verdict

from runner import check


def main() -> int:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=3, help="cases of each fault")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="cases whose description has this in it")
    parser.add_argument("--keep", type=Path, default=None, help="keep the files of what is missed here")
    parser.add_argument("--part", default="0/1", help="every so manieth case alone, as 0/2")
    chosen = parser.parse_args()
    first, step = map(int, chosen.part.split("/"))
    groups = {
        "right": list(RIGHT),
        "single": list(singles(chosen.each, chosen.seed)),
        "pair": list(pairs(chosen.pairs, chosen.seed)),
    }
    for group, cases in groups.items():
        wanted = [one for one in cases[first::step] if chosen.only in str(one)]
        _run(group, wanted, chosen.keep)
    return 0


def _run(group: str, cases: list[Case], keep: Path | None) -> None:
    good: dict[str, list[bool]] = defaultdict(list)
    seconds, tied = [], 0
    for number, case in enumerate(cases):
        with tempfile.TemporaryDirectory() as folder:
            file = case.write(Path(folder))
            begun = time.perf_counter()
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    result = check(f"subject={file}:Net")
                named, with_tie, said = verdict(case, result)
            except Exception as error:  # the table goes on
                named, with_tie, said = False, False, f"{type(error).__name__}: {error}"
            seconds.append(time.perf_counter() - begun)
            if not named and keep:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{group}_{random.Random(str(case)).randrange(10**6)}.py").write_text(
                    f"# {case}\n# {said}\n" + file.read_text()
                )
        tied += with_tie
        good[case.net.faults[0][0] if case.net.faults else "right"].append(named)
        if not named or seconds[-1] > 3:
            print(
                f"{'missed' if not named else 'slow'} {group} {number}: {case}: {seconds[-1]:.1f} s: {said}", flush=True
            )
    if not cases:
        return
    if group == "single":
        for name, ones in good.items():
            print(f"  {name:40} {sum(ones)}/{len(ones)}")
    total = [one for ones in good.values() for one in ones]
    slow = sorted(seconds)
    print(
        f"{group}: {sum(total)}/{len(total)} = {sum(total) / len(total):.1%}, {tied} of them reported as tied;"
        f" seconds: median {slow[len(slow) // 2]:.2f}, 95 % {slow[int(len(slow) * 0.95)]:.2f}, most {slow[-1]:.2f},"
        f" over 3: {sum(one > 3 for one in slow)}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
