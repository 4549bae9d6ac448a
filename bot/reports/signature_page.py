"""The signature page of a report: each step from draft to signed, and the files that were signed, by their SHA-256.

The document itself stays as it was drafted: what was signed is what was read, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.reports.documents import render
from bot.rules.catalogue import code_words
from bot.rules.partnership.partnership import Partnership
from bot.rules.reports.signing import SIGNATORIES, SIGNS, Report, ReportStep
from bot.rules.time.clock import say

LATER = "not yet"


def write(report: Report, partnership: Partnership) -> bytes:
    """Return the page as HTML. Steps that nobody has taken are lines to be filled."""
    title = f"Signature page: report {report.id} of {report.period.label}"
    return render(
        "signatures.html",
        title=title,
        partnership=partnership.name,
        state=report.state,
        snapshot=report.snapshot,
        steps=list(_steps(report)),
        files=report.files,
    ).encode()


def _steps(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """Give step, person, role and day: who drafted and who checked is a lead or an analyst."""
    drafts = "strategic lead or analyst"
    yield "Drafted", report.author, f"{drafts}, {code_words(report.agency)}", say(report.drafted_at)
    for step in report.steps:
        if step.kind == "words":
            yield "Words of the leads handed in", *_by(step, drafts)
    check = next((s for s in report.steps if s.kind == "check"), None)
    yield "Checked by a second person", *(_by(check, drafts) if check else (LATER, drafts, ""))
    signed = {s.agency: s for s in report.signatures}
    for agency in SIGNATORIES:
        role = f"{code_words(SIGNS)}, {code_words(agency)}"
        found = signed.get(agency)
        yield f"Signed for the {code_words(agency)}", *((found.by, role, say(found.at)) if found else (LATER, role, ""))


def _by(step: ReportStep, role: str) -> tuple[str, str, str]:
    return step.by, f"{role}, {code_words(step.agency)}", say(step.at)
