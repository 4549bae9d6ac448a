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
from datetime import timedelta
from itertools import count
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.chat.slack import actions, blocks
from bot.reply import Button
from bot.store import audit
from bot.store.database import reading
from tests.asking import COMMANDS
from tests.factories import NOW
from tests.slack import events, payloads
from tests.slack.leaks import CHANNELS, EVERYBODY, JUNK, canaries, keys_in, secrets_in
from tests.slack.pressed import Action
from tests.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, STRANGER, UNLISTED, Scene
from tests.slack.walk import REASON, Held, Walk
from tests.slack.workspace import Message, Person
from tests.test_access_machine import CHILDREN as FEW

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
    *(
        f"child {JUNK[0]}",
        f"open {JUNK[1]}",
        f"{JUNK[2]} {{ref}}",
        "child NOM-A77",
        f"stats {JUNK[4]}",
        "child {ref} now",
    ),
    *("interview {ref}", "interview {ref} offered", "interview {ref} hand to south-worker", "interview {ref} why"),
    *("interview {ref} on it", "interview {ref} merge", "interview {ref} declined", "interviews mine", "open all"),
    *("sources police-only", "sources council-only", "sources chat-differs", "strategy {ref} held", "today all"),
    *(
        "escalations 1",
        "escalations 1 acknowledge",
        "deliveries 1",
        "reviews 1 justified",
        "away for {ref}",
        "chlid {ref}",
    ),
)


#: What the machine did, so that a machine which does nothing does not pass.
SEEN: Counter[str] = Counter()


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
    walk.dice.shuffle(found)
    kinds = {(walk.word(action), held.view != ""): (held, action) for held, action in found}
    for held, action in list(kinds.values())[:2]:
        if action in [a for h, a in walk.pressable() if h is held]:
            press(walk, held, action, walk.dice.randrange(6) == 0)


def press(walk: Walk, held: Held, action: Action, by_another: bool) -> None:
    before = len(walk.held)
    walk.press(walk.dice.choice(EVERYBODY) if by_another else held.who, held, action)
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
    assert {f"press {word}" for word in set(actions.EVERY) - {actions.CHOOSE}} | {"form update"} <= set(seen), seen
    assert {who for who in ACCOUNTS if met[f"{who} sees"]} >= {"lead", "police", "north-manager", "north-worker"}
    assert min(met[f"in {NORTH}"], met[f"in {COUNTY}"]) > 0, met
    with capfd.disabled():
        print(f"\n{sum(seen.values())} steps, {dict(sorted(seen.items()))}")


class Machine(RuleBasedStateMachine):
    """Whatever happens in whatever order: accounts change, somebody comes into a channel, it is shared, time passes."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.context: AbstractContextManager[tuple[Scene, dict[str, str]]] = canaries()
        bot, refs = self.context.__enter__()
        self.walk = Walk(bot, refs, Random(seed))

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            nothing_is_wrong_with_the_trail(self.walk.bot)
            SEEN.update(self.walk.seen)
            self.context.__exit__(None, None, None)

    @rule(
        surface=st.sampled_from(SURFACES),
        who=st.sampled_from(("north-worker", "north-manager", "south-worker", *EVERYBODY)),
        command=st.sampled_from(("child", "interview", "open", "interviews", *sorted(texts("")))),
        child=st.sampled_from([k.key for k in FEW]),
        which=st.integers(0, 30),
    )
    def ask(self, surface: tuple[str, str | None], who: str, command: str, child: str, which: int) -> None:
        found = texts(self.walk.refs[child])[command]
        since = len(self.walk.held)
        ask(self.walk, surface, who, found[which % len(found)])
        if which % 2:
            press_what_is_new(self.walk, since)

    @rule(which=st.integers(0, 1000), by_another=st.sampled_from([False, False, False, True]))
    def press(self, which: int, by_another: bool) -> None:
        """Of what is shown somewhere still, however long ago."""
        found = self.walk.pressable()
        if found:
            press(self.walk, *found[which % len(found)], by_another)

    @rule(minutes=st.sampled_from([1, 16, 31, 100]))
    def time_passes(self, minutes: int) -> None:
        self.walk.bot.turn(min(self.walk.bot.now + timedelta(minutes=minutes), NOW + timedelta(hours=18)))
        self.walk.tick()

    @rule(who=st.sampled_from(tuple(ACCOUNTS)), change=st.sampled_from(("deleted", "is_restricted", "", "")))
    def account(self, who: str, change: str) -> None:
        there = self.walk.bot.workspace
        there.put(Person(ACCOUNTS[who], **({change: True} if change else {})))  # type: ignore[arg-type]
        self.walk.bot.send(events.user_change(there, self.walk.bot.person(who)))

    @rule(who=st.sampled_from((STRANGER, ACCOUNTS["south-worker"])), channel=st.sampled_from((NORTH, COUNTY)))
    def comes_in(self, who: str, channel: str) -> None:
        there = self.walk.bot.workspace
        if who not in there.channels[channel].members:
            there.channels[channel].members.append(who)
            asked = events.member_joined_channel(there, there.people[who], there.channels[channel])
            self.walk.bot.send(asked)


def test_no_canary_leaves_by_slack_whatever_happens() -> None:
    chosen = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        derandomize=ANSWERS == DEFAULT,  # the same in every run, unless more is asked for
        deadline=None,
        phases=(Phase.generate,),  # each step is a second or so: what fails is told as it was, not made shorter
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)
    assert sum(SEEN.values()) > RUNS * STEPS / 5, SEEN
    assert SEEN["press press"], SEEN


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


def _everywhere(*_: object) -> bool:
    return True


def _with_the_command(of: Button) -> dict[str, object]:
    return blocks.button(of.label, actions.PRESS, f"child {of.label}")


@pytest.mark.parametrize(
    ("broken", "by", "found"),
    [
        ("bot.chat.slack.saying.Saying._fits", _everywhere, "a reference in C0UNLISTED"),
        ("bot.chat.slack.rendering._button", _with_the_command, "value holds"),
        ("bot.chat.slack.saying.PREVIEW", "A child is missing", "chat.postMessage"),
        ("bot.rules.access.Hat.covers", _everywhere, "seen by south-worker"),
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
