"""The leads' own paragraphs: each is checked by the rule of reasons before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.rules.partnership.partnership import Partnership
from bot.rules.reports.ordinary_words import ORDINARY_WORDS
from bot.rules.text import reasons

#: Bodies that reports name, beside those of the partnership file. Each is taken as a whole: its words may be names.
_BODIES = (
    *("Action for Children", "Barnardo's", "Children's Commissioner", "Children's Services", "Children's Social Care"),
    *("Children's Society", "Crown Prosecution Service", "Department for Education", "Department of Health"),
    *("Home Office", "Local Government Association", "Missing People", "Ministry of Justice", "National Crime Agency"),
    *("National Referral Mechanism", "Office for National Statistics", "Ofsted", "Philomena Protocol"),
    *("Safe and Well", "Youth Justice Board", "Youth Justice Service", "Working Together"),
    *("Avon and Somerset", "British Transport", "Devon and Cornwall", "Dyfed-Powys", "Greater Manchester"),
    *("Metropolitan", "North Wales", "North Yorkshire", "South Wales", "South Yorkshire", "Thames Valley"),
    *("West Mercia", "West Midlands", "West Yorkshire"),
)
#: Capitals of an office, a measure or a plan, beside those of a reason.
_ACRONYMS = """
ADHD BCU BRP BST CAFCASS CPS CQC CSP DBS DfE DfES DPIA EHE FGM FOI GDPR GMT GP GPs HM HMICFRS HR ICB ICO IT KPI KPIs
LGA MAPPA MARAC MET NCA NEET NFA NPCC ONS PCC PRU PSHE PVP QA RAG SEN SEND SLA SMS SSDA VAWG VRU Q1 Q2 Q3 Q4 H1 H2
"""
_ORDINARY = ORDINARY_WORDS | frozenset(_ACRONYMS.split())
#: Months and seasons that are first names too: they pass beside a number, and behind "in".
_ALSO_NAMES = "April|May|June|August|Spring|Summer|Autumn|Winter"
_DATED = re.compile(
    rf"\b(?:\d{{1,2}}|[Ii]n|[Ii]n early|[Ii]n late)\s+(?:{_ALSO_NAMES})\b"
    rf"|\b(?:{_ALSO_NAMES})(?:\s+(?:to|and)\s+\w+)?\s+(?:19|20)\d\d\b"
)

#: Paragraphs of one section, and characters of one paragraph.
MOST_PARAGRAPHS = 20
LONGEST = 2_000

Fault = Literal["long", "many", "personal", "reference", "name"]

ADVICE: dict[Fault, str] = {
    "long": f"it has more than {LONGEST:,} characters. Make two paragraphs of it.",
    "many": f"the section has more than {MOST_PARAGRAPHS} paragraphs. Leave some out.",
    "personal": "it has a date of birth, a postcode, an address or a long number. Take it out.",
    "reference": "it has the reference of a child. Take it out: the report is of no single child.",
    "name": "a word with a capital may be a person's name. Write the role instead, or begin the sentence otherwise.",
}


@dataclass(frozen=True, slots=True)
class UnfitParagraph:
    """A paragraph that may not be kept. Neither the paragraph nor a word of it is repeated."""

    section: str
    paragraph: int
    fault: Fault

    @property
    def text(self) -> str:
        return f"{self.section}, paragraph {self.paragraph}: {ADVICE[self.fault]}"


def unfit(words: Mapping[str, Sequence[str]], partnership: Partnership) -> tuple[UnfitParagraph, ...]:
    """Return every paragraph that may not be kept, with the first fault of each."""
    return tuple(
        UnfitParagraph(section, n, fault)
        for section, paragraphs in words.items()
        for n, paragraph in enumerate(paragraphs, 1)
        if (fault := _fault(paragraph, n, partnership)) is not None
    )


def _fault(paragraph: str, number: int, partnership: Partnership) -> Fault | None:
    if number > MOST_PARAGRAPHS:
        return "many"
    if len(paragraph) > LONGEST:
        return "long"
    if reasons.is_personal(paragraph):
        return "personal"
    if reasons.has_reference(paragraph, partnership.reference_prefix):
        return "reference"
    plain = _DATED.sub(" ", _bodies(partnership).sub(" ", paragraph.replace("\u2019", "'")))
    return "name" if reasons.may_name(plain, partnership, _ORDINARY) else None


def _bodies(partnership: Partnership) -> re.Pattern[str]:
    """Match the bodies and the places of the partnership file, as they are written there, and those above."""
    areas = [name for a in partnership.areas for name in (a.name, a.short, *a.aliases, *a.districts, *a.teams)]
    file = (partnership.name, partnership.report_to, *partnership.own_authorities, *partnership.other_authorities)
    sources = (source.name for source in partnership.sources.each())
    names = sorted(filter(None, {*areas, *file, *sources, *_BODIES}), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?:'s)?(?!\w)")
