"""same: the right to settle whether two absences are one, its consequences, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.messages.digest import SAID
from tests.support import exports
from tests.support.asking import section
from tests.support.doubts import TUESDAY, Bot, bot_with
from tests.support.factories import at

NOON = at("Tue 4 Jul 2017 12:00")
LATER = at("Wed 5 Jul 2017 08:00")
EMPTY = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent", "occurrence_ref")


def form(number: int, start: str, end: str, **cells: str) -> exports.Row:
    times = {"started_at": start, "ended_at": end, "returned_at": end}
    return exports.interview(**{**dict.fromkeys(EMPTY, ""), **times, "episode_id": f"EP-{number}", **cells})


#: Two nights of one child, and one of another.
NIGHTS = (
    form(1, "2017-07-01 21:00", "2017-07-02 07:00"),
    form(2, "2017-07-02 21:00", "2017-07-03 07:00"),
    form(3, "2017-07-02 21:00", "2017-07-03 07:00", child_id="C-2"),
)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(_in_doubt, database_url, tmp_path) as found:
        yield found


def _in_doubt(bot: Bot) -> None:
    bot.load("children", TUESDAY, exports.child(), exports.child(child_id="C-2", police_ref="NOM-2"))
    bot.load("interviews", TUESDAY, *NIGHTS)


def say(bot: Bot, words: str = "", who: str = "north-worker", now: object = NOON) -> Reply:
    return bot.ask(f"same {bot.ref()} {words}", who, now)  # type: ignore[arg-type]


def numbers(bot: Bot) -> list[int]:
    return [row["id"] for row in bot.rows("episode") if row["episode_ref"] in ("EP-1", "EP-2")]


def test_it_shows_which_may_be_one_and_offers_both_answers(bot: Bot) -> None:
    one, two = numbers(bot)
    reply = say(bot)
    (first, *_) = reply.text
    assert first == (
        f"#{one} (council, Sat 1 Jul 21:00 to Sun 2 Jul 07:00) and "
        f"#{two} (council, Sun 2 Jul 21:00 to Mon 3 Jul 07:00) may be one absence."
    )
    assert [b.label for b in reply.buttons] == [f"#{one} and #{two}: one absence", "Two absences"]
    assert bot.ask(reply.buttons[0].command, "north-worker", NOON).status == "ok"
    assert numbers(bot) == [one]


def test_the_digest_says_it_by_agency(bot: Bot) -> None:
    say(bot, "one")
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line == f"{bot.ref()} · one absence, not two, as council said · north"
    assert "One absence, not two, said by north-worker (council), Tue 4 Jul 12:00." in say(bot, now=LATER).text
    say(bot, "undo", now=at("Tue 4 Jul 2017 13:00"))
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line == f"{bot.ref()} · one absence, not two, as council said: taken back, in doubt again · north"


def test_of_two_people_at_once_the_second_is_told(bot: Bot) -> None:
    one, two = numbers(bot)
    command = next(b.command for b in say(bot).buttons if b.command.endswith("two"))
    say(bot, "two")
    say(bot, "undo")
    again = bot.ask(command, "north-manager", NOON)
    assert again.text[0].startswith("north-worker said on Tue 4 Jul 12:00: two absences, not one.")
    assert numbers(bot) == [one, two]


@pytest.mark.parametrize("words", ["both", "one absence please", "#1 one way"])
def test_other_words_are_not_kept(bot: Bot, words: str) -> None:
    assert say(bot, words).text[0] == "Say one, two or undo after the numbers. I have not kept what you typed."


def test_a_child_in_no_doubt_has_nothing_to_settle(bot: Bot) -> None:
    other = bot.ask(f"same {bot.ref(2)}", "coordinator", NOON)
    assert other.text == ("No two absences of this child may be one.",)
    assert bot.ask(f"same {bot.ref(2)} one", "coordinator", NOON).text == other.text
    assert bot.ask(f"same {bot.ref(2)} undo", "coordinator", NOON).text == (
        "Nothing was said that could be taken back.",
    )


def test_numbers_that_are_not_the_pair_are_asked_for(bot: Bot) -> None:
    one, two = numbers(bot)
    reply = say(bot, f"#{one} #99 one")
    assert reply.text == (f"Say of which: #{one} and #{two}.",)
    (button,) = reply.buttons
    assert button.label == f"#{one} and #{two}"
    assert bot.ask(button.command, "north-worker", NOON).status == "ok"
    assert numbers(bot) == [one]


def test_whoever_may_not_learns_nothing(bot: Bot) -> None:
    theirs = bot.ask(f"same {bot.ref()} one", "south-worker", NOON)
    assert theirs.text == bot.ask("same OX-ZZZZ one", "south-worker", NOON).text
    assert bot.in_channel(f"same {bot.ref()} one").status == "refused"
    assert len(numbers(bot)) == 2


def test_the_police_may_settle_it_too(bot: Bot) -> None:
    assert say(bot, "one", "police").status == "ok"
    assert "as police said" in section(terminal.digest(bot.app, "north-digest", LATER), SAID)[0]


def test_the_child_has_a_button_for_it(bot: Bot) -> None:
    reply = bot.ask(f"child {bot.ref()}", "north-worker", NOON)
    assert f"same {bot.ref()}" in [b.command for b in reply.buttons]
    say(bot, "two")
    assert f"same {bot.ref()}" not in [b.command for b in bot.ask(f"child {bot.ref()}", "north-worker", NOON).buttons]
