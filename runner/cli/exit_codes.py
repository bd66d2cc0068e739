"""The exit codes, and which one an error becomes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from runner.cli.termination import Terminated
from runner.errors import RunError, UserError

EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143


def protected(action: Callable[[], int]) -> int:
    """The exit code of `action`, or of the error that ends it; errors of the user are printed without a traceback."""
    try:
        return action()
    except UserError as error:
        from runner.cli.screen.terminal import print_error  # late, as below: completion must not wait for rich

        print_error(error)
        return EXIT_MISUSED
    except RunError as error:
        from runner.cli.screen.terminal import print_failure

        print_failure(error)
        return EXIT_FAILED
    except Terminated:
        return EXIT_TERMINATED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone (`| head`): nobody is left to print to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception:
        from runner.cli.screen.terminal import print_crash

        print_crash()
        return EXIT_FAILED
