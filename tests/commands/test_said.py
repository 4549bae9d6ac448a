"""Known before the file: said in chat by whoever has the right, in lists and calls at once, until an export has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import terminal
from bot.conversation.form_answers import as_command
from bot.conversation.reply import Reply, Row
from bot.jobs import escalations
from bot.messages.digest import SAID
from bot.rules.escalations.calls import decisions
from bot.store.database import reading
from tests.support import exports
from tests.support.asking import section, value
from tests.support.doubts import BECAUSE, MONDAY, TUESDAY, WEDNESDAY, Bot, bot_with, missing
from tests.support.factories import at, hours

NOON = at("Tue 4 Jul 2017 12:00")
SINCE = at("Tue 4 Jul 2017 11:00")
#: After the digest of Wednesday.
LATER = at("Wed 5 Jul 2017 08:00")
#: A record of an absence that was over on Sunday.
WAS_BACK = {"returned_at": "02/07/2017 22:30", "end_reason": "Returned self"}


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(_a_file, database_url, tmp_path) as found:
        yield found


def _a_file(bot: Bot) -> None:
    """One child missing since Sunday, and another who was and is back."""
    bot.load("police", MONDAY, missing(1))
    bot.load("police", TUESDAY, missing(1), back())
    bot.load("interviews", TUESDAY, exports.interview(occurrence_ref="OCC-9", child_id="C-9"))


def back(**changes: str) -> exports.Row:
    return missing(2, **{**WAS_BACK, **changes})


def again(**changes: str) -> exports.Row:
    """Return the police record of the absence that was said in chat."""
    times = {"last_seen_at": "04/07/2017 11:10", "reported_at": "04/07/2017 11:30", "risk_at": "", "risk": ""}
    return missing(2, **{"occurrence_ref": "OCC-22", **times, **changes})


def say(bot: Bot, words: str, number: int = 2, who: str = "police", now: datetime = NOON) -> Reply:
    return bot.ask(f"said {bot.ref(number)} {words} {BECAUSE}", who, now)


def rows_of(bot: Bot, number: int, now: datetime = LATER) -> int:
    return sum(row.subject == bot.ref(number) for row in open_rows(bot, now))


def open_rows(bot: Bot, now: datetime) -> list[Row]:
    reply = bot.ask("open", now=now)
    lines = (*reply.text, *(line for section in reply.sections for line in section.lines))
    return [line for line in lines if isinstance(line, Row)]


def look_at(bot: Bot, now: datetime = NOON) -> str:
    """Return the rows of `open`, which a terminal breaks into lines."""
    return "; ".join(open_rows(bot, now))


def said_episode(bot: Bot) -> dict[str, object]:
    (found,) = [x for x in bot.rows("episode") if x["saying"]]
    return found


def test_said_to_be_missing_is_in_the_lists_at_once_and_figures_wait_for_the_record(bot: Bot) -> None:
    assert not bot.listed(2, NOON)
    before = value(bot.ask("stats north 2017-07 partial", "coordinator", NOON), "Episodes")
    reply = say(bot, "missing since 11:00")
    assert reply.status == "ok", reply.text
    assert (
        reply.text[0] == f"{bot.ref(2)} is missing since Tue 4 Jul 11:00, as you say: in lists and calls from now on."
    )
    listed = bot.said("open", now=NOON)
    assert "said in chat, in no file yet" in listed
    assert bot.listed(2, NOON)
    assert value(bot.ask("stats north 2017-07 partial", "coordinator", LATER), "Episodes") == before
    x = said_episode(bot)
    assert (x["occurrence_ref"], x["episode_ref"], x["start_at"], x["kind"], x["counted"]) == (
        None,
        None,
        SINCE,
        "missing",
        False,
    )
    assert bot.ref(2) in bot.said("sources said-missing", "coordinator", NOON)
    child = bot.said(f"child {bot.ref(2)}", now=NOON)
    assert "Said in chat: missing since Tue 4 Jul 11:00, by police (police), Tue 4 Jul 12:00." in child


def test_the_next_digest_says_so_by_agency_and_without_a_person(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    digest = terminal.digest(bot.app, "north-digest", LATER)
    (line,) = section(digest, SAID)
    assert line == f"{bot.ref(2)} · missing since Tue 4 Jul 11:00, as police said in chat, before the file · north"
    assert any(bot.ref(2) in each for each in section(digest, "Missing now"))


def test_it_is_matched_when_the_export_comes_and_the_episode_stays_the_same(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    number = said_episode(bot)["id"]
    bot.load("police", WEDNESDAY, missing(1), back(), again())
    x = said_episode(bot)
    assert (x["id"], x["occurrence_ref"], x["doubts"], x["counted"]) == (number, "OCC-22", "", True)
    assert x["start_at"] == at("Tue 4 Jul 2017 11:10"), "the record's start counts"
    assert rows_of(bot, 2) == 1
    assert bot.ref(2) not in bot.said("sources said-missing", "coordinator", LATER)


def test_a_record_that_ended_before_it_and_one_of_another_child_are_not_it(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    bot.load("police", WEDNESDAY, missing(1), back(), missing(3, last_seen_at="04/07/2017 11:00"))
    assert said_episode(bot)["occurrence_ref"] is None
    assert bot.listed(2, LATER), "no export takes it out of the list"
    assert bot.ref(2) in bot.said("sources said-missing", "coordinator", LATER)


def test_a_record_that_is_more_than_an_hour_from_it_is_a_difference(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    bot.load("police", WEDNESDAY, missing(1), back(), again(last_seen_at="04/07/2017 08:30"))
    x = said_episode(bot)
    assert (x["start_at"], x["doubts"], x["counted"]) == (at("Tue 4 Jul 2017 08:30"), "differs", True)
    assert bot.ref(2) in bot.said("sources said-differs", "coordinator", LATER)
    assert "said otherwise in chat" in look_at(bot, LATER)
    bot.ask(f"said {bot.ref(2)} undo", now=LATER)
    assert bot.ref(2) not in bot.said("sources said-differs", "coordinator", LATER)
    assert rows_of(bot, 2) == 1, "the record stays"


def test_calls_are_made_at_once_and_go_on_with_the_record(bot: Bot) -> None:
    """Ungraded for an hour, by what was said; the call belongs to the episode that the record has later."""
    say(bot, "missing since 11:00")
    number = said_episode(bot)["id"]
    assert ("ungraded", number) in rules_met(bot, NOON)
    assert say(bot, "high at 11:30").status == "ok"
    assert ("high", number) in rules_met(bot, NOON)
    bot.load("police", WEDNESDAY, missing(1), back(), again())
    assert ("high", number) in rules_met(bot, LATER), "a record without a grade takes none away"


def rules_met(bot: Bot, now: datetime) -> set[tuple[str, object]]:
    p = bot.app.settings.partnership
    with reading(bot.app.database) as connection:
        found = decisions(escalations.look(connection, p, now), p)
    return {(c.met.rule.condition, c.met.episode.id) for c in found.call}


def test_a_void_record_does_not_take_it_out(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    bot.load("police", WEDNESDAY, missing(1), back(), again(end_reason="Error/duplicate"))
    assert bot.listed(2, LATER)


def test_taken_back_it_is_in_no_list_and_can_be_said_anew(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    undone = bot.ask(f"said {bot.ref(2)} undo", "coordinator", NOON + timedelta(minutes=2))
    assert undone.text == ("Taken back: missing since Tue 4 Jul 11:00. Lists and calls go by what the files say.",)
    assert not bot.listed(2, LATER)
    assert bot.ref(2) not in bot.said("sources said-missing", "coordinator", LATER)
    again_undone = bot.ask(f"said {bot.ref(2)} undo", now=LATER)
    assert (again_undone.status, again_undone.text) == ("refused", ("Nothing was said that could be taken back.",))
    assert say(bot, "missing since 2017-07-04 11:30", now=LATER).status == "ok"
    assert bot.listed(2, LATER)


def test_a_return_starts_the_72_hours_and_takes_the_child_out_of_no_list(bot: Bot) -> None:
    reply = say(bot, "back at 09:12", 1)
    assert reply.status == "ok", reply.text
    assert "The 72 hours of the return interview run from Tue 4 Jul 09:12." in reply.text
    assert "said to be back Tue 4 Jul 09:12, not in the police file" in look_at(bot)
    (x,) = [x for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1"]
    due = at("Tue 4 Jul 2017 09:12") + hours(72)
    assert (x["due_at"], x["end_at"], x["required"]) == (due, None, True)
    assert bot.ref() in bot.said("interviews", "coordinator", NOON)
    assert bot.ref() in bot.said("sources said-back", "coordinator", NOON)
    assert bot.ref() not in bot.said("sources log-open", "coordinator", NOON)


def test_the_files_return_ends_it_and_is_the_one_that_counts(bot: Bot) -> None:
    say(bot, "found at 09:12", 1)
    bot.load("police", WEDNESDAY, missing(1, returned_at="04/07/2017 09:40"), back())
    assert not bot.listed(1, LATER)
    (x,) = [x for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1"]
    assert (x["clock_start_at"], x["doubts"]) == (at("Tue 4 Jul 2017 09:40"), "")
    assert bot.ref() not in bot.said("sources said-back", "coordinator", LATER)


def test_missing_again_after_a_return_that_no_file_has_is_a_second_absence(bot: Bot) -> None:
    refused = say(bot, "missing since 11:00", 1)
    assert refused.status == "refused"
    assert refused.text == ("The child is in the lists already, since Sun 2 Jul 20:00.",)
    say(bot, "back at 09:12", 1)
    assert say(bot, "missing since 11:00", 1).status == "ok"
    assert look_at(bot).count("said in chat, in no file yet") == 1
    over = missing(1, returned_at="04/07/2017 09:15")
    second = missing(1, occurrence_ref="OCC-12", last_seen_at="04/07/2017 11:05", reported_at="04/07/2017 11:30")
    bot.load("police", WEDNESDAY, over, second, back())
    assert said_episode(bot)["occurrence_ref"] == "OCC-12"
    assert rows_of(bot, 1) == 1


def test_a_return_of_what_no_file_has_stays_listed_until_a_later_file_lets_it_be_ended(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    assert say(bot, "back at 11:40").status == "ok"
    assert "said to be back Tue 4 Jul 11:40, not in the police file" in look_at(bot)
    ended = f"ended {bot.ref(2)} at 11:40 {BECAUSE}"
    early = bot.ask(ended, now=NOON)
    assert early.status == "refused"
    assert early.text[0].startswith("No police file has come since it was said")
    bot.load("police", WEDNESDAY, missing(1), back())
    assert bot.listed(2, LATER)
    assert bot.ask(f"ended {bot.ref(2)} at 2017-07-04 11:40 {BECAUSE}", now=LATER).status == "ok"
    assert not bot.listed(2, LATER)


@pytest.mark.parametrize(
    ("word", "shown"), [("high", "HIGH"), ("medium", "medium"), ("low", "low"), ("very low", "very low")]
)
def test_the_police_grade_an_absence_that_no_file_has(bot: Bot, word: str, shown: str) -> None:
    say(bot, "missing since 11:00")
    assert say(bot, f"{word} at 11:30").status == "ok"
    assert f"graded {shown} in chat Tue 4 Jul 11:30, not in the police file" in look_at(bot)


def test_a_lower_grade_stands_beside_the_record_and_a_higher_one_counts(bot: Bot) -> None:
    def stored() -> object:
        return next(x["grade"] for x in bot.rows("episode") if x["occurrence_ref"] == "OCC-1")

    record = stored()
    assert record == "medium"
    lower = say(bot, "low at 10:00", 1)
    assert "The record's grade is higher: it counts, and what you say is shown beside it." in lower.text
    assert stored() == "medium"
    assert "graded low in chat Tue 4 Jul 10:00, not in the police file" in look_at(bot)
    assert say(bot, "high at 11:00", 1).status == "ok"
    assert stored() == "high"
    later = {"risk": "Medium", "risk_at": "04/07/2017 13:00"}
    bot.load("police", WEDNESDAY, missing(1), missing(1, **later), back())
    assert stored() == "medium", "a later grade of the file counts"
    assert "in chat" not in look_at(bot, LATER)


@pytest.mark.parametrize("who", ["coordinator", "north-manager"])
def test_the_council_says_no_grade_and_takes_none_back(bot: Bot, who: str) -> None:
    assert say(bot, "high at 11:00", 1, who).status == "refused"
    say(bot, "high at 11:00", 1)
    assert bot.ask(f"said {bot.ref()} undo", who, NOON).status == "refused"
    assert [r["undone_at"] for r in bot.rows("ruling")] == [None]
    form = bot.ask(f"said {bot.ref()}", who, NOON, forms=True).form
    assert form is not None
    assert [o.value for o in form.fields[0].options] == ["back", "found", "missing"]


@pytest.mark.parametrize("who", ["police", "police-lead", "coordinator", "north-manager"])
def test_the_police_and_the_childs_team_may(bot: Bot, who: str) -> None:
    assert say(bot, "missing since 11:00", who=who).status == "ok"


@pytest.mark.parametrize("who", ["lead", "analyst", "admin", "south-worker", "disability-worker", "nobody"])
def test_nobody_else_may(bot: Bot, who: str) -> None:
    reply = say(bot, "missing since 11:00", who=who)
    assert reply.status == "refused"
    assert bot.rows("ruling") == []
    none = bot.ask(f"said OX-ZZZZ missing since 11:00 {BECAUSE}", who, NOON)
    assert reply.text == none.text, "no such child and not theirs are one answer"


def test_in_private_alone(bot: Bot) -> None:
    reply = bot.in_channel(f"said {bot.ref(2)} missing since 11:00 {BECAUSE}")
    assert (reply.status, bot.rows("ruling")) == ("refused", [])


def test_the_form_is_the_command_and_the_second_person_learns_of_the_first(bot: Bot) -> None:
    child = bot.ask(f"child {bot.ref(2)}", now=NOON)
    (button,) = [b for b in child.buttons if b.label == "Say what the file lacks"]
    form = bot.ask(button.command, now=NOON, forms=True).form
    assert form is not None
    assert form.kind == "said"
    assert [o.value for o in form.fields[0].options] == ["missing"]
    assert bot.ask(f"{form.command} missing at 2017-07-04 11:00 {BECAUSE}", now=NOON).status == "ok"
    late = bot.ask(f"{form.command} missing at 2017-07-04 11:20 {BECAUSE}", "coordinator", NOON)
    assert (late.status, late.title) == ("refused", "Not recorded")
    assert late.text[0].startswith("police said on Tue 4 Jul 12:00: missing since Tue 4 Jul 11:00.")


@pytest.mark.parametrize(
    ("typed", "begun", "first"),
    [
        ("back", "said REF #N back", {"what": "back"}),
        ("found yesterday", "said REF #N found 2017-07-03", {"what": "found", "date": "2017-07-03", "time": ""}),
        ("at 11:00", "said REF #N 2017-07-04 11:00", {"what": "", "date": "2017-07-04", "time": "11:00"}),
        ("high at 11:00", "said REF #N high 2017-07-04 11:00", {"what": "high", "time": "11:00", "reason": ""}),
    ],
)
def test_what_lacks_is_asked_in_a_form_with_what_was_said(
    bot: Bot, typed: str, begun: str, first: dict[str, str]
) -> None:
    reply = bot.typed(f"said {bot.ref()} {typed}", now=NOON)
    assert (reply.status, reply.title) == ("unclear", "Nothing recorded yet")
    assert reply.form is not None
    number = reply.form.command.split()[2]
    assert [b.command for b in reply.buttons] == [begun.replace("REF", bot.ref()).replace("#N", number)]
    fields = {f.id: f.initial for f in reply.form.fields}
    assert {name: fields[name] for name in first} == first
    again = bot.ask(reply.buttons[0].command, now=NOON, forms=True)
    assert again.form == reply.form
    values = {"what": "back", "date": "2017-07-04", "time": "11:00", "reason": "the placement rang the police"}
    assert bot.ask(as_command("said", reply.form.command, values, NOON), now=NOON).status == "ok"
    assert len(bot.rows("ruling")) == 1


def test_what_was_given_as_a_reason_is_filled_in_and_carried_by_no_button(bot: Bot) -> None:
    reply = bot.typed(f"said {bot.ref()} back {BECAUSE}", now=NOON)
    assert reply.form is not None
    assert {f.id: f.initial for f in reply.form.fields}["reason"] in BECAUSE
    assert "because" not in f"{reply.form.command} {reply.buttons[0].command}"


def test_what_cannot_be_said_asks_for_nothing(bot: Bot) -> None:
    """The form is for whoever may say it, of a child of whom it can be said; no such child and not theirs are one."""
    assert bot.typed(f"said {bot.ref(2)} back", now=NOON).text == (
        "Not missing now: say first since when the child is missing.",
    )
    for who in ("south-worker", "lead", "coordinator"):
        none = bot.typed("said OX-ZZZZ back", who, NOON)
        assert (none.form, none.status) == (None, "refused")
        if who != "coordinator":
            assert bot.typed(f"said {bot.ref()} back", who, NOON) == none
    assert bot.typed(f"said {bot.ref()} high", "coordinator", NOON).status == "refused"
    assert bot.ask(f"said {bot.ref()} back", now=NOON).form is None, "without forms in words"


def test_what_is_kept_has_no_free_text_and_the_trail_has_the_reason(bot: Bot) -> None:
    say(bot, "missing since 11:00")
    (row,) = bot.rows("ruling")
    assert (row["kind"], row["value"], row["at"], row["by"], row["agency"]) == (
        "missing",
        "",
        SINCE,
        "police",
        "police",
    )
    assert not any("duty desk" in str(v) for v in row.values())
    entry = bot.rows("audit")[-1]
    assert (entry["action"], entry["subject"], entry["reason"]) == (
        "said missing",
        bot.ref(2),
        "the carer rang the duty desk at noon",
    )


@pytest.mark.parametrize(
    ("number", "words", "why"),
    [
        (2, "missing since 2017-07-04 12:01", "That is still to come: say when it happened."),
        (
            2,
            "missing since 2017-07-02 21:00",
            "By what is known the child was back only Sun 2 Jul 22:30: say since when after that.",
        ),
        (2, "back at 11:00", "Not missing now: say first since when the child is missing."),
        (1, "back at 2017-07-02 19:00", "The absence began Sun 2 Jul 20:00: that is later."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_recorded(bot: Bot, number: int, words: str, why: str) -> None:
    reply = say(bot, words, number)
    assert (reply.status, reply.text) == ("refused", (why,))
    assert bot.rows("ruling") == []


def test_words_that_are_not_known_are_asked_again_and_not_kept(bot: Bot) -> None:
    assert say(bot, "staying with an aunt since 11:00").status == "unclear"
    assert "At what time?" in say(bot, "missing").text[0] + say(bot, "missing today").text[0]
    assert bot.ask(f"said {bot.ref(2)} missing since 11:00", now=NOON).status == "unclear"
    assert bot.rows("ruling") == []


def test_missing_again_after_an_end_that_was_confirmed_in_chat_is_an_absence_of_its_own(bot: Bot) -> None:
    """The record that no file has any more is over by a person's word: it is not the record of the next absence."""
    bot.load("police", WEDNESDAY, back())
    assert bot.ask(f"ended {bot.ref()} at 2017-07-05 08:00 {BECAUSE}", now=LATER).status == "ok"
    assert rows_of(bot, 1, LATER) == 0
    assert say(bot, "missing since 08:20", 1, now=LATER + hours(1)).status == "ok"
    assert rows_of(bot, 1, LATER + hours(1)) == 1
