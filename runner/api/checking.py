"""The gradient check and the debugging ladder from Python."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.api.arguments import composed, configured, words_of
from runner.diagnosis.gradients.configured import check_setup
from runner.diagnosis.gradients.result import CheckResult
from runner.diagnosis.ladder.climbing import climb_ladder
from runner.diagnosis.ladder.rung import LadderResult
from runner.diagnosis.subjects.check import check_subject
from runner.experiment import prepare
from runner.recording.loading.live import as_file
from runner.subjects.samples import samples_of


def check(*arguments: Any, X: Any = None, Y: Any = None, overrides: Sequence[str] = (), **settings: Any) -> CheckResult:
    """Check the gradients of the network that `arguments` configure, or of a network of your own.

    Args:
        arguments: As for `train`. `"subject=net.py"` checks a file of your own; a class or a function in the first
            place, `check(Net)`, one of your notebook.
        X: Inputs in place of the data set, as for `train`.
        Y: Targets, as for `train`.
        overrides: Further arguments, as a list.
        settings: Settings as Python has them: `network={"activation": "relu"}`.

    Returns:
        What was found: `passed`, `sentence`, `arrays` (one entry for each array of parameters) and `causes`, the
        mistakes that explain a wrong gradient. No file is written.

    Raises:
        UserError: The settings, the data or your own code are wrong.

    Examples:
        >>> check("experiment=xor").passed
        True
        >>> result = check("dataset=xor", "faults=[missing_activation_derivative@1]")
        >>> result.passed, result.causes[0].name
        (False, 'missing_activation_derivative')
    """
    own = arguments[:1] if arguments and not isinstance(arguments[0], str | Mapping) else ()
    configuration, chosen = configured([*words_of(arguments[len(own) :], settings), *overrides], X, Y)
    if not own and chosen.subject.path is None:
        return check_setup(prepare(chosen))
    samples = samples_of(chosen, asked=X is not None or configuration.chooses_data)
    with tempfile.TemporaryDirectory() as folder:
        path = as_file(own[0], Path(folder)) if own else chosen.subject.path
        subject = chosen.subject.model_copy(update={"path": path})
        return check_subject(subject, samples, chosen.network.hidden)


def ladder(*arguments: str | Mapping[str, Any], overrides: Sequence[str] = (), **settings: Any) -> LadderResult:
    """Climb the debugging ladder, from one neuron on AND to a hidden layer on XOR.

    Args:
        arguments: As for `train`: activations, output, loss, initialiser and weight decay are taken from them, sizes
            and data from each rung. `"subject=net.py:Net"` takes a class of your own.
        overrides: Further arguments, as a list.
        settings: Settings as Python has them: `network={"activation": "relu"}`.

    Returns:
        What was found: `passed`, `sentence`, `steps` (one for each rung), `causes` and `reason`. No file is written.

    Raises:
        UserError: The settings or your own code are wrong.

    Examples:
        >>> result = ladder("faults=[missing_activation_derivative@1]")
        >>> result.passed, result.causes[0].name
        (False, 'missing_activation_derivative')
    """
    configuration = composed([*words_of(arguments, settings), *overrides])
    return climb_ladder(configuration.settings, chose_data=configuration.chooses_data)
