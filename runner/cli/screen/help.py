"""What `--help` prints: the commands, the groups with their choices, the settings.

Hydra's own help takes 0.6 s here, most of it copying everything it has read for each group that it lists.
"""

from __future__ import annotations

import sys

import hydra
from omegaconf import OmegaConf

from runner.cli.commands import COMMANDS
from runner.composition.options import Options
from runner.composition.session import session

_TEXT = """whynan trains a NumPy network that is configured in YAML, and says why a run broke.

  whynan                                  train the default experiment
  whynan experiment=xor                   train another experiment
  whynan dataset=xor 'network.hidden=[8]' optimizer.lr=0.5
                                          change settings; values with brackets need quotes
  whynan -m optimizer.lr=0.1,1 init=he,xavier
                                          a sweep: train every combination
{commands}

`python -m runner` is the same as `whynan`. `whynan COMMAND --help` explains a command, `whynan --hydra-help` lists
Hydra's own options. Your own YAML goes into conf/ in the working folder, or into a folder given with --config-dir.
Common names are accepted, too: loss=mse, mae, bce, ce; init=glorot, kaiming; network.activation=linear, swish.

Groups and their choices (group=choice):
{groups}

Settings and their values here (path.to.setting=value):
{config}"""


def print_help(options: Options) -> None:
    """Print the help, its settings with the overrides of `options` applied."""
    with session(options) as found:
        config = hydra.compose(options.config_name, list(options.overrides))
        choices = {name: ", ".join(found.groups.choices(name)) for name in found.groups.names}
    sys.stdout.write(
        _TEXT.format(
            commands=_columns({f"whynan {word}": summary for word, summary in COMMANDS.items()}, 38),
            groups=_columns(choices, 12),
            config=OmegaConf.to_yaml(config),
        )
    )


def _columns(rows: dict[str, str], width: int) -> str:
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows.items())
