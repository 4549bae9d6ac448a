"""age: the right to confirm an age in doubt, its consequences, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import terminal
from bot.conversation.reply import Reply
from bot.messages.digest import SAID
from tests.support import exports
from tests.support.asking import section, value
from tests.support.doubts import BECAUSE, MONDAY, TUESDAY, WEDNESDAY, Bot, bot_on, bot_with, missing
from tests.support.factories import at

NOON = at("Tue 4 Jul 2017 12:00")
LATER = at("Wed 5 Jul 2017 08:00")
ADULT = "13/05/1999"  # 18 in May
CHILD = "13/05/2003"


def council_child(**changes: str) -> exports.Row:
    return exports.child(police_ref="NOM-1", birth_date="2003-05-13", **changes)


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    with bot_with(_in_doubt, database_url, tmp_path, covers="all") as found:
        yield found


def _in_doubt(bot: Bot) -> None:
    """By the police's birth date the first is 18; the second is a child by both."""
    bot.load("police", TUESDAY, missing(1, birth_date=ADULT), missing(2))
    bot.load("children", TUESDAY, council_child(lead_worker="W-N01"))


def left_out(reply: Reply) -> list[str]:
    return [line for line in (*reply.text, *reply.footer) if "eft out" in line and not line.startswith("c: ")]


def test_an_age_in_doubt_keeps_the_child_listed_and_out_of_figures(bot: Bot) -> None:
    assert "age in doubt" in bot.said("open")
    for text in ("stats north 2017-07 partial", "bands 2017-07 north partial", "cohort lac 2017-07 north partial"):
        assert left_out(bot.ask(text, "coordinator"))[0].endswith("1 episode, age in doubt."), text
    stats = bot.ask("stats north 2017-07 partial", "coordinator")
    assert (value(stats, "Children"), value(stats, "Episodes")) == (1, 1)


def test_a_confirmed_adult_leaves_lists_and_figures_and_the_digest_says_so(bot: Bot) -> None:
    reply = bot.ask(f"age {bot.ref()} adult", now=NOON)
    assert reply.status == "ok", reply.text
    assert not bot.listed(now=NOON)
    stats = bot.ask("stats north 2017-07 partial", "coordinator", LATER)
    assert left_out(stats) == ["⚠ Left out of 2017-07: 1 episode, an adult, as was confirmed."]
    assert value(stats, "Episodes") == 1
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line == f"{bot.ref()} · an adult, as police said: no longer in these lists · north"
    assert bot.ref() not in str(terminal.digest(bot.app, "county-counts", LATER).as_dict())
    child = bot.ask(f"child {bot.ref()}", now=LATER)
    assert "Age: an adult, said by police (police), Tue 4 Jul 12:00: no longer in any list." in child.text
    assert child.text[0].startswith("In no list: an adult, as was confirmed.")
    assert f"age {bot.ref()} undo" in [b.command for b in child.buttons]


def test_a_confirmed_child_is_in_no_doubt_and_counted_without_an_age(bot: Bot) -> None:
    assert bot.ask(f"age {bot.ref()} child", "north-worker", NOON).status == "ok"
    assert bot.listed(now=NOON)
    assert "age in doubt" not in bot.said("open", now=NOON)
    stats = bot.ask("stats north 2017-07 partial", "coordinator", LATER)
    assert (left_out(stats), value(stats, "Episodes")) == ([], 2)
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line == f"{bot.ref()} · a child, as council said: the age is in no doubt any more · north"


def test_undone_it_is_in_doubt_again(bot: Bot) -> None:
    bot.ask(f"age {bot.ref()} adult", now=NOON)
    assert bot.ask(f"age {bot.ref()} undo", now=NOON).text == ("Taken back: an adult.",)
    assert bot.listed(now=NOON)
    assert "age in doubt" in bot.said("open", now=NOON)
    (line,) = section(terminal.digest(bot.app, "north-digest", LATER), SAID)
    assert line == (
        f"{bot.ref()} · an adult, as police said: taken back, in doubt again, unless somebody said otherwise · north"
    )


def test_the_polices_own_correction_is_accepted(bot: Bot) -> None:
    bot.ask(f"age {bot.ref()} adult", now=NOON)
    bot.load("police", WEDNESDAY, missing(1, birth_date=CHILD), missing(2))
    assert bot.listed(now=LATER)
    assert "age in doubt" not in bot.said("open", now=LATER)
    assert value(bot.ask("stats north 2017-07 partial", "coordinator", LATER), "Episodes") == 2


@pytest.mark.parametrize("said", ["adult", "child"])
def test_of_another_birth_date_nobody_has_said_anything(bot: Bot, said: str) -> None:
    """The age is in doubt again: it was confirmed for other dates."""
    bot.ask(f"age {bot.ref()} {said}", now=NOON)
    bot.load("police", WEDNESDAY, missing(1, birth_date="02/02/1998"), missing(2))
    assert bot.listed(now=LATER)
    assert "age in doubt" in bot.said("open", now=LATER)
    assert any("of other birth dates" in line for line in bot.ask(f"child {bot.ref()}", now=LATER).text)
    assert bot.ask(f"age {bot.ref()} {said}", now=LATER).status == "ok"


