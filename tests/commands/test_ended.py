"""ended: the right to end an absence that no file holds any more, its consequences, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.messages.digest import SAID
from bot.store.database import writing
from tests.support import exports
from tests.support.asking import section, value
from tests.support.doubts import BECAUSE, MONDAY, TUESDAY, WEDNESDAY, Bot, bot_on, bot_with, missing
from tests.support.factories import at, hours

NOON = at("Tue 4 Jul 2017 12:00")
#: After the digest of Wednesday, whose window began on Tuesday.
LATER = at("Wed 5 Jul 2017 08:00")


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(_two_days, database_url, tmp_path) as found:
        yield found


def _two_days(bot: Bot) -> None:
    """One child in Monday's police file that Tuesday's lacks, and another in both."""
    bot.load("police", MONDAY, missing(1), missing(2))
    bot.load("police", TUESDAY, missing(2))
    bot.load("interviews", TUESDAY, exports.interview(occurrence_ref="OCC-9", child_id="C-9"))


def end(bot: Bot, who: str = "police", **options: object) -> Reply:
    now = options.get("now", NOON)
    return bot.ask(f"ended {bot.ref()} returned_by_carer at 11:00 {BECAUSE}", who, now)  # type: ignore[arg-type]


def test_an_absence_that_no_file_holds_is_ended_and_the_interview_starts(bot: Bot) -> None:
    assert bot.listed(now=NOON)
    reply = end(bot)
    assert reply.status == "ok", reply.text
    assert reply.text == (
        f"{bot.ref()} is back since Tue 4 Jul 11:00, brought back by a carer, as you say.",
        "The 72 hours of the return interview run from Tue 4 Jul 11:00.",
        "A file that has the record open again opens the absence again.",
    )
    assert not bot.listed(now=NOON)
    (frozen,) = [x for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1"]
    back = at("Tue 4 Jul 2017 11:00")
    assert (frozen["end_at"], frozen["until_at"], frozen["end_known_at"]) == (back, back, NOON)
    assert (frozen["clock_start_at"], frozen["due_at"], frozen["required"]) == (back, back + hours(72), True)
    assert (frozen["end_reason"], frozen["doubts"]) == ("returned_by_carer", "ended")
    assert bot.ref() in bot.said("interviews", "coordinator", NOON)


def test_what_is_kept_has_no_free_text_and_the_trail_has_the_reason(bot: Bot) -> None:
    end(bot)
    (row,) = bot.rows("ruling")
    assert (row["kind"], row["value"], row["occurrence_ref"], row["episode_ref"]) == (
        "end",
        "returned_by_carer",
        "OCC-1",
        None,
    )
    assert (row["by"], row["agency"], row["said_at"], row["at"]) == ("police", "police", NOON, NOON - hours(1))
    assert not any("duty desk" in str(v) for v in row.values())
    entry = bot.rows("audit")[-1]
    assert (entry["action"], entry["subject"], entry["reason"]) == (
        "ended",
        bot.ref(),
        "the carer rang the duty desk at noon",
    )


def test_the_child_view_and_the_next_digest_say_who(bot: Bot) -> None:
    end(bot)
    child = bot.ask(f"child {bot.ref()}", now=LATER)
    assert "Back Tue 4 Jul 11:00, brought back by a carer, said by police (police), Tue 4 Jul 12:00." in child.text
    digest = terminal.digest(bot.app, "north-digest", LATER)
    assert section(digest, SAID) == (
        f"{bot.ref()} · back Tue 4 Jul 11:00, brought back by a carer, as police said; "
        "no file holds it any more · north",
    )
    (returned,) = section(digest, "Returned")
    assert "as said in chat" in returned
    assert "police)" not in "".join(section(digest, SAID)), "no person is named in a channel"
    counts = terminal.digest(bot.app, "county-counts", LATER)
    assert bot.ref() not in str(counts.as_dict())
    assert SAID not in str(counts.as_dict())


def test_the_record_that_comes_back_open_opens_the_absence_again_and_says_so(bot: Bot) -> None:
    end(bot)
    bot.load("police", WEDNESDAY, missing(1), missing(2))
    assert bot.listed(now=LATER)
    told = "but the Police file of Wed 5 Jul 07:41 has it open"
    assert any(told in line for line in bot.ask(f"child {bot.ref()}", now=LATER).text)
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line.startswith(f"{bot.ref()} · back Tue 4 Jul 11:00")
    assert told in line


def test_nor_does_a_file_end_it_that_lacks_the_record_once_more(bot: Bot) -> None:
    """The record was open again after its end was recorded: only a newer confirmation ends it."""
    end(bot)
    bot.load("police", WEDNESDAY, missing(1), missing(2))
    bot.load("police", WEDNESDAY + hours(1), missing(2))
    assert bot.listed(now=WEDNESDAY + hours(2))
    again = f"ended {bot.ref()} at 2017-07-05 09:00 {BECAUSE}"
    assert bot.ask(again, now=WEDNESDAY + hours(2)).status == "ok"
    assert not bot.listed(now=WEDNESDAY + hours(2))


def test_a_file_that_still_lacks_it_leaves_it_ended(bot: Bot) -> None:
    end(bot)
    bot.load("police", WEDNESDAY, missing(2))
    assert not bot.listed(now=LATER)


def test_a_record_of_the_council_that_comes_later_was_not_what_was_said(bot: Bot) -> None:
    """A record that is lacking afterwards does not end the absence either."""
    end(bot)
    nothing_yet = dict.fromkeys(
        ("ended_at", "returned_at", "offered_at", "response", "held_at", "recorded_at", "interviewer_role"), ""
    )
    theirs = exports.interview(episode_id="EP-7", started_at="2017-07-02 20:00", independent="", **nothing_yet)
    bot.load("interviews", TUESDAY + hours(6), theirs)
    assert bot.listed(now=LATER)
    assert any("not of every record of it: it is open" in line for line in bot.ask(f"child {bot.ref()}").text)


def test_undone_it_is_missing_again(bot: Bot) -> None:
    end(bot)
    undo = bot.ask(f"ended {bot.ref()} undo", now=NOON + timedelta(minutes=2))
    assert undo.text == (
        "Taken back: back Tue 4 Jul 11:00, brought back by a carer. The child is missing again, by the records.",
    )
    assert bot.listed(now=LATER)
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line.startswith(f"{bot.ref()} ·")
    assert "taken back, missing again" in line
    again = bot.ask(f"ended {bot.ref()} undo", now=LATER)
    assert (again.status, again.text) == ("refused", ("Nothing was said that could be taken back.",))


def test_whoever_may_say_it_may_take_it_back_later(bot: Bot) -> None:
    """Taking back brings a child into the lists again, and has no time limit."""
    end(bot)
    assert bot.ask(f"ended {bot.ref()} undo", "coordinator", NOON + hours(20)).status == "ok"
    assert bot.rows("ruling")[0]["undone_by"] == "coordinator"
    assert bot.listed(now=LATER)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("at 19:00 on 1 jul", "The absence began Sun 2 Jul 20:00: it cannot have ended before."),
        ("at 2017-07-04 12:01", "That is still to come: say when it ended."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_recorded(bot: Bot, words: str, why: str) -> None:
    reply = bot.ask(f"ended {bot.ref()} {words} {BECAUSE}", now=NOON)
    assert (reply.status, reply.text) == ("refused", (why,))
    assert bot.rows("ruling") == []
    assert bot.listed(now=NOON)


def test_an_hour_before_or_after_noon_is_asked_and_a_reason_is_never_repeated(bot: Bot) -> None:
    reply = bot.ask(f"ended {bot.ref()} v0 returned_by_carer 3.30 {BECAUSE}", now=NOON + hours(5))
    assert (reply.status, reply.level) == ("unclear", 1)
    assert reply.text[0] == "03:30 or 15:30 on Tue 4 Jul? Say it with your reason again, after because."
    assert [b.command for b in reply.buttons] == [
        f"ended {bot.ref()} v0 returned_by_carer at 2017-07-04 {wall}" for wall in ("03:30", "15:30")
    ]
    assert "At what time" in bot.ask(f"ended {bot.ref()} this morning {BECAUSE}", now=NOON).text[0]
    assert bot.rows("ruling") == []
    taken = bot.ask(f"ended {bot.ref()} returned_by_carer 9.30 {BECAUSE}", now=NOON)
    assert (taken.status, taken.text[-1]) == ("ok", "I read the time as 09:30, not 21:30.")


def test_only_the_agencys_record_ends_what_the_newest_file_holds(bot: Bot) -> None:
    reply = bot.ask(f"ended {bot.ref(2)} at 11:00 {BECAUSE}", now=NOON)
    why = "The Police file of Tue 4 Jul 07:41 still has it open: only the agency's record ends it."
    assert (reply.status, reply.text) == ("refused", (why,))
    assert bot.rows("ruling") == []
    assert bot.ask(f"ended {bot.ref(2)}", now=NOON).text == (why,)


def test_where_nobody_said_what_an_export_covers_it_may_hold_it(database_url: str, tmp_path: Path) -> None:
    with bot_on(database_url, tmp_path, covers="") as bot:
        bot.load("police", MONDAY, missing(1), missing(2))
        bot.load("police", TUESDAY, missing(2))
        reply = end(bot)
        assert reply.status == "refused"
        assert reply.text[0].startswith("The partnership file does not say what the Police export covers")
        assert bot.listed(now=NOON)


@pytest.mark.parametrize("words", ["", "at 11:00", "died at 11:00", "turned_18 at 11:00", "error_duplicate at 11:00"])
def test_a_reason_is_asked_for_and_a_death_is_for_the_records_alone(bot: Bot, words: str) -> None:
    because = BECAUSE if "_" in words or "died" in words else ""
    reply = bot.ask(f"ended {bot.ref()} {words} {because}", now=NOON)
    assert reply.status == ("unclear" if words else "ok")
    assert bot.rows("ruling") == []


@pytest.mark.parametrize("who", ["police", "police-lead", "coordinator", "north-manager"])
def test_the_police_and_the_childs_team_may(bot: Bot, who: str) -> None:
    assert end(bot, who).status == "ok"


@pytest.mark.parametrize("who", ["lead", "analyst", "admin", "south-worker", "disability-worker", "nobody"])
def test_nobody_else_may(bot: Bot, who: str) -> None:
    reply = end(bot, who)
    assert reply.status == "refused"
    assert bot.rows("ruling") == []
    none = bot.ask(f"ended OX-ZZZZ returned_by_carer at 11:00 {BECAUSE}", who, NOON)
    assert reply.text == none.text, "no such child and not theirs are one answer"


def test_not_by_breaking_the_glass(bot: Bot) -> None:
    shown = bot.ask(f"child {bot.ref()} {BECAUSE}", "south-worker", NOON)
    assert shown.status == "ok"
    assert not any(b.command.startswith("ended") for b in shown.buttons)
    assert end(bot, "south-worker").status == "refused"
    assert bot.rows("ruling") == []


def test_in_private_alone(bot: Bot) -> None:
    reply = bot.in_channel(f"ended {bot.ref()} at 11:00 {BECAUSE}")
    assert (reply.status, bot.rows("ruling")) == ("refused", [])


def test_the_button_and_its_form(bot: Bot) -> None:
    """Shown to those who may end it, only for an absence that no file holds; filled in, the form is the command."""
    child = bot.ask(f"child {bot.ref()}", now=NOON)
    (button,) = [b for b in child.buttons if b.label == "Say that it has ended"]
    assert button.form
    form = bot.ask(button.command, now=NOON, forms=True).form
    assert form is not None
    assert form.kind == "ended"
    assert form.command.startswith(f"ended {bot.ref()} #")
    assert not any(b.label == "Say that it has ended" for b in bot.ask(f"child {bot.ref(2)}", now=NOON).buttons)
    assert bot.ask(f"{form.command} hospital at 2017-07-04 11:00 {BECAUSE}", now=NOON).status == "ok"
    late = bot.ask(f"{form.command} at 2017-07-04 11:30 {BECAUSE}", "coordinator", NOON)
    assert (late.status, late.title) == ("refused", "Not recorded")
    assert late.text[0].startswith("police said on Tue 4 Jul 12:00: back Tue 4 Jul 11:00, in hospital.")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("hospital", {"how": "hospital", "reason": ""}),
        ("hospital yesterday", {"how": "hospital", "date": "2017-07-03", "time": ""}),
        ("at 11:00", {"how": "", "date": "2017-07-04", "time": "11:00"}),
    ],
)
def test_what_lacks_is_asked_in_a_form_with_what_was_said(bot: Bot, typed: str, first: dict[str, str]) -> None:
    reply = bot.typed(f"ended {bot.ref()} {typed}", now=NOON)
    assert (reply.status, reply.title) == ("unclear", "Nothing recorded yet")
    assert reply.form is not None
    fields = {f.id: f.initial for f in reply.form.fields}
    assert {name: fields[name] for name in first} == first
    assert bot.ask(reply.buttons[0].command, now=NOON, forms=True).form == reply.form
    assert bot.ask(f"ended {bot.ref()} {typed}", now=NOON).form is None, "without forms in words"
    assert bot.typed(f"ended {bot.ref(2)} {typed}", now=NOON).form is None, "a file holds that one"
    assert bot.typed(f"ended {bot.ref()} {typed}", "south-worker", NOON) == bot.typed(
        f"ended OX-ZZZZ {typed}", "south-worker", NOON
    )
    assert bot.rows("ruling") == []


def test_without_a_word_the_form_opens_beside_the_state(bot: Bot) -> None:
    reply = bot.typed(f"ended {bot.ref()}", now=NOON)
    assert reply.status == "ok"
    assert reply.form is not None
    assert [b.form for b in reply.buttons] == [True]


def test_a_police_lead_gives_a_reason_for_each_look(bot: Bot) -> None:
    assert bot.ask(f"ended {bot.ref()}", "police-lead", NOON).text == bot.ask("ended OX-ZZZZ", "police-lead", NOON).text
    child = bot.ask(f"child {bot.ref()} {BECAUSE}", "police-lead", NOON)
    (button,) = [b for b in child.buttons if b.label == "Say that it has ended"]
    assert bot.ask(button.command, "police-lead", NOON, forms=True).form is not None


def test_a_load_that_goes_on_is_not_waited_for(postgresql_url: str, tmp_path: Path) -> None:
    """A load may have read before the answer was recorded: given again a minute later, nothing is lost."""
    with bot_on(postgresql_url, tmp_path) as bot:
        bot.load("police", MONDAY, missing(1), missing(2))
        bot.load("police", TUESDAY, missing(2))
        with writing(bot.app.database) as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('bot.load'))")
            reply = end(bot)
        assert reply.status == "refused"
        assert "A file is being loaded at this moment" in reply.text[0]
        assert bot.rows("ruling") == []
        assert end(bot).status == "ok"


def test_it_counts_as_ended_in_figures(bot: Bot) -> None:
    end(bot)
    stats = bot.ask("stats north 2017-07 partial", "coordinator", LATER)
    assert value(stats, "Episodes") == 2
