"""Every command, from everywhere in Slack, by everybody, and every button of the answers: whatever left for Slack may
be read by whoever reads it, no canary is in it, and each answer stands in the trail.

A few hundred steps in the normal run. Before a release: `BOT_LEAKS=20000 ./deploy/dev test tests/chat/slack`.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from bot.chat.slack import rendering
from tests.support.slack import payloads
from tests.support.slack.canaries import EVERYBODY, canaries
from tests.support.slack.everywhere import (
    ANSWERS,
    SEED,
    SURFACES,
    ask,
    nothing_is_logged,
    nothing_is_wrong_with_the_trail,
    press_what_is_new,
    texts,
    unfit,
)
from tests.support.slack.presses import Action
from tests.support.slack.scene import ACCOUNTS, COUNTY, NORTH, UNLISTED, words
from tests.support.slack.walk import Walk
from tests.support.slack.workspace import Message

#: After so many the day of the invented bot is over, and what was loaded is too old.
IN_ONE_WORLD = 250
#: People who may see lists. Each asks for one, for the dice fall otherwise with every new command.
READERS = ("lead", "police", "north-manager", "north-worker")


def questions(dice: Random) -> Iterator[tuple[str, tuple[str, str | None], str]]:
    """Every command on every surface, each time by the next person: so again until everybody asked everything."""
    for turn in count(SEED):
        pairs = [(c, s) for c in texts("") for s in SURFACES]
        dice.shuffle(pairs)
        for n, (command, surface) in enumerate(pairs):
            yield command, surface, EVERYBODY[(n + turn) % len(EVERYBODY)]


def test_no_canary_leaves_by_slack(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.INFO, "bot")
    dice, seen, ids, met = Random(SEED), Counter[str](), set[str](), Counter[str]()
    asked = questions(dice)
    for _ in range(max(1, ANSWERS // IN_ONE_WORLD)):
        with canaries() as (bot, refs):
            unfit(bot)
            walk = Walk(bot, refs, dice)
            for n in range(min(ANSWERS, IN_ONE_WORLD)):
                if n % 60 == 1:
                    walk.tick()
                    since = len(walk.held)
                    for each in READERS:  # the lead has the one answer of more than one page
                        ask(walk, ("slash", None), each, "interviews")
                    press_what_is_new(walk, since)
                command, surface, who = next(asked)
                since = len(walk.held)
                ask(walk, surface, who, dice.choice(texts(dice.choice(list(refs.values())))[command]))
                press_what_is_new(walk, since)
            nothing_is_wrong_with_the_trail(bot)
            nothing_is_logged(walk, caplog.text + "".join(capfd.readouterr()))
            seen, met, ids = seen + walk.seen, met + walk.left.met, ids | walk.left.ids
    assert {each.partition(":")[0] for each in ids} == set(rendering.ACTION_IDS), "each was rendered"
    assert {f"press {word}" for word in set(rendering.ACTION_IDS) - {rendering.CHOOSE}} | {"form update"} <= set(
        seen
    ), seen
    assert {who for who in ACCOUNTS if met[f"{who} sees"]} >= set(READERS)
    assert min(met[f"in {NORTH}"], met[f"in {COUNTY}"]) > 0, met
    with capfd.disabled():
        print(f"\n{sum(seen.values())} steps, {dict(sorted(seen.items()))}")


def test_all_that_is_rendered_has_a_listener_and_nothing_else_has() -> None:
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        walk.slash("lead", NORTH, "help")
        there = Message(NORTH, bot.workspace.new_ts(), blocks=[], to=ACCOUNTS["lead"])
        answers = {}
        for word in (
            *rendering.ACTION_IDS,
            f"{rendering.MORE}:2",
            f"{rendering.PRESS}:17",
            "nothing",
            f"{rendering.PRESS}ed",
        ):
            action = Action("A button", "button", word, "b1", "0" * 32, {"value": "0" * 32})
            asked = payloads.press_action(bot.workspace, bot.person("lead"), there, action)
            answers[word] = bot.send(asked)[0]
        assert {word for word, status in answers.items() if status != 200} == {"nothing", f"{rendering.PRESS}ed"}


@pytest.mark.parametrize(
    ("planted", "readers"),
    [
        ("OX of the south", {"south-worker", "lead", "police", "coordinator", "police-lead"}),
        ("NOM-A77", set()),
        ("born 13 Mar 2003", set()),
        ("W\u200bilhelmina", set()),
        ("W-N09", {"north-manager", "lead", "police", "coordinator", "police-lead"}),
    ],
)
def test_the_oracle_finds_what_is_planted(planted: str, readers: set[str]) -> None:
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        text = planted.replace("OX of the south", refs["C"].lower().replace("-", "\u200b "))
        passed = set()
        for who in EVERYBODY:
            try:
                walk.left._read_by_person("a text", re.sub("\u200b", "", text), who, set())
                passed.add(who)
            except AssertionError:
                continue
        assert passed == readers


def _everywhere(*_: object) -> bool:
    return True


def _with_the_command(label: str, action_id: str, value: str = "") -> dict[str, object]:
    return BUTTON(label, action_id, f"child {label}" if value else "")


BUTTON = rendering.button


@pytest.mark.parametrize(
    ("broken", "by", "found"),
    [
        ("bot.chat.slack.context.Responder._fits", _everywhere, "a reference in C0UNLISTED"),
        ("bot.chat.slack.rendering.button", _with_the_command, "value holds"),
        ("bot.chat.slack.context.PREVIEW", "A child is missing", "chat.postMessage"),
        ("bot.rules.access.permissions.RoleGrant.covers", _everywhere, "seen by south-worker"),
    ],
)
def test_the_walk_finds_a_bot_that_leaks(broken: str, by: object, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken, by)
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        with pytest.raises(AssertionError, match=found):
            leaking(walk)


def leaking(walk: Walk) -> None:
    walk.slash("lead", UNLISTED, "open")
    walk.slash("south-worker", None, f"child {walk.refs['A']}")


def test_a_difference_in_the_record_of_a_child_who_died_is_said_in_private_alone() -> None:
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        for channel in (NORTH, COUNTY):
            walk.mention("lead", channel, "sources police-only")
            assert refs["A"] in words(bot.workspace.in_channel(channel)[-1])
        assert refs["G"] in words(bot.slash("sources police-only", "lead"))
