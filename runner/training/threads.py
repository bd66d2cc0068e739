"""One thread for BLAS: with several, the bits of a product depend on how many, and small products get slower.

Several runs at once (a sweep) use the cores better than several threads in one run, and two threads on a core that
something else needs wait for each other: seven times slower, measured on 784-128-10 with batches of 64.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within this context NumPy's products run in one thread, whatever the environment says."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
