"""What an error of the store is shortened to."""

from __future__ import annotations

from runner.tracking.track import _first_line


def test_the_line_that_says_what_happened_is_shown() -> None:
    """What SQLAlchemy says about when it happened comes before it, and is left out."""
    when = "(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block)"
    what = "(sqlite3.OperationalError) database is locked"
    assert _first_line(f"{when}\n{what}\n[SQL: INSERT]") == what
    assert _first_line(what) == what
    assert _first_line("") == ""
