"""A hosted child's interview, and a change of placing authority (domain.md 10.2, cases 16, 17 and 34).

Exports, steps in chat, lists, the digest, reminders and figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.jobs import reminders
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.messages.digest_posts import became_of
from bot.rules.access.permissions import Scope
from bot.rules.interviews.hosted import TRACKED
from bot.rules.queries.digest_content import interviews_elsewhere
from bot.store.database import migrate, reading, rebuilding, writing
from bot.store.migrations import run
from bot.store.queries.facts import StoredFacts
from bot.store.retention.kept_records import remove_records
from bot.store.schema.records import episode
from tests.support import exports
from tests.support.asking import column, table, value
from tests.support.doubts import Bot, bot_on
from tests.support.factories import at
from tests.support.memory_platform import MemoryChat

#: Back on Monday 3 July at 09:00, so due on Thursday at 09:00.
LOADED = at("Mon 3 Jul 2017 12:00")
TUESDAY = at("Tue 4 Jul 2017 10:00")
EMPTY = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")
WHO = "coordinator"


def absence(number: int = 1, **cells: Any) -> exports.Row:
    start, refs = "02/07/2017 20:00", {"occurrence_ref": f"OCC-{number}", "police_ref": f"NOM-{number}"}
    times = {
        "last_seen_at": start,
        "reported_at": start,
        "risk_at": start,
        "found_at": "",
        "prevention_interview_at": "",
    }
    back = {"returned_at": "03/07/2017 09:00", "end_reason": "returned_self"}
    return exports.police(**{**times, **refs, **back, **cells})


def record(number: int = 1, **cells: Any) -> exports.Row:
    refs = {"episode_id": f"EP-{number}", "occurrence_ref": f"OCC-{number}", "child_id": f"C-{number}"}
    times = {"started_at": "2017-07-02 20:00", "ended_at": "2017-07-03 09:00", "returned_at": "2017-07-03 09:00"}
    return exports.interview(**{**dict.fromkeys(EMPTY, ""), **times, **refs, **cells})


def child(number: int = 1, authority: str = "LA-330", **cells: Any) -> exports.Row:
    named = {"child_id": f"C-{number}", "police_ref": f"NOM-{number}", "placing_authority": authority}
    return exports.child(**{**named, **cells})


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_on(database_url, tmp_path) as found:
        yield found


def load(bot: Bot, authority: str = "LA-330", now: datetime = LOADED, **cells: Any) -> None:
    bot.load("police", now, absence())
    bot.load("children", now, child(authority=authority))
    bot.load("interviews", now, record(**cells))


def fresh(bot: Bot, now: datetime) -> datetime:
    """Load the same records again, so that no answer calls the sources too old."""
    bot.load("police", now, absence())
    bot.load("interviews", now, record())
    return now


def words_of(reply: Reply) -> str:
    """Return the reply without the breaks of its lines."""
    return " ".join(as_text(reply).split())


def say(bot: Bot, words: str = "", now: datetime = TUESDAY, who: str = WHO) -> Reply:
    return bot.ask(f"interview {bot.ref()} {words}", who, now)


def digest(bot: Bot, now: datetime, channel: str = "north-digest") -> str:
    return words_of(terminal.digest(bot.app, channel, now))


def reminded(bot: Bot, *moments: datetime) -> dict[str, str]:
    """Return everything that the ticks of these moments sent, by person."""
    chat = MemoryChat(describes={})

    def run_at(now: datetime) -> Run:
        return Run(bot.app.database, bot.app.partnership, {chat.name: chat}, b"k" * 32, "a", lambda connection: now)

    for now in moments:
        tick(run_at(now), (reminders.JOB,), moments[0])
    found: dict[str, str] = {}
    for m in chat.messages:
        found[m.destination] = found.get(m.destination, "") + m.text
    return found


def test_a_hosted_childs_interview_is_tracked_until_its_outcome_is_known(bot: Bot) -> None:
    load(bot)
    reply = say(bot)
    assert reply.title == f"Return interview of {bot.ref()}: the placing authority owes it, due"
    owed = "due Thu 6 Jul 09:00, 47 h left · the placing authority (LA-330) owes it"
    assert f"{owed} · placing authority NOT told" in reply.text[0]
    assert reply.text[1] == "Tell the placing authority (LA-330) of the return."

    # On a line of its own, and never among ours.
    assert bot.ask("interviews", WHO, TUESDAY).text == ("None open in Whole county (of 0 open interviews).",)
    hosted = bot.ask("interviews hosted", WHO, TUESDAY, export=True)
    assert table(hosted, "Return interviews of other authorities").rows == (
        (bot.ref(), "north", "Mon 3 Jul 09:00", "Thu 6 Jul 09:00", "47 h", "due", "NOT told", "LA-330"),
    )
    assert value(hosted, "Placing authority not told") == 1
    written = digest(bot, TUESDAY)
    assert "Hosted: 1 return interview is another authority's (placing authority NOT told: 1; over their" in written
    assert f"⚠ {bot.ref()} · due Thu 6 Jul 09:00, 47 h left · north · placing authority NOT told" in written
    assert f"Placing authority not told: {bot.ref()}" in written
    assert "All clear" not in written
    assert "Interviews: 0 overdue · 0 no owner · 0 due by tomorrow" in written

    # Told, late, and what became of it.
    assert say(bot, "told at 09:30").status == "ok"
    assert "placing authority told Tue 4 Jul 09:30" in say(bot).text[0]
    written = digest(bot, fresh(bot, at("Thu 6 Jul 2017 10:00")))
    assert f"⏰ {bot.ref()} · overdue by 1 h (due Thu 6 Jul 09:00) · north · placing authority told Tue" in written
    assert "All clear" not in written
    assert say(bot, "held at 09:00", at("Thu 6 Jul 2017 16:00")).status == "ok"
    after = at("Fri 7 Jul 2017 10:00")
    assert "Hosted" not in digest(bot, after)
    assert bot.ask("interviews hosted", WHO, after).text == ("None in Whole county.",)
    assert "held, the placing authority" not in as_text(bot.ask("interviews", WHO, after))
    over = say(bot, now=after)
    assert over.title.endswith("the placing authority owes it, held")
    assert "No return interview is expected of anybody." not in as_text(over)


def test_the_coordinator_is_reminded_to_tell_and_to_ask(bot: Bot) -> None:
    load(bot)
    told = reminded(bot, at("Tue 4 Jul 2017 08:31"))
    (line,) = [line for text in told.values() for line in text.splitlines() if bot.ref() in line]
    assert "NOT told of the return, next: tell them · the placing authority LA-330's · north" in line
    assert len(told) == 1, "of the partnership's own role alone"
    say(bot, "told")
    assert not reminded(bot, at("Tue 4 Jul 2017 16:00"))
    late = reminded(bot, at("Wed 5 Jul 2017 09:01"), at("Thu 6 Jul 2017 09:01"), at("Fri 7 Jul 2017 08:31"))
    lines = [line for text in late.values() for line in text.splitlines() if bot.ref() in line]
    assert ["overdue" in line for line in lines] == [False, True]
    assert all("ask what became of it" in line for line in lines)
    assert say(bot, "declined by child", at("Fri 7 Jul 2017 09:00")).status == "ok", "their offer is theirs to know"
    assert not reminded(bot, at("Mon 10 Jul 2017 08:31"))


def test_a_hosted_childs_interview_is_in_no_figure_of_ours(bot: Bot) -> None:
    load(bot)
    figures = bot.ask("interviews 2017-07-01..2017-07-08", WHO, at("Mon 10 Jul 2017 10:00"))
    offered = next(f for f in figures.facts if f.label == "Interviews: Offered")
    assert offered.denominator == 0
    assert value(bot.ask("stats 2017-07-01..2017-07-08", WHO, at("Mon 10 Jul 2017 10:00")), "Episodes") == 1


def test_a_hosted_child_still_missing_has_an_interview_to_come(bot: Bot) -> None:
    bot.load("police", LOADED, absence(returned_at="", end_reason=""))
    bot.load("children", LOADED, child())
    bot.load("interviews", LOADED, record(ended_at="", returned_at=""))
    reply = say(bot)
    assert reply.text == (
        "Not due yet: the 72 hours begin with the return. "
        "The placing authority (LA-330) owes it, and is to be told of the return.",
    )
    looked_up = words_of(bot.ask(f"child {bot.ref()}", "north-manager", TUESDAY))
    assert "not due yet: the 72 hours begin with the return. It will be the placing authority's." in looked_up
    assert "None is open" not in looked_up


def test_what_another_authority_never_said_ends_after_four_weeks_and_is_said(bot: Bot) -> None:
    load(bot)
    last, over = fresh(bot, at("Thu 3 Aug 2017 08:59")), at("Thu 3 Aug 2017 09:01")
    assert (
        len(
            column(
                bot.ask("interviews hosted", WHO, last, export=True), "Return interviews of other authorities", "Child"
            )
        )
        == 1
    )
    assert "None in Whole county" in as_text(bot.ask("interviews hosted", WHO, over))
    assert "placing authority NOT told" in say(bot, now=over).text[0], "it is said for ever, when asked"
    assert "its time has been over for more than 28 days" in words_of(say(bot, "why", over))


def test_the_authoritys_code_stays_with_those_who_could_update_it(bot: Bot) -> None:
    load(bot)
    in_private = bot.ask("interviews hosted", WHO, TUESDAY, export=True)
    assert table(in_private, "Return interviews of other authorities").columns[-1] == "Placing authority"
    assert "LA-330" in as_text(bot.ask("interviews hosted", WHO, TUESDAY))
    channel = bot.in_channel("interviews hosted", WHO, TUESDAY)
    assert "NOT told" in as_text(channel)
    assert "LA-330" not in as_text(channel)
    assert "LA-330" not in digest(bot, TUESDAY)
    assert "LA-330" not in as_text(bot.in_channel(f"interview {bot.ref()}", WHO, TUESDAY))
    assert "placing authority NOT told" in words_of(bot.in_channel(f"interview {bot.ref()}", WHO, TUESDAY))


def test_a_child_of_ours_placed_far_away_is_ours_and_its_area_is_said_in_words(bot: Bot) -> None:
    """Case 17: by the team, in our figures."""
    bot.load("police", LOADED, absence(area="Out of county"))
    bot.load("children", LOADED, child(authority="", team="Out of county"))
    bot.load("interviews", LOADED, record(team="Out of county"))
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Area") == ["out of county"]
    assert "out of county" in words_of(bot.ask(f"child {bot.ref()}", WHO, TUESDAY))
    for written in (digest(bot, TUESDAY, "county-digest"), *reminded(bot, at("Tue 4 Jul 2017 08:31")).values()):
        assert "· out of county" in written
        assert "out_of_county" not in written
    figures = bot.ask("interviews 2017-07-01..2017-07-08", WHO, at("Mon 10 Jul 2017 10:00"))
    assert next(f for f in figures.facts if f.label == "Interviews: Offered").denominator == 1


# -- a change of placing authority --

MOVED = at("Tue 4 Jul 2017 07:00")
CHANGE = "Placing authority changed after the return, the open interview not acknowledged"


def changes(bot: Bot, now: datetime = TUESDAY) -> int:
    found = value(bot.ask("sources", WHO, now, export=True), CHANGE)
    assert isinstance(found, int)
    return found


def test_an_open_interview_of_ours_stays_ours_until_the_new_authority_takes_it_over(bot: Bot) -> None:
    load(bot, "")
    assert changes(bot) == 0
    bot.load("children", MOVED, child())
    still = "another authority's now (since Tue 4 Jul 07:00): not acknowledged, so still ours"
    reply = say(bot)
    assert reply.title == f"Return interview of {bot.ref()}: due"
    assert f"placing authority NOT told · {still}" in reply.text[0]
    assert reply.text[1].startswith("The child is the placing authority (LA-330)'s now: this interview stays ours")
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child") == [bot.ref()]
    assert column(bot.ask("interviews mine", "north-worker", TUESDAY, export=True), "Return interviews", "Child") == [
        bot.ref()
    ]
    written = digest(bot, at("Wed 5 Jul 2017 10:00"))
    assert still in written
    assert f"Change of placing authority not acknowledged: {bot.ref()}" in written
    assert still in "".join(reminded(bot, at("Wed 5 Jul 2017 09:01")).values()), "its worker knows"
    assert changes(bot) == 1
    assert column(bot.ask("sources handed-over", WHO, TUESDAY), "Newest first", "Child") == [bot.ref()]

    assert say(bot, "told").status == "ok"
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child") == [bot.ref()]
    taken = say(bot, "acknowledged")
    assert say(bot, "take").status == "refused"
    assert taken.text[0].startswith("Taken over from the authority before")
    assert bot.ask("interviews", WHO, TUESDAY).text == ("None open in Whole county (of 0 open interviews).",)
    hosted = bot.ask("interviews hosted", WHO, TUESDAY, export=True)
    assert column(hosted, "Return interviews of other authorities", "Told") == ["Tue 4 Jul 10:00"]
    reply = say(bot)
    assert "the placing authority (LA-330) owes it" in reply.text[0]
    assert "acknowledged Tue 4 Jul 10:00" in reply.text[0]
    assert changes(bot) == 0
    assert "change of placing authority" not in digest(bot, at("Wed 5 Jul 2017 10:00"))
    assert say(bot, "acknowledged").text == ("It is acknowledged already.",)


@pytest.mark.parametrize("words", ["take", "acknowledged"])
def test_an_interview_that_comes_to_us_is_ours_at_once_and_somebody_takes_it_over(bot: Bot, words: str) -> None:
    load(bot, worker="")
    bot.load("children", MOVED, child(authority=""))
    reply = say(bot)
    assert "ours now, from another authority (since Tue 4 Jul 07:00): not acknowledged" in reply.text[0]
    assert reply.text[1] == "It comes from the placing authority (LA-330), and is to be taken over."
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child") == [bot.ref()]
    written = digest(bot, at("Wed 5 Jul 2017 10:00"))
    assert " · 1 no owner · " in written
    assert f"Change of placing authority not acknowledged: {bot.ref()}" in written
    assert (changes(bot), bot.ask("interviews hosted", WHO, TUESDAY).text) == (1, ("None in Whole county.",))
    assert bot.ref() in "".join(reminded(bot, at("Wed 5 Jul 2017 08:31")).values())
    assert say(bot, words).status == "ok"
    assert changes(bot) == 0
    assert "acknowledged Tue 4 Jul 10:00" in say(bot).text[0]
    assert "change of placing authority" not in digest(bot, at("Wed 5 Jul 2017 10:00"))


def test_from_one_other_authority_to_another_it_is_told_anew(bot: Bot) -> None:
    load(bot)
    say(bot, "told", at("Mon 3 Jul 2017 14:00"))
    bot.load("children", MOVED, child(authority="LA-7"))
    reply = say(bot)
    assert (
        "the placing authority (LA-7) owes it · placing authority NOT told · another authority's now" in reply.text[0]
    )
    assert reply.text[1].startswith("It comes from the placing authority (LA-330). Acknowledged is for when the")
    assert changes(bot) == 1
    assert say(bot, "acknowledged").status == "ok"
    assert changes(bot) == 0
    assert "placing authority told Tue 4 Jul 10:00" in say(bot).text[0], "who takes it over has been told"


def test_a_change_that_is_put_right_was_none(bot: Bot) -> None:
    load(bot, "")
    bot.load("children", MOVED, child())
    bot.load("children", at("Tue 4 Jul 2017 08:00"), child(authority=""))
    assert changes(bot) == 0
    assert "authority" not in say(bot).text[0]
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child") == [bot.ref()]


def test_an_authority_that_cannot_be_read_for_a_day_is_no_change(bot: Bot) -> None:
    load(bot)
    bot.load("children", MOVED, child(authority="see notes"))
    assert changes(bot) == 0
    assert column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child") == [bot.ref()]
    bot.load("children", at("Tue 4 Jul 2017 08:00"), child())
    assert changes(bot) == 0
    assert "the placing authority (LA-330) owes it · placing authority NOT told" in say(bot).text[0]


def test_a_hand_over_waits_while_the_new_authority_cannot_be_read(bot: Bot) -> None:
    load(bot, "")
    bot.load("children", MOVED, child())
    bot.load("children", at("Tue 4 Jul 2017 08:00"), child(authority="see notes"))
    assert changes(bot) == 0
    assert "another authority" not in say(bot).text[0]
    assert say(bot, "acknowledged").status == "refused"
    bot.load("children", at("Tue 4 Jul 2017 09:00"), child())
    assert changes(bot) == 1
    assert "another authority's now (since Tue 4 Jul 07:00): not acknowledged, so still ours" in say(bot).text[0]


def test_a_file_that_names_the_authority_after_the_police_is_no_change(bot: Bot) -> None:
    bot.load("police", LOADED, absence())
    bot.load("children", LOADED, child())
    bot.load("interviews", LOADED, record())
    assert changes(bot) == 0
    assert {x["moved_at"] for x in bot.rows("episode")} == {None}


def test_history_stays_when_a_child_moves_for_good(bot: Bot) -> None:
    """Case 34: an interview that was over before the change counts as it did."""
    done: dict[str, Any] = {"offered_at": "2017-07-03 10:00", "response": "accepted", "held_at": "2017-07-03 11:00"}
    load(bot, "", recorded_at="2017-07-03 11:30", **done)
    bot.load("children", MOVED, child())
    figures = bot.ask("interviews 2017-07-01..2017-07-08", WHO, at("Mon 10 Jul 2017 10:00"))
    offered = next(f for f in figures.facts if f.label == "Interviews: Offered")
    assert (offered.numerator, offered.denominator) == (1, 1)
    assert changes(bot) == 0


def test_the_cost_of_the_list_depends_on_what_is_open(bot: Bot) -> None:
    """Of 300 hosted children of last year the list, the digest and the reminders read nothing."""
    past = range(2, 302)
    old = {"last_seen_at": "01/07/2016 20:00", "reported_at": "01/07/2016 20:30", "returned_at": "02/07/2016 09:00"}
    bot.load("police", LOADED, absence(), *(absence(n, **old, risk_at="01/07/2016 21:00") for n in past))
    bot.load("children", LOADED, child(), *(child(n) for n in past))
    bot.load("interviews", LOADED, record())
    with reading(bot.app.database) as connection:
        rows: list[int] = []
        facts = StoredFacts(connection, bot.app.partnership)

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            rows.append(1)

        event.listen(connection, "after_cursor_execute", note)
        scope = Scope(tuple(a.id for a in bot.app.partnership.areas))
        assert [x.child_ref for x in facts.interviews_elsewhere(scope, TUESDAY)] == [bot.ref()]
        assert len(rows) == 1
    tracked = [x for x in bot.rows("episode") if x["interview_until_at"] > TUESDAY]
    assert len(tracked) == 1, "the index range holds what is open"


def test_an_older_database_takes_its_authorities_along(bot: Bot) -> None:
    """Nothing that is there before the upgrade counts as changed, and what is still in time is tracked."""
    load(bot)
    (made,) = bot.rows("episode")
    assert made["interview_until_at"] == made["counts_until"] + TRACKED
    with rebuilding(bot.app.database) as connection:
        connection.execute(update(episode).values(interview_until_at=made["clock_start_at"]))
        run.downgrade(connection, "0016")
    migrate(bot.app.database)
    assert bot.rows("episode") == [made]
    bot.load("children", MOVED, child())
    assert (changes(bot), len(bot.ask("interviews hosted", WHO, TUESDAY, export=True).tables)) == (0, 1)


def test_a_line_of_this_morning_that_another_authority_took_over_is_not_done(bot: Bot) -> None:
    load(bot, "")
    bot.load("children", MOVED, child())
    say(bot, "acknowledged")
    scope = Scope(tuple(a.id for a in bot.app.partnership.areas))
    with reading(bot.app.database) as connection:
        (i,) = interviews_elsewhere(StoredFacts(connection, bot.app.partnership), scope, TUESDAY)
    said = became_of("overdue", i.episode, i, bot.app.partnership, TUESDAY)
    assert said == "taken over by the placing authority"


@pytest.mark.parametrize(("authority", "kept"), [("LA-330", 0), ("", 1)])
def test_what_was_handed_over_keeps_no_record_for_years(bot: Bot, authority: str, kept: int) -> None:
    """One of ours that nobody has written up is kept; one that is another authority's by the record is not."""
    load(bot, "")
    bot.load("children", MOVED, child(authority=authority))
    with writing(bot.app.database) as connection:
        removed = remove_records(connection, date(2018, 1, 1), at("Mon 8 Jan 2018 07:00"))
    assert (len(removed.episodes), removed.due) == (1 - kept, kept)


