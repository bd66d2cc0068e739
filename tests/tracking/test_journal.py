"""The journal of a delivery: what it remembers, and who may write it."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_folders import begin, local_store, record

from runner.files.names import JOURNAL
from runner.tracking.journal import Journal, belongs, open_journal, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder whose run has just begun."""
    return begin(tmp_path / "run", record())


def test_what_was_written_is_known_to_the_next_process(folder: Path) -> None:
    """Another journal of the same folder knows all entries, in their order."""
    first = Journal(folder)
    assert first.lock()
    first.write(creating=True)
    first.write(run_id="ab12")
    first.write(anchor=[10, 1000])
    first.write(anchor=[25, 2000])
    first.release()
    known = Journal(folder).known
    assert (known.creating, known.run_id, known.anchors) == (True, "ab12", [(10, 1000), (25, 2000)])
    assert not known.delivered


def test_one_process_delivers_at_a_time(folder: Path) -> None:
    """While one holds the lock no other gets it; then it knows what the first has written in between."""
    first, second = Journal(folder), Journal(folder)
    assert first.lock()
    assert not second.lock()
    first.write(run_id="ab12")
    first.release()
    assert second.lock()
    assert second.known.run_id == "ab12"
    second.release()


@pytest.mark.parametrize("torn", [b'{"anchor": [25, 2', b"\x00" * 40, b'{"anchor": [25, 2000]}'])
def test_entry_that_a_crash_cut_off_counts_for_nothing(folder: Path, torn: bytes) -> None:
    """Whatever a power loss left at the end is taken off before the next entry."""
    first = Journal(folder)
    first.lock()
    first.write(anchor=[10, 1000])
    first.release()
    with (folder / JOURNAL).open("ab") as file:
        file.write(torn)
    second = Journal(folder)
    second.lock()
    assert second.known.anchors == [(10, 1000)]
    second.write(anchor=[30, 3000])
    second.release()
    assert read(folder).anchors == [(10, 1000), (30, 3000)]


def test_run_that_goes_on_keeps_what_its_end_has_sent(folder: Path) -> None:
    """After an end and a reopening the points of that end stay known, and the run is no longer delivered."""
    journal = Journal(folder)
    journal.lock()
    journal.write(ending=5000, added={"loss": [[3, 0.5]]})
    journal.write(model_id="m-1")
    journal.write(delivered=True)
    journal.write(reopened=True)
    journal.release()
    known = read(folder)
    assert known.extra == {"loss": [[3, 0.5]]}
    assert (known.ending, known.added, known.model_id, known.delivered) == (None, {}, "m-1", False)
    assert known.reopened


def test_store_of_a_run_is_noted_without_its_password(folder: Path, tmp_path: Path) -> None:
    """The journal says which store a run belongs to; a run of another store doesn't belong."""
    store = local_store(tmp_path)
    open_journal(folder, store)
    assert belongs(read(folder), store)
    assert not belongs(read(folder), local_store(tmp_path / "elsewhere"))
    secret = type(store)("http://me:s3cret@host:5000", "tests", store.artifacts)
    open_journal(folder, secret)
    assert "s3cret" not in (folder / JOURNAL).read_text()
    assert belongs(read(folder), secret)
