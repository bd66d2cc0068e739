"""How often the diagnosis is right: runs broken on purpose in a known way, the posts, and healthy runs.

Each case is a healthy base that one change breaks; the true cause is what was changed, and the diagnosis sees only the
run. Printed are, for each group, how often the true cause is named first and among the first three, how often a fix
that was run is given, and every false alarm on a healthy run. A tie is right where the diagnosis reports it as a tie.

    python benchmarks/diagnosis.py                     all groups, two seeds
    python benchmarks/diagnosis.py healthy causes      some groups: faults, causes, posts, healthy, asked, sound,
                                                       noise, more, sound_more, third, sound_third, fourth,
                                                       sound_fourth
    python benchmarks/diagnosis.py --seeds 5           more seeds
    python benchmarks/diagnosis.py --first-seed 100    other seeds
    python benchmarks/diagnosis.py --mnist FOLDER      MNIST, too, whose files are in FOLDER
    python benchmarks/diagnosis.py --verbose           a line for each case
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diagnosis_asked import ASKED, NOISE, SOUND, Asked
from diagnosis_asked_fourth import FOURTH, SOUND_FOURTH
from diagnosis_asked_more import MORE, SOUND_MORE
from diagnosis_asked_third import SOUND_THIRD, THIRD
from diagnosis_cases import BROKEN, FAULTY, HEALTHY, POSTS

from runner.composition.configuration import compose_settings
from runner.diagnosis.case import Case
from runner.diagnosis.causes import CAUSES
from runner.diagnosis.diagnose import diagnose
from runner.diagnosis.fixes.attempts import train
from runner.errors import UserError
from runner.experiment import prepare
from runner.files.events import Event
from runner.files.finding import Finding
from runner.network.faults.catalogue import FAULTS
from runner.training.stopping import Interruption


@dataclass(frozen=True)
class Trial:
    """A run to diagnose; `truth` holds the causes any of which is right, all of `also` must be named somewhere."""

    name: str
    overrides: tuple[str, ...]
    truth: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()


@dataclass
class Score:
    """The outcomes of the trials of a group."""

    first: int = 0
    third: int = 0
    fixed: int = 0
    fixable: int = 0
    count: int = 0
    unbroken: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    unfixed: list[str] = field(default_factory=list)


def broken(seeds: Sequence[int]) -> Iterator[Trial]:
    """Each change of a healthy base."""
    for truth, changes in BROKEN.items():
        for base, *overrides in changes:
            for seed in seeds:
                words = (*HEALTHY[base], *overrides, f"seed={seed}")
                yield Trial(f"{truth}: {base} {' '.join(overrides)} seed={seed}", words, frozenset(truth.split("|")))


def faulty(seeds: Sequence[int]) -> Iterator[Trial]:
    """Each fault of the catalogue in each base in which it can act."""
    for base, (words, left_out) in FAULTY.items():
        for name in FAULTS:
            if name in left_out:
                continue
            for seed in seeds:
                overrides = (*words, f"faults=[{name}]", f"seed={seed}")
                if _possible(overrides):
                    yield Trial(f"{name}: {base} seed={seed}", overrides, frozenset({name}))


def posts(seeds: Sequence[int]) -> Iterator[Trial]:
    """The posts as they were posted."""
    for name, (overrides, truth) in POSTS.items():
        yield Trial(f"post: {name}", overrides, truth[:1] and frozenset(truth[:1]), frozenset(truth))


def healthy(seeds: Sequence[int]) -> Iterator[Trial]:
    """Runs in which nothing is wrong."""
    for name, overrides in HEALTHY.items():
        for seed in seeds:
            yield Trial(f"healthy: {name} seed={seed}", (*overrides, f"seed={seed}"))


def as_written(cases: Sequence[Asked], truth: frozenset[str]) -> Iterator[Trial]:
    """Runs of others, each as it stands, whatever the seeds; `truth` where they have none of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            yield Trial(case.name, case.written(Path(folder)), case.truth or truth)


def asked(seeds: Sequence[int]) -> Iterator[Trial]:
    """Failures that people asked about."""
    return as_written(ASKED, frozenset())


def sound(seeds: Sequence[int]) -> Iterator[Trial]:
    """Healthy runs on data with noise of every sort, few samples, small classes."""
    return as_written(SOUND, frozenset())


def more(seeds: Sequence[int]) -> Iterator[Trial]:
    """Other failures that people asked about."""
    return as_written(MORE, frozenset())


def sound_more(seeds: Sequence[int]) -> Iterator[Trial]:
    """Other healthy runs."""
    return as_written(SOUND_MORE, frozenset())


def third(seeds: Sequence[int]) -> Iterator[Trial]:
    """A third lot of failures that people asked about."""
    return as_written(THIRD, frozenset())


def sound_third(seeds: Sequence[int]) -> Iterator[Trial]:
    """A third lot of healthy runs."""
    return as_written(SOUND_THIRD, frozenset())


