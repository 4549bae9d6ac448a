"""Accounts change, somebody comes into a channel, time passes, and people ask and press: nothing leaves for Slack that
whoever reads it may not see. BOT_LEAKS=20000 runs 200 walks."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from datetime import timedelta
from random import Random

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.attacks.test_access_machine import CHILDREN as FEW
from tests.support.factories import NOW
from tests.support.slack import events
from tests.support.slack.canaries import EVERYBODY, canaries
from tests.support.slack.everywhere import (
    ANSWERS,
    DEFAULT,
    SURFACES,
    ask,
    nothing_is_wrong_with_the_trail,
    press,
    press_what_is_new,
    texts,
)
from tests.support.slack.scene import ACCOUNTS, COUNTY, NORTH, STRANGER, Scene
from tests.support.slack.walk import Walk
from tests.support.slack.workspace import Person

RUNS, STEPS = max(3, ANSWERS // 100), 25
#: What the machine did, so that a machine which does nothing does not pass.
SEEN: Counter[str] = Counter()


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
