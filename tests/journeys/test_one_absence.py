"""One absence is one absence (domain.md 10.2, cases 9 and 10): exports, lists, calls, interviews, steps in chat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.jobs import escalations
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from tests.support import exports
from tests.support.asking import column
from tests.support.doubts import Bot, bot_on
from tests.support.factories import at
from tests.support.memory_platform import MemoryChat

MIDNIGHT = at("Wed 5 Jul 2017 00:00")
MORNING = at("Wed 5 Jul 2017 07:30")
NOON = at("Wed 5 Jul 2017 12:00")
THURSDAY = at("Thu 6 Jul 2017 07:30")
WORKER = "north-worker"
EMPTY = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        found.load("children", MIDNIGHT, exports.child())
        yield found


def report(number: int, reported: str, back: str = "", **cells: str) -> exports.Row:
    refs = {"occurrence_ref": f"OCC-{number}", "last_seen_at": reported, "reported_at": reported, "risk_at": ""}
    ended = {"found_at": "", "returned_at": back, "end_reason": "returned_self" if back else ""}
    return exports.police(**{**refs, **ended, "risk": "", "prevention_interview_at": "", **cells})


def form(number: int, start: str, end: str = "", **cells: str) -> exports.Row:
    times = {"started_at": start, "ended_at": end, "returned_at": end}
    refs = {"episode_id": f"EP-{number}", "occurrence_ref": ""}
    return exports.interview(**{**dict.fromkeys(EMPTY, ""), **times, **refs, **cells})


#: Home at 20:00, school at 20:30, carer at 23:00: one evening.
EVENING = (
    report(1, "04/07/2017 20:00", risk="medium", risk_at="04/07/2017 20:40", reporter="parent"),
    report(2, "04/07/2017 20:30", missing_from="school"),
    report(3, "04/07/2017 23:00"),
)
BACK = tuple(
    {**r, "returned_at": t, "end_reason": "returned_self"}
    for r, t in zip(EVENING, ("05/07/2017 01:00", "05/07/2017 00:40", "05/07/2017 01:20"), strict=True)
)
#: The home's form of each night, from the evening to the morning.
NIGHTS = tuple(form(n, f"2017-07-0{n} 21:00", f"2017-07-0{n + 1} 07:00") for n in (2, 3, 4))


def listed(bot: Bot, now: datetime) -> list[object]:
    reply = bot.ask("open", now=now, export=True)
    return [row[0] for table in reply.tables for row in table.rows]


def called(bot: Bot, *moments: datetime) -> list[str]:
    chat = MemoryChat(describes={})

    def run_at(now: datetime) -> Run:
        return Run(bot.app.database, bot.app.partnership, {chat.name: chat}, b"k" * 32, "a", lambda connection: now)

    for now in moments:
        tick(run_at(now), (escalations.JOB,), now)
    return [row["rule"] for row in bot.rows("escalation")]


def test_three_reports_of_one_evening_are_one_absence(bot: Bot) -> None:
    bot.load("police", MORNING, *EVENING)
    assert listed(bot, NOON) == [bot.ref()]
    told = bot.said(f"child {bot.ref()}", now=NOON)
    assert "Missing since Tue 4 Jul 20:00" in told
    assert "3 in 90 days" not in told
    assert "open records" not in told
    assert "medium" in told
    digest = terminal.digest(bot.app, "north-digest", at("Wed 5 Jul 2017 08:00"))
    assert ": 1 reported (" in str(digest.text)
    assert called(bot, MORNING, NOON) == []


def test_a_further_report_starts_no_rule_no_band_and_no_call(bot: Bot) -> None:
    bot.load("police", MORNING, {**EVENING[0], "risk": "high"})
    first = called(bot, MORNING, NOON)
    bot.load("police", NOON, {**EVENING[0], "risk": "high"}, *EVENING[1:])
    assert called(bot, at("Wed 5 Jul 2017 12:01"))[: len(first)] == first
    assert {row["rule"] for row in bot.rows("escalation")} == set(first)
    assert len(bot.rows("episode")) == 1
    assert len(bot.rows("occurrence")) == 3, "all references are kept"


def test_while_one_report_has_no_return_the_child_is_missing(bot: Bot) -> None:
    bot.load("police", MORNING, BACK[0], EVENING[1], BACK[2])
    assert listed(bot, NOON) == [bot.ref()]
    bot.load("police", NOON, *BACK)
    assert listed(bot, NOON) == []
    (episode,) = bot.rows("episode")
    assert episode["end_at"] == at("Wed 5 Jul 2017 01:20")
    assert episode["due_at"] == at("Sat 8 Jul 2017 01:20")


def test_there_is_one_interview_and_it_stays_held(bot: Bot) -> None:
    """Also where the reports were two absences until the first one's return was corrected."""
    early = {**EVENING[0], "returned_at": "04/07/2017 20:10", "end_reason": "returned_self"}
    bot.load("police", MORNING, early, BACK[1])
    one, two = (x["id"] for x in sorted(bot.rows("episode"), key=lambda x: x["start_at"]))
    said = bot.ask(f"interview {bot.ref()} #{two} held at 10:00", WORKER, NOON)
    assert said.status == "ok", said.text
    bot.load("police", NOON, *BACK[:2])
    (episode,) = bot.rows("episode")
    assert episode["id"] == one
    assert bot.ask(f"interview {bot.ref()}", WORKER, NOON).title.endswith(": held")
    assert not bot.ask("interviews overdue", WORKER, at("Mon 10 Jul 2017 09:00")).tables


