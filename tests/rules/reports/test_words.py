"""The leads' own paragraphs: names, dates of birth, postcodes and references are refused, and never said back."""

from __future__ import annotations

import pytest

from bot.rules.reports.words import LONGEST, MOST_PARAGRAPHS, UnfitParagraph, unfit
from tests.support.factories import partnership, reference

FIT = (
    "Fewer children went missing than in the half-year before. Police and council meet each week.",
    "In the north, return interviews were held later; the MASE panel looked at each of them.",
    "Of 120 children 45 went missing once only (38%). We ask the panel to note this.",
    "The new protocol began on 1 March, and most carers use it.",
    "Thames Valley Police and Children's Social Care share one list. Fortunately the delays became shorter.",
    "Practice Oxfordshire asked the Department for Education (DfE); Vale of White Horse and Cherwell replied.",
    "Overnight absences rose in May. Between April and June 2017 they fell; by 30 June there were few.",
    "The Council's plan, the Chief Inspector and the Strategic Lead's summary are on Wednesday's agenda.",
    "Encouragingly, Multi-Agency meetings (MASH, HMICFRS, Q2) found it useful. Understanding why takes longer.",
)


@pytest.mark.parametrize("paragraph", FIT)
def test_plain_prose_about_numbers_is_kept(paragraph: str) -> None:
    assert unfit({"summary": (paragraph,)}, partnership()) == ()


@pytest.mark.parametrize(
    ("paragraph", "fault"),
    [
        ("The worker asked Wilhelmina to come back.", "name"),
        ("Wilhelmina went missing nine times.", "name"),
        ("Wilhelmina's placement ended.", "name"),
        ("April went missing nine times.", "name"),
        ("Summer and Autumn were found together.", "name"),
        ("Will was found in the north.", "name"),
        ("Police found Horse near White Street.", "name"),
        ("WILHELMINA went missing nine times.", "name"),
        ("W.Q. went missing nine times.", "name"),
        ("WQ went missing nine times.", "name"),
        ("The Quillfeather Police station called.", "name"),
        ("Thanks to Quillfeather and the team.", "name"),
        ("One child, born on 3 April 2003, went missing.", "personal"),
        ("One child (13/03/2003) went missing.", "personal"),
        ("Most were found near OX4 2AB each time.", "personal"),
        ("Most were found at 12 Canary Street each time.", "personal"),
        ("Ring 01865 000000 for more.", "personal"),
        (f"The child {reference(3)} went missing nine times.", "reference"),
        ("a" * (LONGEST + 1), "long"),
    ],
)
def test_what_may_tell_of_one_person_is_refused_without_a_word_of_it(paragraph: str, fault: str) -> None:
    (refused,) = unfit({"summary": (FIT[0], paragraph), "areas": FIT[:1]}, partnership())
    assert (refused.section, refused.paragraph, refused.fault) == ("summary", 2, fault)
    assert refused.text.startswith("summary, paragraph 2: ")
    said = {w.strip(".,()").casefold() for w in paragraph.split() if w[0].isupper() or w[0].isdigit()}
    assert not said & set(refused.text.casefold().split()) - {"the", "one", "most"}


def test_a_section_has_a_limit_of_paragraphs() -> None:
    many = ("Fewer children went missing.",) * (MOST_PARAGRAPHS + 1)
    assert unfit({"areas": many}, partnership()) == (UnfitParagraph("areas", MOST_PARAGRAPHS + 1, "many"),)
