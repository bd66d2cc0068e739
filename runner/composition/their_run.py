"""The network of a run that somebody wrote, with the arrays that it was trained to, for new inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.composition.recorded import settings_of, typed_subject
from runner.errors import UserError
from runner.subjects.complaint import SubjectError
from runner.tracking.content.model import columns_of
from runner.tracking.loading import load_arrays
from runner.tracking.runs import FoundRun
from runner.tracking.trained import TrainedNetwork
from runner.training.record import changed_files
from runner.training.setup import prepare


def load_theirs(run: FoundRun, overrides: Sequence[str]) -> TrainedNetwork:
    """The trained network of a run of somebody's own, whose code `overrides` must name.

    Raises `UserError` where they don't, where its file has changed, or where the run was not made here: it is built as
    it was, which takes its data.
    """
    subject = typed_subject(overrides)
    if not run.local:
        raise UserError("the run was not made here, and its network is built with its data: predict where it was made")
    setup = prepare(settings_of(run.config, subject))
    for change in changed_files(run.record, setup):
        raise UserError(f"{change}: what it learnt may not fit it any more")
    arrays, network = load_arrays(run), setup.network
    try:
        theta = np.concatenate([arrays[block.label].ravel() for block in network.layout.blocks])
    except KeyError as error:
        raise UserError(f"the run has no array {error}: its network was another one") from None

    def outputs(X: NDArray[Any]) -> NDArray[Any]:
        Y = np.zeros((len(X), setup.dataset.train.Y.shape[1]))
        batch = setup.workspace().batch(np.ascontiguousarray(X.T), Y.T.copy())
        batch["theta"][...] = theta
        try:
            for call in batch.calls(*network.phases_to_outputs):
                call()
        except SubjectError as error:
            raise UserError(str(error)) from error
        return np.asarray(batch[network.outputs].T)

    return TrainedNetwork(arrays, columns_of(run.record), outputs)
