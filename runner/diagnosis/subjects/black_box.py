"""What a subject's calls have in common with those of any network that is known by its answers alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class SubjectError(ValueError):
    """A call that the subject did not carry out: it raised, hung, ended its process or gave what can't be used.

    Its text is a sentence. A `ValueError`, since the usual reason is data or parameters that it doesn't take.
    """
