"""Every command, from everywhere in Slack, by everybody, and every button of the answers: whatever left for Slack may
be read by whoever reads it, no canary is in it, and each answer stands in the trail.

A few hundred steps in the normal run. Before a release: `BOT_LEAKS=20000 ./deploy/dev test tests/slack`.
"""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import count
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.chat.slack import actions
from bot.store import audit
from bot.store.database import reading
from tests.asking import COMMANDS
from tests.slack import payloads
from tests.slack.leaks import CHANNELS, EVERYBODY, JUNK, canaries, keys_in, known, secrets_in
from tests.slack.pressed import Action
from tests.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, UNLISTED, Scene
from tests.slack.walk import REASON, Walk
from tests.slack.workspace import Message, Person

DEFAULT = 280
ANSWERS = int(os.environ.get("BOT_LEAKS", DEFAULT))
SEED = int(os.environ.get("BOT_LEAKS_SEED", "0"))
RUNS, STEPS = max(3, ANSWERS // 100), 25
#: After so many the day of the invented bot is over, and what was loaded is too old.
IN_ONE_WORLD = 250
SLASH = tuple(("slash", channel) for channel in (*CHANNELS, "shared", None))
MENTIONS = tuple(("mention", channel) for channel in (NORTH, COUNTY, COUNTS, UNLISTED, "shared"))
SURFACES = (*SLASH, *MENTIONS, ("words", None), ("shortcut", None), ("home", None))
#: What is typed besides every command's own examples.
TYPED = (
    *(f'child {{ref}} because "{REASON}"', "child {ref}", f'child {{ref}} because "{JUNK[0]} was at the {JUNK[3]}"'),
    *(f"child {JUNK[0]}", f"open {JUNK[1]}", f"{JUNK[2]} {{ref}}", "child NOM-A77", f"stats {JUNK[4]}", "child {ref} now"),
    *("interview {ref}", "interview {ref} offered", "interview {ref} hand to south-worker", "interview {ref} why"),
    *("interview {ref} on it", "interview {ref} merge", "interview {ref} declined", "interviews mine", "open all"),
    *("sources police-only", "sources council-only", "sources chat-differs", "strategy {ref} held", "today all"),
    *("escalations 1", "escalations 1 acknowledge", "deliveries 1", "reviews 1 justified", "away for {ref}", "chlid {ref}"),
)


def texts(ref: str) -> dict[str, list[str]]:
    """What is asked of each command: its name, its examples, and what people slip in."""
    found = {c.name: [e.replace("OX-7QK4", ref) for e in (c.name, *c.examples)] for c in COMMANDS.values()}
    for text in (t.format(ref=ref) for t in TYPED):
        found.setdefault(text.split()[0], []).append(text)
    return found


def unfit(bot: Scene) -> None:
    """Of those who are listed one is a guest, and one is deactivated."""
    bot.workspace.put(Person(ACCOUNTS["disability-worker"], is_restricted=True))
    bot.workspace.put(Person(ACCOUNTS["police-lead"], deleted=True))


def ask(walk: Walk, surface: tuple[str, str | None], who: str, text: str) -> None:
    how, channel = surface
    if is_shared := channel == "shared":
        channel = COUNTY
        walk.shared(True)
    if how == "slash":
        walk.slash(who, channel, text)
    elif how == "mention" and channel:
        walk.mention(who, channel, text)
    elif how == "words":
        walk.words(who, text)
    elif how == "shortcut":
        walk.shortcut(who, text)
    else:
        walk.home(who)
    if is_shared:
        walk.shared(False)
    walk.seen[f"{how} {channel}"] += 1


def press_what_is_new(walk: Walk, since: int) -> None:
    """Some of what was rendered, by whoever has it before them, now and then by somebody else; a form is filled in."""
    found = walk.pressable(since)
    for held, action in walk.dice.sample(found, min(2, len(found))):
        if held.blocks(walk.bot) and action in [a for h, a in walk.pressable() if h is held]:
            who = held.who if walk.dice.randrange(6) else walk.dice.choice(EVERYBODY)
            before = len(walk.held)
            walk.press(who, held, action)
            follow_up(walk, before)


def follow_up(walk: Walk, since: int) -> None:
    """A form that opened is handed in; what asks whether to share is told to."""
    for held in walk.forms(max(0, since - 1))[:1]:
        walk.submit(held.who, held.view)
    sure = [(h, a) for h, a in walk.pressable(max(0, since - 1)) if a.action_id.startswith(actions.SHARE_NOW)]
    for held, action in sure[:1]:
        walk.press(held.who, held, action)


def nothing_is_wrong_with_the_trail(bot: Scene) -> None:
    with reading(bot.app.database) as connection:
        assert list(audit.verdict(connection, bot.app.keys.audit, []).faults) == []


def nothing_is_logged(walk: Walk, logged: str) -> None:
    assert "a button without a meaning" not in logged
    assert "Traceback" not in logged
    assert secrets_in(logged, set()) == [], "what is logged"
    assert keys_in(logged, walk.refs) == set(), "what is logged"


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
                command, surface, who = next(asked)
                since = len(walk.held)
                ask(walk, surface, who, dice.choice(texts(dice.choice(list(refs.values())))[command]))
                press_what_is_new(walk, since)
            nothing_is_wrong_with_the_trail(bot)
            nothing_is_logged(walk, caplog.text + "".join(capfd.readouterr()))
            seen, met, ids = seen + walk.seen, met + walk.left.met, ids | walk.left.ids
    assert {each.partition(":")[0] for each in ids} == set(actions.EVERY), "each was rendered"
    assert {f"press {word}" for word in (actions.PRESS, actions.FORM, actions.SHARE, actions.HIDE)} <= set(seen)
    assert {who for who in ACCOUNTS if met[f"{who} sees"]} >= {"lead", "police", "north-manager", "north-worker"}
    assert met[f"in {NORTH}"] and met[f"in {COUNTY}"], met
    with capfd.disabled():
        print(met)
        print(f"\n{sum(seen.values())} steps, {dict(sorted(seen.items()))}")


def test_all_that_is_rendered_has_a_listener_and_nothing_else_has() -> None:
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        walk.slash("lead", NORTH, "help")
        there = Message(NORTH, bot.workspace.new_ts(), blocks=[], to=ACCOUNTS["lead"])
        answers = {}
        for word in (*actions.EVERY, f"{actions.MORE}:2", f"{actions.PRESS}:17", "nothing", f"{actions.PRESS}ed"):
            action = Action("A button", "button", word, "b1", "0" * 32, {"value": "0" * 32})
            asked = payloads.press_action(bot.workspace, bot.person("lead"), there, action)
            answers[word] = bot.send(asked)[0]
        assert {word for word, status in answers.items() if status != 200} == {"nothing", f"{actions.PRESS}ed"}


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
