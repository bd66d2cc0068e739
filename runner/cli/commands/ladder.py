"""Climb the debugging ladder: from one neuron on AND, worked out by hand, to a hidden layer on XOR.

  whynan ladder                               the default network
  whynan ladder network.activation=relu loss=half_squared_error
  whynan ladder 'faults=[missing_activation_derivative@1]'
  whynan ladder subject=net.py:NeuralNetwork  a class of your own, whose constructor takes layer sizes

1. One neuron on AND: outputs and loss for round weights, beside the same worked out by hand.
2. The neuron trained with the numerical gradient, which needs no backward pass.
3. Its gradient against central differences: all of it, then weight by weight.
4. The neuron trained with its own gradient.
5. A hidden layer on AND: the gradient of each layer and array, then training.
6. XOR with enough units: the gradient at the start and later, then training from several starts.

Each rung rests on those below. The climb stops at the first rung that breaks, names the mistake, and says what to do
next. A line is printed for each rung; --verbose says of each what it proves, on which network, and what was found.
Activations, output, loss, initialiser and weight decay are taken from the configuration; sizes and data belong to the
rung. The result is printed and written to ladder.json in the folder hydra.run.dir. The exit code is 0 if all rungs
that can be climbed hold, 1 if one breaks or none can be climbed. `whynan report FOLDER` makes a page of it.
"""

from __future__ import annotations

from rich.markup import escape

from runner.cli.arguments import configured
from runner.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from runner.cli.folders import RESULTS, claimed
from runner.cli.screen.ladder import print_ladder, print_rungs
from runner.cli.screen.terminal import results
from runner.errors import Problem, UserError
from runner.files.json_files import write_json
from runner.files.names import LADDER
from runner.files.paths import relative

_VERBOSE = "--verbose"


def main(arguments: list[str]) -> int:
    """Climb, print, and leave ladder.json."""
    from runner.diagnosis.ladder.climbing import climb_ladder

    configuration = configured([word for word in arguments if word != _VERBOSE])
    if configuration.multirun:
        raise UserError(Problem("", "the ladder takes one network at a time: leave out --multirun"))
    result = climb_ladder(configuration.settings, chose_data=configuration.chooses_data)
    folder = claimed(configuration.folder, RESULTS)
    write_json(folder / LADDER, result.to_dict())
    (print_ladder if _VERBOSE in arguments else print_rungs)(result)
    results().print(f"[dim]written to[/] {escape(relative(folder / LADDER))}")
    results().print(f"[dim]report[/]     python -m runner report {escape(relative(folder))}")
    return EXIT_DONE if result.passed else EXIT_FAILED
