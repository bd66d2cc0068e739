"""How often the mistake in a network that somebody wrote by hand is named right, and how long it takes.

The networks are those of tests/diagnosis/recognition/plain_networks.py: plain NumPy in ten arrangements of arrays, with
mistakes written into them by hand. Every mistake is made at each layer that it can be made at, alone and in pairs, in
several architectures, arrangements and seeds; and networks without any are looked at for false complaints. Named means
at rank 1 with its layer, or told as tied with what is.

    python benchmarks/naming.py             all of it: some minutes
    python benchmarks/naming.py --pairs 50  that many pairs of mistakes, drawn at random
    python benchmarks/naming.py --only feeds_z
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "diagnosis" / "recognition"))

from plain_networks import STYLES, Plain, called, data_for, mistakes_of

from runner.diagnosis.recognition.mistakes import name_mistakes
from runner.diagnosis.recognition.recognise import recognise
from runner.threads import one_blas_thread

NETWORKS = (
    Plain((3, 1)),
    Plain((4, 3), output="softmax", loss_name="categorical_cross_entropy"),
    Plain((2, 2, 1), "sigmoid", "sigmoid", "half_squared_error"),
    Plain((2, 4, 1), "tanh", "identity", "squared_error", "mean"),
    Plain((3, 4, 3), "relu", "softmax", "categorical_cross_entropy"),
    Plain((4, 5, 2), "leaky_relu", "sigmoid", "squared_error", "sum", decay=0.1),
    Plain((3, 5, 5, 3), "tanh+sigmoid", "sigmoid", "binary_cross_entropy"),
    Plain((4, 4, 4, 4), "sigmoid", "softmax", "categorical_cross_entropy", "sum"),
    Plain((2, 6, 6, 1), "relu+tanh", "identity", "half_squared_error", decay=0.05, decay_per_sample=True),
    Plain((3, 4, 4, 4, 3), "tanh+softplus", "softmax", "categorical_cross_entropy"),
)
RIGHT = (
    Plain((3, 4, 2), dtype=np.float32),
    Plain((3, 5, 3), "relu", "softmax", "categorical_cross_entropy", dtype=np.float32, style="out_in"),
    Plain((3, 4, 2), "relu_1"),
    Plain((3, 4, 2), loss_times=1e-8),
    Plain((3, 4, 2), loss_times=1e12),
    Plain((3, 4, 2), decay=0.1),
    Plain((3, 4, 2), decay=0.1, decay_per_sample=True),
    Plain((3, 4, 2), decay=0.1, decay_biases=True),
    Plain((3, 4, 2), epsilon=1e-8),
    Plain((3, 4, 2), subtracts=True),
    Plain((3, 4, 2), shows="labels"),
    Plain((3, 4, 2), shows="nothing"),
    Plain((3, 4, 2), shows="logits"),
    Plain((3, 4, 3), "tanh", "identity", "half_squared_error", "all"),
    Plain((3, 4, 3), "tanh", "identity", "squared_error", "all"),
    Plain((3, 4, 3), "tanh", "identity", "absolute_error", "sum"),
    Plain((3, 4, 3), "identity", "identity", "squared_error"),
    Plain((3, 4, 3), "elu", "softmax", "binary_cross_entropy"),
    Plain((3, 4, 2), "leaky_relu(0.13)"),
    Plain((2, 3, 3, 3, 1), "relu+sigmoid+tanh", style="no_bias"),
)


@dataclass
class Score:
    """How cases of a kind went."""

    cases: int = 0
    named: int = 0
    tied: int = 0
    unrecognised: int = 0
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def told(self, name: str) -> str:
        """As a line of the table."""
        seconds = f"{np.mean(self.seconds):.2f} s, at most {max(self.seconds):.2f}" if self.seconds else ""
        share = f"{100 * self.named / max(self.cases, 1):5.1f} %"
        return f"{name:22} {self.named:4} of {self.cases:4} {share}, {self.tied:3} tied  {seconds}"


def judge(network: Any, score: Score, seed: int) -> None:
    """One case: what its mistakes are called is what is said, in any order, or tied with it."""
    X, Y = data_for(network, seed)
    wanted = sorted(called(mistake) for mistake in network.mistakes)
    if wanted == ["sign_flipped"] and network.depth == 1:
        wanted = ["sign_flipped@1"]
    started = time.process_time()
    try:
        found = recognise(network, X, Y, budget=20.0)
        causes = name_mistakes(network, found, X, Y, budget=20.0) if found else []
    except ValueError:  # the mistake can't be made on these samples
        return
    score.seconds.append(time.process_time() - started)
    said = sorted(cause.fault for cause in causes)
    ties = [sorted(tie.split(" + ")) for tie in (causes[0].tied_with if causes else [])]
    score.cases += 1
    score.unrecognised += found is None
    score.tied += bool(ties)
    if (found is not None and same(wanted, said)) or any(same(wanted, tie) for tie in ties):
        score.named += 1
    else:
        what = "not recognised" if found is None else f"said {said}, tied {ties[:3]}"
        score.missed.append(f"{network.sizes} {network.hidden} {network.loss_name} {network.style} {wanted}: {what}")
        print(f"    {score.missed[-1]}", flush=True)


def same(wanted: list[str], said: list[str]) -> bool:
    """Whether texts name the same faults; layers may be reported one by one, a number by its digits."""
    if wanted == ["constant_scale"]:
        return said in (["constant_scale"], ["constant_scale=10"])
    return wanted == said


def singles(only: str | None, seed: int) -> Iterator[tuple[str, Any]]:
    """Every mistake in every network that it can be made in, in two arrangements, and in all over the networks."""
    styles = list(STYLES)
    for number, network in enumerate(NETWORKS):
        for turn in range(2):
            style = styles[(number * 3 + turn * 5 + seed) % len(styles)]
            order = ("layers", "kinds", "reversed")[(number + turn) % 3]
            styled = replace(network, style=style, order=order, memory={})
            for mistake in mistakes_of(styled):
                if only is None or mistake.split("@")[0] == only:
                    yield mistake.split("@")[0], replace(styled, mistakes=(mistake,), memory={})


# Mistakes of which one hides the other at the same layer, or on the whole.
HIDING = (
    {"db_missing", "db_summed", "db_everything", "db_negated"},
    {"bias_missing", "bias_subtracted", "db_negated"},
    {"no_slope", "slope_at_a", "formula_on_z", "slope_returns_z", "sigmoid_slope", "tanh_slope", "relu_mask"}
    | {"neighbour_slope", "feeds_z", "no_effect", "twice", "elementwise_softmax"},
    {"not_transposed", "through_gradient", "through_updated", "through_neighbour", "bias_leaks_last"}
    | {"bias_leaks_first"},
    {"times_n", "over_n", "double", "half", "over_k", "loss_over_outputs", "ten_times", "odd_times", "over_features"}
    | {"negated"},
    {"cross_terms", "broadcast", "loss_over_outputs", "softmax_over_batch", "residual", "elementwise_softmax"},
)


def both_show(one: str, other: str) -> bool:
    """Whether two mistakes can be told apart by whoever sees the numbers."""
    (name, _, layer), (second, _, below) = one.partition("@"), other.partition("@")
    if "returns_parameters" in (name, second) or name == second:
        return False
    if "layer_zero" in (name, second) and layer == below:
        return False
    return layer != below or not any({name, second} <= group for group in HIDING)


def pairs(count: int, seed: int) -> Iterator[Any]:
    """Pairs of mistakes, drawn at random."""
    draw = random.Random(seed)
    styles = list(STYLES)
    for _ in range(count):
        styled = replace(draw.choice(NETWORKS[2:]), style=draw.choice(styles), memory={})
        fits = [pair for pair in itertools.combinations(mistakes_of(styled), 2) if both_show(*pair)]
        yield replace(styled, mistakes=draw.choice(fits), memory={})


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--only", help="a mistake of plain_networks.py")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth case alone")
    arguments = parser.parse_args()
    scores: dict[str, Score] = {}
    total, several, false = Score(), Score(), Score()
    with one_blas_thread(), np.errstate(all="ignore"):
        for name, network in itertools.islice(singles(arguments.only, arguments.seed), 0, None, arguments.every):
            judge(network, scores.setdefault(name, Score()), arguments.seed)
        for name, score in sorted(scores.items()):
            print(score.told(name))
            total.cases, total.named = total.cases + score.cases, total.named + score.named
            total.tied, total.seconds = total.tied + score.tied, total.seconds + score.seconds
        print(total.told("single mistakes"))
        if arguments.only is None:
            for network in pairs(arguments.pairs, arguments.seed):
                judge(network, several, arguments.seed)
            print(several.told("pairs"))
            for network in RIGHT:
                judge(replace(network, memory={}), false, arguments.seed)
            print(false.told("right networks"))


if __name__ == "__main__":
    main()
