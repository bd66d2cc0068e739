"""The causes of a failed run as Python and notebooks show them."""

from __future__ import annotations

from html import escape

from runner.files.finding import Finding


class Findings(list[Finding]):
    """The causes of a run, the likeliest first; empty where nothing is wrong, or nothing was found."""

    def __repr__(self) -> str:
        return f"<findings: {', '.join(finding.cause for finding in self) or 'none'}>"

    def _repr_html_(self) -> str:
        """For notebooks: a row for each cause, with the fix and what running it gave."""
        if not self:
            return "<p>no findings</p>"
        head = "".join(f"<th>{name}</th>" for name in ("cause", "what was seen", "fix", "when it was run"))
        return f"<table><tr>{head}</tr>{''.join(map(_row, self))}</table>"


def _row(finding: Finding) -> str:
    verified = finding.verified
    ran = "" if verified is None else f"{verified.before} → {verified.after}"
    cells = (finding.cause, finding.symptom, " ".join(finding.prescription), ran)
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
