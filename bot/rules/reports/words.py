"""The leads' own paragraphs: each is checked by the rule of reasons before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.rules.partnership.partnership import Partnership
from bot.rules.text import reasons

#: Words with which sentences of a report begin, or which it writes with a capital; any other may be a name.
_OF_REPORTS = """
about above across after again all almost also although altogether among another as at because before behind below
beside between both by compared completed concentration data details during each early education either england even
every everything except fewer figures first for four five from fewer figure further groups half health here hereafter
hosted how however if in increased it its january june july december later latest less many may more most much neither
never next no none nothing now number numbers of offered on once one only other others our out over overall panel part
partners partnership people per percentages placements please providers quarter quarters rates recorded records repeat
report residential schools second services several share shares since six so some staff such ten than that their them
then there therefore these they third this those three through to together total totals towards trend two under until
up very we were when where whether which while who why with within without work workers year years young
children's council's police's looked unaccompanied interviews episodes absences cases homes carers weeks months days
april august spring summer autumn winter
"""
ORDINARY = frozenset(_OF_REPORTS.split())

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
    return "name" if reasons.may_name(paragraph, partnership, ORDINARY) else None