def test_a_report_made_after_the_return_is_a_new_absence_and_the_overlap_a_doubt(bot: Bot) -> None:
    late = report(2, "05/07/2017 06:00", last_seen_at="04/07/2017 22:00")
    bot.load("police", MORNING, BACK[0], late)
    assert len(bot.rows("episode")) == 2
    assert "may be one absence with another" in bot.said("open", now=NOON)
    reply = bot.ask("sources overlapping", "lead", NOON)
    assert column(reply, "Newest first", "Child") == [bot.ref(), bot.ref()]


def test_an_absence_that_the_file_lacks_takes_no_further_report(bot: Bot) -> None:
    bot.load("police", MORNING, EVENING[0], exports.police(occurrence_ref="OCC-9", police_ref="NOM-9"))
    bot.load("police", NOON, report(4, "05/07/2017 11:00"))
    assert listed(bot, NOON).count(bot.ref()) == 2
    assert "not in the file of" in bot.said("open", now=NOON)


def test_a_void_takes_away_what_the_report_made_and_nothing_else(bot: Bot) -> None:
    bot.load("police", MORNING, *BACK[:1], report(2, "05/07/2017 03:00", risk="high", risk_at="05/07/2017 03:10"))
    assert called(bot, MORNING)
    bot.load("police", NOON, *BACK[:1], report(2, "05/07/2017 03:00", end_reason="error_duplicate"))
    assert listed(bot, NOON) == []
    called(bot, NOON)
    assert all(row["closed_at"] is not None for row in bot.rows("escalation"))
    void = "void, a duplicate by the police's record"
    digest = as_text(terminal.digest(bot.app, "north-digest", at("Thu 6 Jul 2017 08:05")))
    assert "Void: 1" in digest
    assert f"{bot.ref()} · void" not in digest, "who was listed by mistake is not named again where many read"
    today = bot.said("today everything", now=at("Wed 5 Jul 2017 12:05"))
    assert f"{bot.ref()} · {void}: Wed 5 Jul 03:00 · north" in today
    assert f"Wed 5 Jul 03:00 · {void} · north" in bot.said(f"child {bot.ref()}", now=NOON)


