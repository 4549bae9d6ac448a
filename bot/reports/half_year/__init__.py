"""The half-yearly prevalence report: figures and facts in, a Document out. Sentences state figures, never causes."""

from __future__ import annotations

from dataclasses import replace
from string import ascii_uppercase

from bot.reports.document import Document, ReportSection
from bot.reports.half_year import care, children, frame, records
from bot.reports.half_year.given import Given, LeftOut, NoFigures, why_not_known
from bot.rules.queries.remembered import remembered

__all__ = ("Given", "NoFigures", "compose")

LANGUAGE = "en-GB"
_SECTIONS = (
    frame.introduction,
    frame.summary,
    care.looked_after,
    children.both,
    children.by_band,
    children.first_or_again,
    children.by_cohort,
    children.by_area,
    records.months,
    records.interviews,
    frame.conclusion,
    frame.finance,
    frame.equalities,
    frame.recommendation,
    frame.signatures,
    frame.background,
)
#: Tables that the report of 2017 does not have, and that a board looks up. Each is headed by its letter.
_ANNEXES = (
    children.concentration,
    care.providers,
    records.ages,
    care.settings,
    records.reporters,
    care.hosted,
    records.interview_details,
    frame.changes,
)


def compose(given: Given) -> Document:
    """Return the report. NoFigures where no number of the period is known: a zero would be false."""
    if reason := why_not_known(given, given.period):
        raise NoFigures(reason)
    given = replace(given, figures=remembered(given.figures))
    body, annexes = ([make(given) for make in makers] for makers in (_SECTIONS, _ANNEXES))
    left_out = [b.text for section in (*body, *annexes) for b in section.blocks if isinstance(b, LeftOut)]
    shown = (*filter(None, map(_shown, annexes)), frame.method(given, left_out))
    lettered = (
        replace(s, heading=f"Annex {letter}. {s.heading}") for letter, s in zip(ascii_uppercase, shown, strict=False)
    )
    sections = (*filter(None, map(_shown, body)), *lettered)
    return Document(frame.title(given), LANGUAGE, frame.front(given), sections, frame.running(given))


def _shown(section: ReportSection) -> ReportSection | None:
    """Return a section without what is left out of it; None where that is all it has."""
    blocks = tuple(block for block in section.blocks if not isinstance(block, LeftOut))
    return replace(section, blocks=blocks) if blocks else None
