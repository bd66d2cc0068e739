"""What `--help` prints: what can be typed, and where the rest is described."""

from __future__ import annotations

import sys

from runner.cli.commands import COMMANDS

_TEXT = """whynan trains a NumPy network that is configured in YAML, or one of your own, and says why a run broke.

  whynan                                  train the default experiment
  whynan experiment=xor                   train another one
  whynan dataset=xor 'network.hidden=[8]' optimizer.lr=0.5
                                          change settings; values with brackets need quotes
  whynan -m optimizer.lr=0.1,1 init=he,xavier
                                          a sweep: train every combination
  whynan subject=net.py:MyNet dataset=xor train a class of your own
{commands}

What can be set and chosen:
  whynan show settings                    every setting; one: `show settings steps`; a group: `show settings watch`
  whynan show experiments                 likewise datasets, losses, activations, inits, optimizers, schedules;
                                          `show datasets planar` is one of them in full
  whynan show config                      all settings as your overrides make them

`python -m runner` is the same as `whynan`. `whynan COMMAND --help` explains a command, `whynan --hydra-help` lists
Hydra's own options. Your own YAML goes into conf/ in the working folder, or into a folder given with --config-dir.
"""


def print_help() -> None:
    """Print the help."""
    commands = "\n".join(f"  {f'whynan {word}':<38}  {summary}" for word, summary in COMMANDS.items())
    sys.stdout.write(_TEXT.format(commands=commands))
