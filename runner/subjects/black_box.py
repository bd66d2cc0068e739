"""What may go wrong with a network under suspicion that is known by its answers alone."""

from __future__ import annotations


class BlackBoxError(Exception):
    """A call that failed: usually the network doesn't take so many samples, or parameters of this size.

    It is no `ValueError`, so that whoever expects it doesn't hide a mistake of ours.
    """
