"""The table of causes: the criterion of each, and its threshold with value and source."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from runner.cli.screen.tables import print_entries
from runner.cli.screen.terminal import results
from runner.composition.options import shipped_folder
from runner.diagnosis.causes import CAUSES
from runner.network.faults.catalogue import FAULTS
from runner.reference.comments import commented
from runner.settings.diagnosis import Thresholds

_COLUMNS = ("cause", "criterion", "threshold", "meaning of the threshold, and its source")


@dataclass(frozen=True)
class Row:
    """A cause and one of its thresholds; further ones have rows of their own, with the first two cells empty."""

    name: str
    says: str
    threshold: str
    source: str


def print_causes(thresholds: Thresholds) -> None:
    """Print a list on a terminal, else lines with tabs between the columns."""
    from rich.text import Text

    console = results()
    found = list(rows(thresholds))
    if not console.is_terminal:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in [_COLUMNS, *map(astuple, found)])
        return
    entries: list[tuple[Text, list[Text]]] = []
    for row in found:
        if row.name:
            entries.append((Text(row.name, style="bold"), [Text(row.says)]))
        if row.threshold:
            entries[-1][1].append(Text(f"{row.threshold}: {row.source}", style="dim"))
    print_entries(entries)


def rows(thresholds: Thresholds) -> Iterator[Row]:
    """A row for each cause and threshold, then one for each fault: a fault that is found is a cause, too."""
    sources = {line.path: line.comment for line in commented(shipped_folder() / "diagnosis" / "full.yaml")}
    for cause in CAUSES.values():
        name, says = cause.name, cause.says
        for threshold in cause.thresholds or ("",):
            value = f"{threshold}={getattr(thresholds, threshold):g}" if threshold else ""
            yield Row(name, says, value, sources.get(f"thresholds.{threshold}", ""))
            name = says = ""
    for fault in FAULTS.values():
        where = "the calls of the run" if fault.is_edit else "the data or the initial weights"
        yield Row(fault.name, f"found in {where}; {fault.contrast}", "", "")