def test_two_children_put_together_hide_nobody(database_url: str, tmp_path: Path) -> None:
    """A confirmed adult of the police and a missing child of the council turn out to be one person."""
    with bot_on(database_url, tmp_path, covers="all") as bot:
        bot.load("police", MONDAY, missing(1, birth_date=ADULT))
        bot.ask(f"age {bot.ref()} adult", now=MONDAY)
        assert not bot.listed(now=MONDAY)
        bot.load("children", TUESDAY, council_child())
        assert bot.listed(now=NOON), "the council gives another birth date: nobody has said anything of it"


def test_what_is_in_no_doubt_is_refused(bot: Bot) -> None:
    for said in ("adult", "child"):
        reply = bot.ask(f"age {bot.ref(2)} {said}", now=NOON)
        why = "The age of this child is not in doubt: nothing is to be confirmed."
        assert (reply.status, reply.text) == ("refused", (why,))
    assert bot.rows("ruling") == []
    assert bot.ask(f"age {bot.ref(2)}").text == ("The age of this child is not in doubt.",)


def test_the_other_word_needs_the_first_taken_back(bot: Bot) -> None:
    bot.ask(f"age {bot.ref()} child", now=NOON)
    reply = bot.ask(f"age {bot.ref()} adult", "coordinator", NOON)
    assert (reply.status, reply.text[0]) == (
        "refused",
        f"police said: a child. Take that back first: age {bot.ref()} undo.",
    )
    bot.ask(f"age {bot.ref()} undo", "coordinator", NOON)
    assert bot.ask(f"age {bot.ref()} adult", "coordinator", NOON).status == "ok"
    assert bot.ask(f"age {bot.ref()} child", "police", NOON).status == "ok", "the safer word at any time"
    assert bot.listed(now=NOON)


@pytest.mark.parametrize("who", ["police", "police-lead", "coordinator", "north-manager", "north-worker"])
def test_the_police_and_the_childs_team_may(bot: Bot, who: str) -> None:
    assert bot.ask(f"age {bot.ref()} adult {BECAUSE}", who, NOON).status == "ok"


@pytest.mark.parametrize("who", ["lead", "analyst", "admin", "south-worker", "disability-worker", "nobody"])
def test_nobody_else_may(bot: Bot, who: str) -> None:
    reply = bot.ask(f"age {bot.ref()} adult {BECAUSE}", who, NOON)
    assert (reply.status, bot.rows("ruling")) == ("refused", [])
    assert reply.text == bot.ask(f"age OX-ZZZZ adult {BECAUSE}", who, NOON).text


def test_in_private_alone_and_never_what_was_typed(bot: Bot) -> None:
    assert bot.in_channel(f"age {bot.ref()} adult").status == "refused"
    reply = bot.ask(f"age {bot.ref()} Somebody Canary")
    assert (reply.status, "Canary" in str(reply.as_dict())) == ("unclear", False)
    assert bot.ask(f"age {bot.ref()} adult because born 13/05/1999").status == "refused"
    assert bot.rows("ruling") == []


def test_the_button_and_its_form(bot: Bot) -> None:
    child = bot.ask(f"child {bot.ref()}")
    (button,) = [b for b in child.buttons if b.label == "Confirm the age"]
    form = bot.ask(button.command, forms=True).form
    assert form is not None
    assert [f.id for f in form.fields] == ["age", "reason"]
    assert not any(b.label == "Confirm the age" for b in bot.ask(f"child {bot.ref(2)}").buttons)
    assert not any(b.label == "Confirm the age" for b in bot.ask(f"child {bot.ref()} {BECAUSE}", "lead").buttons)
    bot.ask(f"age {bot.ref()} child", "coordinator")
    late = bot.ask(f"{form.command} adult")
    assert (late.status, late.text[0]) == (
        "refused",
        "coordinator said on Wed 5 Jul 07:41: a child. Ask again to see what is known now.",
    )


def test_a_channel_is_told_that_some_are_left_out_not_how_many(bot: Bot) -> None:
    reply = bot.in_channel("stats all 2017-H1", "coordinator", LATER)
    assert reply.status == "ok", reply.text
    assert left_out(reply) == []
    bot.load("police", WEDNESDAY, missing(1, birth_date=ADULT), missing(3, birth_date=ADULT, **IN_MAY))
    reply = bot.in_channel("stats all 2017-H1", "coordinator", LATER)
    assert left_out(reply) == ["⚠ Left out of 2017-H1: some episodes (age in doubt)."]


IN_MAY = {
    "last_seen_at": "20/05/2017 20:00",
    "reported_at": "20/05/2017 21:00",
    "risk_at": "20/05/2017 22:00",
    "found_at": "21/05/2017 20:00",
    "returned_at": "21/05/2017 20:00",
    "end_reason": "returned_self",
}
