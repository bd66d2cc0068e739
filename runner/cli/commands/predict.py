"""Apply a trained network to new inputs.

  whynan predict RUN 3 5 7       one prediction for each number (a network with one input)
  whynan predict RUN 0 1         one prediction for one sample (a network with as many inputs)
  whynan predict RUN new.csv     one prediction for each line; a header may name the inputs
  whynan predict RUN             the same from standard input, line by line

RUN is an MLflow run id, the beginning of one, a run folder, or `last`; tracking.uri=... names the store.
A notice on standard error says where a sample is outside the range that the network was trained on.
It prints the values, or for a classifier the class and its probability (with loss=hinge its margin).
A network of your own is named again: whynan predict RUN subject=net.py:NAME 3 5 7
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from runner.composition.overrides import is_of_subject, split_overrides
from runner.composition.recorded import refuse_watched
from runner.composition.stores import store_of
from runner.errors import Problem, UserError
from runner.tracking.loading import load_network
from runner.tracking.runs import FoundRun, find_run
from runner.tracking.trackers import OUTPUTS
from runner.tracking.trained import TrainedNetwork

Sample = list[float]

_MOST_PROBLEMS = 10  # printed at once; a file of the wrong kind has one in every line


def main(arguments: list[str]) -> int:
    """Print a prediction for each sample."""
    words, overrides = split_overrides(arguments)
    if not words:
        raise UserError("which run? `predict last 3`, or give a run id or a run folder in place of `last`")
    run = find_run(words[0], store_of([word for word in overrides if not is_of_subject(word)]), OUTPUTS)
    refuse_watched(run.config)
    network = load_network(run) if run.record.subject is None else _theirs(run, overrides)
    values, answers = words[1:], _Answers(network)
    if len(values) == 1 and not _is_number(values[0]):
        answers.write(read_table(Path(values[0]), network.columns.features))
    elif values:
        answers.write(read_words(values, network.columns.features))
    elif sys.stdin.isatty():
        _converse(network, answers)
    else:
        for sample in samples(sys.stdin, network.columns.features, "standard input"):
            answers.write([sample])
    return 0


def _theirs(run: FoundRun, overrides: list[str]) -> TrainedNetwork:
    from runner.composition.their_run import load_theirs  # with all that trains: half a second that ours don't need

    return load_theirs(run, overrides)


def answers(network: TrainedNetwork, X: list[Sample]) -> Iterator[str]:
    """A line for each sample: the values, or the class and its probability, with tabs between."""
    outputs = network(np.array(X))
    named = network.named(outputs)
    if "class" not in named:
        return ("\t".join(f"{value:.6g}" for value in row) for row in outputs)
    # Of two classes the network gives the probability of the second; a margin is printed as it is.
    likely = np.maximum(outputs[:, 0], 1.0 - outputs[:, 0]) if "probability" in named else outputs.max(axis=1)
    return (f"{name}\t{probability:.6g}" for name, probability in zip(named["class"], likely, strict=True))


def read_words(words: list[str], features: tuple[str, ...]) -> list[Sample]:
    """Samples from the command line: one a word for one input, else one of all the words."""
    bad = [word for word in words if not _is_number(word)]
    if bad:
        raise UserError(Problem("", f"{word!r} is not a finite number") for word in bad)
    numbers = [float(word) for word in words]
    if len(features) == 1:
        return [[number] for number in numbers]
    if len(numbers) != len(features):
        raise UserError(
            f"{_counted(len(numbers), 'number')} given, but a sample of this network has {len(features)} "
            f"({_named(features)}); give one sample, or a CSV file, or one sample a line on standard input"
        )
    return [numbers]


def read_table(path: Path, features: tuple[str, ...]) -> list[Sample]:
    """Samples from a CSV file; UserError with the lines that are none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{str(path)!r} is neither a number nor a file to read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not a text file") from None
    read = list(samples(text.splitlines(), features, str(path)))
    if not read:
        raise UserError(f"{path} holds no sample")
    return read


def samples(lines: Iterable[str], features: tuple[str, ...], source: str) -> Iterator[Sample]:
    """The samples of lines of text, blank lines left out; the first may be a header with the inputs' names.

    Raises UserError at the end for all lines that hold no sample, the first ten of them named.
    """
    order = list(range(len(features)))
    width = len(features)
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        cells = split(line)
        if not cells:
            continue
        if number == 1 and not any(_is_number(cell) for cell in cells):
            missing = [name for name in features if name not in cells]
            if missing:
                raise UserError(f"{source}: the header lacks {_named(missing)}")
            order, width = [cells.index(name) for name in features], len(cells)
            continue
        try:
            parsed = parse(cells, width)
        except UserError as error:
            problems += [Problem("", f"{source}, line {number}: {p.message}") for p in error.problems]
            continue
        # What comes after a bad line has no answer at its place: the user fixes the file first.
        if not problems:
            yield [parsed[index] for index in order]
    if problems:
        raise UserError(problems[:_MOST_PROBLEMS])


def split(line: str) -> list[str]:
    """The cells of a line, which semicolons, else commas, else blanks part; quotes around a cell are taken off."""
    line = line.strip()
    separator = next((mark for mark in ";," if mark in line), None)
    return [cell.strip().strip("\"'") for cell in line.split(separator)]


def parse(cells: list[str], width: int) -> Sample:
    """`width` finite numbers, or UserError."""
    if len(cells) != width:
        raise UserError(f"{_counted(len(cells), 'value')} where {width} must stand")
    bad = [cell for cell in cells if not _is_number(cell)]
    if bad:
        raise UserError(f"{bad[0]!r} is not a finite number" if bad[0] else "a value is missing")
    return [float(cell) for cell in cells]


class _Answers:
    """Prints predictions, and once that a sample is outside the range of the training data."""

    def __init__(self, network: TrainedNetwork) -> None:
        self._network = network
        self._said = False

    def write(self, X: list[Sample]) -> None:
        """A line for each sample."""
        if not self._said and (notice := outside(self._network, X)):
            sys.stderr.write(f"{notice}\n")
            sys.stderr.flush()
            self._said = True
        sys.stdout.writelines(f"{line}\n" for line in answers(self._network, X))
        sys.stdout.flush()


def outside(network: TrainedNetwork, X: list[Sample]) -> str | None:
    """What to say of samples outside the range of the training data; None where there are none."""
    beyond = network.outside(np.array(X))
    rows = np.flatnonzero(beyond.any(axis=1))
    if not len(rows):
        return None
    first, feature = int(rows[0]), int(beyond[rows[0]].argmax())
    low, high = network.trained_range(feature)
    trained = f"{low:.6g} to {high:.6g}" if low < high else f"{low:.6g} alone"
    name = network.columns.features[feature]
    of = f" ({len(rows)} of {len(X)} samples are outside it)" if len(rows) > 1 else ""
    return (
        f"warning: {name} = {X[first][feature]:.6g} is outside the range that the network was trained on, {trained}"
        f"{of}: its answers there are extrapolated, and nothing has tested them"
    )


def _converse(network: TrainedNetwork, answers: _Answers) -> None:
    features = network.columns.features
    with contextlib.suppress(EOFError):
        while cells := split(input(f"{_named(features)}: ")):
            try:
                answers.write([parse(cells, len(features))])
            except UserError as error:
                sys.stdout.write(f"{error}\n")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _named(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 8 else f"{', '.join(listed[:3])}, ..., {listed[-1]}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
