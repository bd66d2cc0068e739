"""How a command ends: the exit codes, which one an error becomes, and SIGTERM and SIGHUP, handled the way Ctrl-C is."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runner.errors import RunError, UserError
from runner.training.stopping import terminating

EXIT_DONE, EXIT_FAILED, EXIT_MISUSED, EXIT_INTERRUPTED, EXIT_TERMINATED = 0, 1, 2, 130, 143


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, handled like Ctrl-C but for the exit code."""


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the process the way Ctrl-C does (training sees to it by itself while it lasts)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise Terminated

    before = {one: signal.signal(one, end) for one in terminating()}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


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