def test_of_merged_interviews_each_is_handed_over_for_itself(bot: Bot) -> None:
    again = {"last_seen_at": "03/07/2017 10:00", "reported_at": "03/07/2017 10:00", "risk_at": "03/07/2017 10:30"}
    times = {"started_at": "2017-07-03 10:00", "ended_at": "2017-07-03 11:00", "returned_at": "2017-07-03 11:00"}
    bot.load("police", LOADED, absence(), absence(2, police_ref="NOM-1", returned_at="03/07/2017 11:00", **again))
    bot.load("children", LOADED, child(authority=""))
    bot.load("interviews", LOADED, record(), record(2, child_id="C-1", **times))
    one, two = (x["id"] for x in sorted(bot.rows("episode"), key=lambda x: x["start_at"]))
    assert say(bot, f"#{one} merge", LOADED).status == "ok"
    bot.load("children", MOVED, child())
    assert changes(bot) == 2
    assert say(bot, f"#{one} acknowledged").status == "ok"
    assert changes(bot) == 1
    assert len(column(bot.ask("interviews", WHO, TUESDAY, export=True), "Return interviews", "Child")) == 1
    assert (
        len(
            column(
                bot.ask("interviews hosted", WHO, TUESDAY, export=True),
                "Return interviews of other authorities",
                "Child",
            )
        )
        == 1
    )
    assert say(bot, f"#{two} acknowledged").status == "ok"
    assert (changes(bot), bot.ask("interviews", WHO, TUESDAY).tables) == (0, ())
