"""Any store, read by MLflow's client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from runner.tracking.stored.run import Query, StoredRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_NEWEST_FIRST = ["attributes.start_time DESC"]
_PAGE = 200


class MlflowReader:
    """Reads by a client of MLflow, which raises `MlflowException`."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client

    def experiments(self) -> Mapping[str, str]:
        """The names of the experiments by id."""
        return {str(one.experiment_id): one.name for one in self._client.search_experiments()}

    def runs(self, query: Query, limit: int) -> list[StoredRun]:
        """The newest runs that are asked for."""
        conditions = [
            f"tags.`{key}` LIKE '%'" if value is None else f"tags.`{key}` = '{value}'"
            for key, value in query.tags.items()
        ]
        if query.prefix:
            conditions.append(f"attributes.run_id LIKE '{query.prefix}%'")
        return self.passing(" and ".join(conditions), limit, query.experiments, query.without)

    def passing(
        self, condition: str, limit: int, experiments: Sequence[str] = (), without: Sequence[str] = ()
    ) -> list[StoredRun]:
        """The newest runs that pass MLflow's own filter, of experiments by id (none: all), without some tags."""
        found = map(stored, self._newest(condition, list(experiments) or list(self.experiments()), min(limit, _PAGE)))
        return list(islice((run for run in found if not set(without) & set(run.tags)), limit))

    def _newest(self, condition: str, experiments: list[str], page: int) -> Iterator[Run]:
        token = None
        while True:
            found = self._client.search_runs(
                experiments, condition, max_results=page, order_by=_NEWEST_FIRST, page_token=token
            )
            yield from found
            token = found.token
            if not token:
                return


def stored(run: Run) -> StoredRun:
    """A run of MLflow's client as a store has it."""
    info, data = run.info, run.data
    return StoredRun(
        run_id=str(info.run_id),
        name=info.run_name or "",
        experiment=str(info.experiment_id),
        status=info.status,
        started=info.start_time,
        tags=data.tags,
        metrics=data.metrics,
        params=data.params,
    )
