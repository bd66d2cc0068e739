"""The commands, a module each; its docstring is what `--help` says of it."""
