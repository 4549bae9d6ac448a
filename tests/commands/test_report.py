"""report: who is handed which report, and each step from draft to signed as it is read and pressed in chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.conversation.command import PRIVATE, Place, Request
from bot.conversation.reply import Reply, ReportFile
from bot.rules.effects import DraftReport, NotifyPerson, NotifyRole, Release, TakeReportStep
from bot.rules.partnership.partnership import Person
from bot.rules.reports.signing import KeptFile, Report, ReportStep
from bot.rules.time.clock import local_day
from bot.rules.time.period import parse_period
from tests.support.asking import COUNTS, PLACES, REFERENCES, desk, everything, offered
from tests.support.factories import NOW, person, somebody
from tests.support.memory_facts import MemoryFacts
from tests.support.memory_trail import MemoryTrail

HALF = parse_period("2017-H1", NOW)
SEEN = "ab" * 4
FILES = (KeptFile("docx", "c" * 64), KeptFile("html", "d" * 64))
DRAFT = Report(3, HALF, "analyst", "council", NOW, snapshot="ab" * 32, files=FILES)
CHECK = ReportStep("check", "lead", "council", NOW)
CHECKED = replace(DRAFT, steps=(CHECK,))
HALF_SIGNED = replace(DRAFT, steps=(CHECK, ReportStep("sign", "lead", "council", NOW)))
SIGNED = replace(HALF_SIGNED, steps=(*HALF_SIGNED.steps, ReportStep("sign", "police-lead", "police", NOW)))
WITHDRAWN = replace(DRAFT, steps=(ReportStep("withdraw", "analyst", "council", NOW),))
PANEL = somebody("panel_member", "north")


def asked(
    text: str, who: str | Person, *reports: Report, place: Place = PRIVATE, shown: bool = True
) -> tuple[Reply, MemoryTrail]:
    trail = MemoryTrail(reports=list(reports), released=[HALF] if shown else [])
    actor = person(who) if isinstance(who, str) else who
    return desk(MemoryFacts(trail=trail)).answer(Request(actor, place, text, NOW)), trail


# -- the report of a period --


def test_a_lead_is_handed_exact_figures_in_private_and_no_period_is_released() -> None:
    reply, trail = asked("report 2017-H1", "lead", shown=False)
    assert reply.text[0] == "Preparing the report of 2017-H1 ..."
    assert "not for publication" in reply.text[-1]
    assert reply.file == ReportFile("2017-01-01", "2017-06-30", published=False)
    assert offered(reply) == ["report 2017-H1 draft"]
    assert trail.effects == []


@pytest.mark.parametrize(("who", "place"), [("analyst", PRIVATE), ("lead", COUNTS), ("lead", REFERENCES)])
def test_a_channel_and_an_analyst_are_handed_the_published_form(who: str, place: Place) -> None:
    reply, trail = asked("report 2017-H1", who, place=place, shown=False)
    assert reply.file == ReportFile("2017-01-01", "2017-06-30", published=True)
    assert [e.last for e in trail.effects if isinstance(e, Release)] == [HALF.last, date(2016, 12, 31)]
    assert offered(reply) == (["report 2017-H1 draft"] if place == PRIVATE else [])


@pytest.mark.parametrize("words", ["2017-Q2", "july 2017", "2017-H2", "2017-05-01..2017-06-30"])
def test_another_period_is_for_who_may_have_exact_figures_and_is_never_released(words: str) -> None:
    for who, place in (("analyst", PRIVATE), ("lead", COUNTS)):
        reply, trail = asked(f"report {words}", who, place=place)
        assert (reply.status, reply.file) in (("unclear", None), ("failed", None)), words
        assert not any(isinstance(e, Release) for e in trail.effects)
    if words == "2017-Q2":
        assert asked(f"report {words}", "lead")[0].file == ReportFile("2017-04-01", "2017-06-30", published=False)


def test_where_an_issue_is_signed_a_channel_is_handed_that_one() -> None:
    reply, _ = asked("report 2017-H1", "lead", SIGNED, place=COUNTS)
    assert reply.file == ReportFile("2017-01-01", "2017-06-30", published=True, number=3)
    assert "The signed one is report 3." in asked("report 2017-H1", "lead", SIGNED)[0].text


@pytest.mark.parametrize("who", ["north-manager", "admin", PANEL], ids=str)
def test_a_person_of_one_area_is_handed_no_report_of_the_county(who: str | Person) -> None:
    reply, trail = asked("report 2017-H1", who)
    assert (reply.status, reply.file, trail.effects) == ("refused", None, [])


def test_the_answer_has_no_figure_and_an_area_is_refused() -> None:
    assert asked("report 2017-H1 north", "lead")[0].status == "unclear"
    reply, _ = asked("report 2017-H1", "lead")
    assert (reply.facts, reply.tables) == ((), ())


# -- drafting --


def test_a_draft_is_recorded_and_made_afterwards() -> None:
    reply, trail = asked("report 2017-H1 draft", "analyst", shown=False)
    *releases, draft = trail.effects
    assert all(isinstance(e, Release) for e in releases)
    assert draft == DraftReport(HALF.first, HALF.last, "analyst", "council", NOW)
    assert reply.file == ReportFile("2017-01-01", "2017-06-30", published=True, draft=True)
    assert (trail.entries[-1].action, trail.entries[-1].reason) == ("report draft", "2017-H1")


def test_only_leads_and_analysts_draft_in_private_a_half_year_without_a_draft() -> None:
    for text, who, place, reports in (
        ("report 2017-H1 draft", "coordinator", PRIVATE, ()),
        ("report 2017-H1 draft", "north-manager", PRIVATE, ()),
        ("report 2017-H1 draft", "lead", COUNTS, ()),
        ("report 2017-Q2 draft", "lead", PRIVATE, ()),
        ("report 2017-H1 draft", "lead", PRIVATE, (DRAFT,)),
    ):
        reply, trail = asked(
            text, who if who != "coordinator" else somebody("interview_coordinator"), *reports, place=place
        )
        assert reply.status in ("refused", "unclear"), text
        assert reply.file is None
        assert not any(isinstance(e, DraftReport) for e in trail.effects)
    reply, _ = asked("report 2017-H1 draft", "lead", DRAFT)
    assert reply.text == (
        "Report 3 of 2017-H1, drafted by analyst, is under way: withdraw it first, or go on with it.",
    )
    assert offered(reply) == ["report 3"]


# -- steps --


@pytest.mark.parametrize(
    ("report", "who", "buttons"),
    [
        (DRAFT, "lead", ["check", "withdraw"]),
        (DRAFT, "analyst", ["withdraw"]),
        (CHECKED, "police-lead", ["sign", "withdraw"]),
        (CHECKED, "analyst", ["withdraw"]),
        (HALF_SIGNED, "lead", ["withdraw"]),
        (SIGNED, "lead", []),
        (WITHDRAWN, "lead", []),
        (replace(DRAFT, snapshot="", files=()), "lead", ["withdraw"]),
    ],
)
def test_each_next_step_is_a_button_for_who_may_press_it(report: Report, who: str, buttons: list[str]) -> None:
    reply, _ = asked("report 3", who, report)
    steps = {f"report 3 {kind}" + ("" if kind == "withdraw" else f" {SEEN}") for kind in buttons}
    assert {b for b in offered(reply) if not b.endswith("file")} == steps
    assert ("report 3 file" in offered(reply)) == (report is not WITHDRAWN)
    for command in steps:
        pressed, trail = asked(command, who, report)
        assert pressed.status == "ok"
        assert any(isinstance(e, TakeReportStep) for e in trail.effects)


def test_a_step_is_made_from_what_was_read_and_the_trail_names_the_snapshot() -> None:
    _, trail = asked(f"report 3 check {SEEN}", "lead", DRAFT)
    assert trail.effects[0] == TakeReportStep(3, 0, "ab" * 32, "check", "lead", NOW)
    told = trail.effects[1]
    assert isinstance(told, NotifyRole)
    assert (told.role, told.text) == ("strategic_lead", "Report 3 of 2017-H1 waits for your signature. See: report 3.")
    entry = trail.entries[-1]
    assert (entry.action, entry.reason, entry.subject) == ("report check", f"report 3 of 2017-H1, snapshot {SEEN}", "")


def test_the_second_signature_ends_it_and_the_author_is_told() -> None:
    reply, trail = asked(f"report 3 sign {SEEN}", "police-lead", HALF_SIGNED)
    assert "Both agencies have signed: nothing changes it any more." in reply.text
    (_, told) = trail.effects
    assert isinstance(told, NotifyPerson)
    assert told.person == "analyst"
    reply, trail = asked(f"report 3 sign {SEEN}", "police-lead", CHECKED)
    assert reply.text == ("Signed for your agency.",)
    assert len(trail.effects) == 1


@pytest.mark.parametrize("text", ["report 3 sign", "report 3 sign 00000000"])
def test_what_is_signed_is_the_document_that_was_shown(text: str) -> None:
    reply, trail = asked(text, "lead", CHECKED)
    assert (reply.title, reply.status) == ("Nothing recorded yet", "unclear")
    assert offered(reply) == [f"report 3 sign {SEEN}"]
    assert trail.effects == []


@pytest.mark.parametrize(
    ("text", "who", "report"),
    [
        (f"report 3 check {SEEN}", "analyst", DRAFT),
        (f"report 3 sign {SEEN}", "analyst", CHECKED),
        (f"report 3 sign {SEEN}", "lead", DRAFT),
        (f"report 3 sign {SEEN}", "lead", HALF_SIGNED),
        ("report 3 withdraw", "lead", SIGNED),
        (f"report 3 check {SEEN}", "lead", WITHDRAWN),
        ("report 3 file", "lead", WITHDRAWN),
    ],
)
def test_what_may_not_be_done_is_refused_and_changes_nothing(text: str, who: str, report: Report) -> None:
    reply, trail = asked(text, who, report)
    assert (reply.status, reply.file, trail.effects) == ("refused", None, [])


def test_nothing_is_checked_or_signed_in_a_channel() -> None:
    for place in PLACES[1:]:
        for text in (f"report 3 check {SEEN}", "report 3", "report 3 file"):
            reply, trail = asked(text, "lead", DRAFT, place=place)
            assert reply.status in ("refused", "unclear")
            assert (reply.file, trail.effects) == (None, [])
    assert offered(asked("report 3", "lead", SIGNED, place=COUNTS)[0]) == []


@pytest.mark.parametrize("report", [DRAFT, CHECKED, WITHDRAWN], ids=lambda r: r.state)
def test_a_report_that_may_not_be_seen_and_one_that_is_not_there_are_refused_alike(report: Report) -> None:
    for who in ("north-manager", PANEL):
        assert asked("report 3", who, report)[0] == asked("report 3", who)[0]


def test_a_panel_member_reads_a_signed_report() -> None:
    reply, _ = asked("report 3", PANEL, SIGNED)
    assert reply.text == (
        "State: signed.",
        "Drafted by analyst, Wed 5 Jul 08:00.",
        "Checked by lead, Wed 5 Jul 08:00.",
        "Signed for the council by lead, Wed 5 Jul 08:00.",
        "Signed for the police by police-lead, Wed 5 Jul 08:00.",
        "Made from snapshot abababab.",
        "SHA-256 of its files begins: docx cccccccccccccccc, html dddddddddddddddd.",
    )
    assert asked("report 3 file", PANEL, SIGNED)[0].file == ReportFile("2017-01-01", "2017-06-30", True, 3)


def test_a_report_with_the_leads_words_is_not_handed_over_in_chat() -> None:
    for report in (replace(SIGNED, paragraphs=2), replace(DRAFT, paragraphs=2)):
        reply, _ = asked("report 3 file", "lead", report)
        assert reply.file is None
        assert "2 paragraphs of the leads' own words, which do not go through chat" in everything(reply)
        assert "report 3 file" not in offered(asked("report 3", "lead", report)[0])
    unmade = replace(DRAFT, paragraphs=1, snapshot="", files=())
    assert asked("report 3 file", "lead", unmade)[0].file is not None  # made and kept: Making hands nothing to chat


def test_a_report_whose_records_were_erased_says_that_it_cannot_be_made_again() -> None:
    day = local_day(NOW)
    said = everything(asked("report 3", "lead", replace(SIGNED, erased_on=day))[0])
    assert "its records were erased on 5 Jul 2017; the signed document is kept" in said.replace("\n", " ")
    said = everything(asked("report 3", "lead", replace(DRAFT, erased_on=day))[0])
    assert "withdraw this draft and draft it again" in said.replace("\n", " ")


def test_a_draft_whose_document_was_not_made_says_how_to_make_it() -> None:
    reply, _ = asked("report 3", "lead", replace(DRAFT, snapshot="", files=()))
    assert reply.text[0].startswith("State: draft, not made yet")
    assert "The document of report 3 is not made yet. Ask for report 3 file: that makes it." in reply.text