def test_forms_of_each_night_inside_a_police_absence_are_reports_of_it(bot: Bot) -> None:
    missing = report(1, "02/07/2017 20:00", risk="high", risk_at="02/07/2017 20:40")
    bot.load("police", MORNING, missing)
    bot.load("interviews", MORNING, *NIGHTS)
    assert listed(bot, NOON) == [bot.ref()]
    states = column(bot.ask("interviews open", WORKER, NOON, export=True), "Return interviews", "State")
    assert states == ["due, child missing"], "one interview, whose clock runs from the last form's end"
    bot.load("police", NOON, {**missing, "returned_at": "05/07/2017 09:00", "end_reason": "returned_self"})
    (episode,) = bot.rows("episode")
    assert episode["due_at"] == at("Sat 8 Jul 2017 09:00")
    assert column(bot.ask("interviews open", WORKER, NOON, export=True), "Return interviews", "Child") == [bot.ref()]


def test_several_forms_may_name_the_polices_occurrence(bot: Bot) -> None:
    bot.load("police", MORNING, report(1, "02/07/2017 20:00"))
    bot.load("interviews", MORNING, *({**night, "occurrence_ref": "OCC-1"} for night in NIGHTS))
    (episode,) = bot.rows("episode")
    assert (episode["occurrence_ref"], episode["episode_ref"]) == ("OCC-1", "EP-2")
    assert [row["occurrence_ref"] for row in bot.rows("interview")] == ["OCC-1"] * 3


def test_forms_without_a_police_record_are_a_doubt_that_is_settled_in_chat(bot: Bot) -> None:
    bot.load("interviews", MORNING, *NIGHTS[:2])
    one, two = (x["id"] for x in bot.rows("episode"))
    assert column(bot.ask("sources overlapping", "lead", NOON), "Newest first", "Child") == [
        bot.ref(),
        bot.ref(),
    ]
    state = bot.ask(f"same {bot.ref()}", WORKER, NOON)
    assert f"#{one} (council, Sun 2 Jul 21:00 to Mon 3 Jul 07:00) and #{two}" in state.text[0]
    reply = bot.ask(f"same {bot.ref()} #{one} #{two} one", WORKER, NOON)
    assert reply.status == "ok", reply.text
    (episode,) = bot.rows("episode")
    assert (episode["id"], episode["end_at"]) == (one, at("Tue 4 Jul 2017 07:00"))
    bot.load("interviews", THURSDAY, *({**n, "team": "Central"} for n in NIGHTS[:2]))
    assert len(bot.rows("episode")) == 1, "the next export keeps it"
    assert "One absence, not two, said by north-worker" in bot.said(f"child {bot.ref()}", WORKER, THURSDAY)
    assert bot.ask(f"same {bot.ref()} undo", WORKER, THURSDAY).status == "ok"
    assert len(bot.rows("episode")) == 2


def test_two_absences_that_are_two_are_in_no_doubt_any_more(bot: Bot) -> None:
    bot.load("interviews", MORNING, *NIGHTS[:2])
    reply = bot.ask(f"same {bot.ref()} two", WORKER, NOON)
    assert reply.status == "ok", reply.text
    assert [x["doubts"] for x in bot.rows("episode")] == ["", ""]
    assert bot.ask("sources overlapping", "lead", NOON).text == ("None.",)
    again = bot.ask(f"same {bot.ref()} one", WORKER, NOON)
    assert again.text == ("No two absences of this child may be one.",)


def test_a_row_away_that_becomes_missing_is_one_episode_and_stays_missing(bot: Bot) -> None:
    away = form(1, "2017-07-04 20:00", kind="away")
    bot.load("interviews", MORNING, away)
    (first,) = bot.rows("episode")
    bot.load("interviews", NOON, {**away, "kind": "missing"})
    bot.load("interviews", THURSDAY, away)
    (last,) = bot.rows("episode")
    assert (first["id"], first["kind"]) == (last["id"], "away")
    assert last["kind"] == "missing", "its kind is missing if it ever was (R4)"
