"""The commands, a module each: `main(arguments)` returns the exit code, the docstring is its `--help`."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "check": "check the gradients of a network, and name the mistake if they are wrong",
    "watch": "run a script of your own, watch its training, and say why it broke",
    "ladder": "debug step by step: from one neuron on AND to a hidden layer on XOR",
    "explain": "explain again why a run broke, and what fixes it",
    "report": "write a page about a run: its outcome, why, and every plot",
    "show": "look up settings, data sets, causes and more; print the configuration or the program",
    "predict": "apply a trained network to new inputs",
    "runs": "list, filter and delete runs",
    "compare": "compare the runs of a sweep or an experiment in a table",
    "ui": "open the UI of MLflow on the runs",
    "resume": "continue a run or a sweep that was interrupted, killed or failed",
    "rerun": "repeat a recorded run, and compare the numbers",
    "sync": "send to MLflow what it hasn't received yet",
    "init": "copy the shipped conf/ here, for editing",
}
