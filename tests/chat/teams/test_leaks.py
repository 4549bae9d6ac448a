"""Every command, from everywhere in Teams, by everybody, and buttons of the answers: whatever left may be read by those
who read it, and no canary is in it.

Some hundred steps in the normal run. Before a release: `BOT_LEAKS=20000 ./deploy/dev test tests/chat/teams`.
"""

from __future__ import annotations

import logging
from collections import Counter
from random import Random

import pytest

from bot.chat.teams import rendering
from tests.support.slack.canaries import keys_in, secrets_in
from tests.support.slack.everywhere import ANSWERS, SEED, texts
from tests.support.teams.canaries import EVERYBODY, PLACES, Walk, buttons, canaries
from tests.support.teams.scene import COUNTY, NORTH, STRANGER, UNLISTED

SURFACES = (("words", None), *(("mention", p) for p in PLACES), *(("slash", p) for p in PLACES))
#: People who may see lists; each asks for one, for the dice fall otherwise with every new command.
READERS = ("lead", "police", "north-manager", "north-worker")


def test_no_canary_leaves_by_teams(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.INFO)
    dice, seen, met = Random(SEED), Counter[str](), Counter[str]()
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, dice)
        commands = list(texts(""))
        for n in range(ANSWERS // 2):
            who, (how, place) = dice.choice(EVERYBODY), SURFACES[n % len(SURFACES)]
            text = dice.choice(texts(dice.choice(list(refs.values())))[commands[n % len(commands)]])
            if n % 12 == 0:
                who, how, place, text = READERS[n // 12 % 4], "slash", NORTH, "open"
            if n % 60 == 6:  # the lead has the one answer of more than one page
                who, how, place, text = "lead", "words", None, "interviews"
            found = buttons(walk.ask(who, how, place, text))
            dice.shuffle(found)
            for message, action in sorted(found, key=lambda each: walk.seen[f"press {each[1]['data']['action']}"])[:2]:
                by = dice.choice(EVERYBODY) if dice.randrange(6) == 0 else who
                more = walk.press(by, message, action, old=dice.randrange(4) == 0)
                for question, sure in buttons(more):
                    if sure["data"]["action"] == rendering.SHARE_NOW:
                        walk.press(by, question, sure)
        seen, met = walk.seen, walk.met
        logged = caplog.text + "".join(capfd.readouterr())
        assert keys_in("\n".join(r.getMessage() for r in caplog.records), refs) == set()
        assert secrets_in(logged, set()) == []
        assert {r.name.partition(".")[0] for r in caplog.records} <= {"bot", "alembic"}
    assert {f"press {verb}" for verb in {*rendering.VERBS} - {rendering.FILL, rendering.REFRESH}} | {"fill"} <= {*seen}
    assert min(met[f"in {NORTH}"], met["lead sees"], met["north-manager sees"]) > 0, met
    with capfd.disabled():
        print(f"\n{sum(seen.values())} steps, {dict(sorted(seen.items()))}")


def _everywhere(*_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("broken", "by", "found"),
    [
        ("bot.chat.teams.context.Responder._fits", _everywhere, f"a reference in {UNLISTED}"),
        ("bot.chat.teams.context.PREVIEW", "A child is missing", "A child is missing"),
        ("bot.chat.teams.context.level_of", lambda destination: 1, f"a reference in {UNLISTED}"),
        ("bot.rules.access.permissions.RoleGrant.covers", _everywhere, "seen by south-worker"),
        ("bot.chat.teams.channels.membership_of", lambda member, tenants: "member", "seen by disability-worker"),
    ],
)
def test_the_walk_finds_a_bot_that_leaks(broken: str, by: object, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken, by)
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        with pytest.raises(AssertionError, match=found):
            leaking(walk)


def leaking(walk: Walk) -> None:
    walk.ask("north-manager", "slash", UNLISTED, "open")
    walk.ask("south-worker", "words", None, f"child {walk.refs['A']}")
    walk.ask("disability-worker", "words", None, "interviews")
    walk.ask("disability-worker", "words", None, "open")


def test_the_walk_finds_nothing_where_nothing_leaks() -> None:
    with canaries() as (bot, refs):
        walk = Walk(bot, refs, Random(0))
        leaking(walk)
        walk.ask(STRANGER, "words", None, f"child {refs['A']}")
        walk.ask("lead", "mention", COUNTY, "open")
        walk.ask("lead", "slash", UNLISTED, "open")
        assert (walk.met[f"in {COUNTY}"], walk.met["lead sees"], walk.met["stranger sees"]) == (1, 1, 0)