def fourth(seeds: Sequence[int]) -> Iterator[Trial]:
    """A fourth lot of failures."""
    return as_written(FOURTH, frozenset())


def sound_fourth(seeds: Sequence[int]) -> Iterator[Trial]:
    """A fourth lot of healthy runs."""
    return as_written(SOUND_FOURTH, frozenset())


def noise(seeds: Sequence[int]) -> Iterator[Trial]:
    """Runs in which nothing can be learnt."""
    return as_written(NOISE, frozenset({"bad_labels"}))


# Named in healthy runs, too; and what no line of YAML fixes.
ALWAYS = frozenset(name for name, cause in CAUSES.items() if cause.always)
UNFIXABLE = frozenset({"bad_labels", "class_imbalance", "extrapolation"})

GROUPS = {
    "faults": faulty,
    "causes": broken,
    "posts": posts,
    "healthy": healthy,
    "asked": asked,
    "sound": sound,
    "noise": noise,
    "more": more,
    "sound_more": sound_more,
    "third": third,
    "sound_third": sound_third,
    "fourth": fourth,
    "sound_fourth": sound_fourth,
}


def _possible(overrides: Sequence[str]) -> bool:
    try:
        prepare(compose_settings(overrides))
    except UserError:
        return False
    return True


def diagnosed(overrides: Sequence[str]) -> tuple[Case, list[Finding], bool]:
    """The run that overrides make, its findings, and whether it is accused: of a cause, or of one that is not known."""
    case = train(prepare(compose_settings(overrides)), Interruption())
    noted: list[Event] = []
    findings = diagnose(case, overrides, note=noted.append)
    return case, findings, bool(findings or noted)


def names(finding: Finding) -> set[str]:
    """The cause, and what is tied with it."""
    tied = [tie.partition("=")[0].partition("@")[0] for tie in finding.evidence.get("tied_with", [])]
    return {finding.cause, *tied}


def judge(trial: Trial, score: Score, verbose: bool) -> None:
    """Run a trial and count it."""
    started = time.perf_counter()
    case, findings, accused = diagnosed(trial.overrides)
    score.seconds += time.perf_counter() - started
    if case.healthy and trial.truth and trial.truth.isdisjoint((*ALWAYS, *FAULTS)):
        score.unbroken += 1  # what was changed did no harm
        return
    score.count += 1
    named = ", ".join(f"{finding.cause}{'' if finding.verified else '?'}" for finding in findings) or "nothing"
    if verbose:
        print(f"    {trial.name}: {case.outcome} ({case.conclusion.quality:.3g}): {named}", flush=True)
    if not trial.truth:
        if accused or case.outcome not in ("converged", "finished"):
            score.wrong.append(f"{trial.name}: {case.outcome} ({case.conclusion.quality:.3g}): {named}")
        return
    ranks = [bool(names(finding) & trial.truth) for finding in findings]
    missing = trial.also - set().union(*(names(finding) for finding in findings))
    score.first += any(ranks[:1])
    score.third += any(ranks[:3])
    fixed = any(finding.verified is not None for finding in findings)
    if trial.truth & UNFIXABLE:
        fixed = True
    else:
        score.fixable += 1
        score.fixed += fixed
    if not any(ranks[:1]) or missing:
        lacks = f"; lacks {', '.join(sorted(missing))}" if missing else ""
        score.wrong.append(f"{trial.name}: {case.outcome} ({case.conclusion.quality:.3g}): {named}{lacks}")
    if not fixed:
        score.unfixed.append(f"{trial.name}: {case.outcome}: {named}")


def share(n: int, count: int) -> str:
    """A count as a share."""
    return f"{n}/{count} = {n / max(1, count):.1%}"


def main() -> None:
    """Run the groups asked for, and print."""
    parser = argparse.ArgumentParser(description="How often the diagnosis is right.")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="default: all")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--mnist", metavar="FOLDER", help="where the files of the MNIST test set are")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    if arguments.mnist:
        parts = (f"dataset.root={arguments.mnist}", "dataset.parts=[test]", "epochs=2")
        HEALTHY["mnist"] = ("experiment=mnist", *parts)
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    for group in arguments.groups or GROUPS:
        score = Score()
        for trial in GROUPS[group](seeds):
            judge(trial, score, arguments.verbose)
        pace = score.seconds / max(1, score.count)
        if group in ("healthy", "sound", "sound_more", "sound_third", "sound_fourth"):
            print(f"{group}: {score.count} runs, {len(score.wrong)} false alarms; {pace:.2f} s a run")
        else:
            first, third = (share(n, score.count) for n in (score.first, score.third))
            fixed = share(score.fixed, score.fixable)
            print(f"{group}: first {first}, first three {third}, fixed {fixed} of the fixable; {pace:.2f} s a run")
            if score.unbroken:
                print(f"  {score.unbroken} changes did no harm, and are left out")
        for line in score.wrong:
            print(f"  wrong    {line}")
        for line in score.unfixed:
            print(f"  unfixed {line}")


if __name__ == "__main__":
    main()
