"""What the tests of sweeps share."""

from sweeping import executor

__all__ = ["executor"]
