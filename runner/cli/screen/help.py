"""What `--help` prints: what can be typed, the groups with their choices, the settings.

Hydra's own help takes 0.6 s here, most of it copying everything it has read for each group that it lists.
"""

from __future__ import annotations

import sys

import hydra
from omegaconf import OmegaConf

from runner.cli.commands import COMMANDS
from runner.composition.hydra import Options, session
from runner.composition.hydra_errors import user_errors
from runner.composition.overrides import groups_of

_TEXT = """whynan trains the NumPy network that the YAML says, and records what happened.

  whynan                                  train the default experiment
  whynan experiment=xor                   train another one
  whynan dataset=xor 'network.hidden=[8]' optimizer.lr=0.5
                                          change it; quote what has brackets
  whynan -m optimizer.lr=0.1,1 init=he,xavier
                                          train with each combination
{commands}

`python -m runner` is the same as `whynan`; `whynan COMMAND --help` tells more. Your own YAML goes into conf/ of the
working folder, or into the folder that --config-dir names. `whynan --hydra-help` lists the options of Hydra.

Groups and their choices (group=choice):
{groups}

Settings, as they stand here (path.to.setting=value):
{config}"""


def print_help(options: Options) -> None:
    """Print the help, its settings with the overrides of `options` applied."""
    with user_errors(), session(options) as loader:
        config = hydra.compose(options.config_name, list(options.overrides))
        groups = groups_of(loader, options.config_name, options.overrides)
        choices = {name: ", ".join(groups.choices(name)) for name in groups.names}
    sys.stdout.write(
        _TEXT.format(
            commands=_columns({f"whynan {word}": summary for word, summary in COMMANDS.items()}, 38),
            groups=_columns(choices, 12),
            config=OmegaConf.to_yaml(config),
        )
    )


def _columns(rows: dict[str, str], width: int) -> str:
    return "\n".join(f"  {name:<{width}}  {text}" for name, text in rows.items())
