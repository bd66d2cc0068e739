"""The commands, a module each: its `main(arguments)` gives the exit code, its docstring is its `--help`."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "check": "check the gradients of the configured network, and name the mistake where they are wrong",
    "ladder": "climb from one neuron on AND to XOR, and name the mistake at the first step that breaks",
    "explain": "say why a run broke and what fixes it, as it said when it ended",
    "show": "print the configuration, the network's program, the activations, the faults, or the causes",
    "predict": "use a trained network on new inputs",
    "runs": "list, filter and delete runs",
    "compare": "compare the runs of a sweep or an experiment in a table",
    "ui": "open the pages of MLflow on the runs",
    "resume": "go on with a run or a sweep that was interrupted, killed or failed",
    "rerun": "repeat a run from what is recorded of it, and compare the numbers",
    "sync": "deliver to MLflow what ended runs still hold",
    "init": "copy the shipped conf/ here for editing",
}
