"""The signature page of a report: each step from draft to signed, and the files that were signed, by their SHA-256.

The document itself stays as it was drafted: what was signed is what was read, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import datetime

from bot.reports.documents import render
from bot.rules.catalogue import code_words
from bot.rules.partnership.partnership import Partnership
from bot.rules.reports.signing import DRAFTS, SIGNATORIES, SIGNS, Report
from bot.rules.time.clock import say

LATER = "not yet"

#: The roles of a person at the second of a step, as the audit trail has them.
Roles = Mapping[tuple[str, datetime], Set[str]]


def write(report: Report, partnership: Partnership, roles: Roles) -> bytes:
    """Return the page as HTML. Steps that nobody has taken are said to be open."""
    title = f"Signature page: report {report.id} of {report.period.label}"
    return render(
        "signatures.html",
        title=title,
        partnership=partnership.name,
        state=report.state,
        snapshot=report.snapshot,
        steps=list(_steps(report, roles)),
        files=report.files,
        has_pdf=any(file.form == "pdf" for file in report.files),
    ).encode()


def _steps(report: Report, roles: Roles) -> Iterator[tuple[str, str, str, str]]:
    """Give step, person, role and agency, and moment."""

    def taken(by: str, agency: str, at: datetime, fit: Set[str]) -> tuple[str, str, str]:
        held = sorted(roles.get((by, at.replace(microsecond=0)), frozenset()) & fit)
        role = " and ".join(map(code_words, held)) or "role not in the audit trail any more"
        return by, f"{role}, {code_words(agency)}", say(at)

    yield "Drafted", *taken(report.author, report.agency, report.drafted_at, DRAFTS)
    for step in report.steps:
        if step.kind == "words":
            yield "Words of the leads handed in", *taken(step.by, step.agency, step.at, DRAFTS)
    check = next((s for s in report.steps if s.kind == "check"), None)
    drafts = f"{' or '.join(map(code_words, sorted(DRAFTS)))}, not {report.author}"
    yield (
        "Checked by a second person",
        *(taken(check.by, check.agency, check.at, DRAFTS) if check else (LATER, drafts, "")),
    )
    signed = {s.agency: s for s in report.signatures}
    for agency in SIGNATORIES:
        found = signed.get(agency)
        open_role = f"{code_words(SIGNS)}, {code_words(agency)}"
        yield (
            f"Signed for the {code_words(agency)}",
            *(taken(found.by, agency, found.at, {SIGNS}) if found else (LATER, open_role, "")),
        )
