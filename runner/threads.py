"""One thread for BLAS: with several, the bits of a product depend on how many, and small products get slower.

Several runs at once (a sweep) use the cores better than several threads in one run, and two threads on a core that
something else needs wait for each other: seven times slower, measured on 784-128-10 with batches of 64.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within this context NumPy's products run in one thread, whatever the environment says."""
    with _controller("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=2)
def _controller(has_scipy: bool) -> ThreadpoolController:
    """The thread pools of this process, looked for once (a millisecond), and again once SciPy has brought its own."""
    return ThreadpoolController()
