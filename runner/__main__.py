"""`python -m runner`, the same as the console script `whynan`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line (of this process where none is given) and return its exit code."""
    from runner.cli.dispatch import run
    from runner.cli.exit_codes import protected

    words = list(sys.argv[1:] if arguments is None else arguments)
    return protected(lambda: run(words))


if __name__ == "__main__":
    sys.exit(main())
