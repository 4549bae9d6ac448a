"""Every command from every surface of Slack, and the buttons of its answers, for the walks that check outgoing data."""

from __future__ import annotations

import os

from bot.chat.slack import rendering
from bot.store import audit_chain
from bot.store.database import reading
from tests.support.asking import COMMANDS
from tests.support.slack.canaries import CHANNELS, EVERYBODY, JUNK, keys_in, secrets_in
from tests.support.slack.presses import Action
from tests.support.slack.scene import ACCOUNTS, COUNTS, COUNTY, NORTH, UNLISTED, Scene
from tests.support.slack.walk import REASON, Held, Walk
from tests.support.slack.workspace import Person

DEFAULT = 280
ANSWERS = int(os.environ.get("BOT_LEAKS", DEFAULT))
SEED = int(os.environ.get("BOT_LEAKS_SEED", "1"))
SLASH = tuple(("slash", channel) for channel in (*CHANNELS, "shared", None))
MENTIONS = tuple(("mention", channel) for channel in (NORTH, COUNTY, COUNTS, UNLISTED, "shared"))
SURFACES = (*SLASH, *MENTIONS, ("words", None), ("shortcut", None), ("home", None))
#: Typed besides every command's own examples.
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
    *("age {ref} adult", "age {ref} undo", "ended {ref} undo", f'ended {{ref}} at 07:00 because "{REASON}"'),
    *(
        "sources police-only",
        "sources council-only",
        "sources chat-differs",
        "sources handed-over",
        "interviews hosted",
    ),
    *("strategy {ref} held", "today all", "interview {ref} told", "interview {ref} acknowledged"),
    *(
        "escalations 1",
        "escalations 1 acknowledge",
        "deliveries 1",
        "reviews 1 justified",
        "away for {ref}",
        "chlid {ref}",
    ),
)


def texts(ref: str) -> dict[str, list[str]]:
    """Return the texts for each command: its name, its examples, and slips of people."""
    found = {c.name: [e.replace("OX-7QK4", ref) for e in (c.name, *c.examples)] for c in COMMANDS.values()}
    for text in (t.format(ref=ref) for t in TYPED):
        found.setdefault(text.split()[0], []).append(text)
    return found


def unfit(bot: Scene) -> None:
    """Make one listed person a guest and deactivate another."""
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
    """Press some rendered actions, the least pressed first, now and then as another person; fill in forms."""
    found = walk.pressable(since)
    walk.dice.shuffle(found)
    kinds = {(walk.word(action), held.view != ""): (held, action) for held, action in found}
    rarest = sorted(kinds, key=lambda kind: walk.seen[f"press {kind[0]}"])
    for held, action in [kinds[kind] for kind in rarest[:2]]:
        if action in [a for h, a in walk.pressable() if h is held]:
            press(walk, held, action, walk.dice.randrange(6) == 0)


def press(walk: Walk, held: Held, action: Action, by_another: bool) -> None:
    before = len(walk.held)
    walk.press(walk.dice.choice(EVERYBODY) if by_another else held.who, held, action)
    follow_up(walk, before)


def follow_up(walk: Walk, since: int) -> None:
    """Submit a form that opened, again while it finds faults; confirm a question whether to share."""
    for held in walk.forms(max(0, since - 1))[:1]:
        any(walk.submit(held.who, held.view) for _ in range(6))
    sure = [(h, a) for h, a in walk.pressable(max(0, since - 1)) if a.action_id.startswith(rendering.SHARE_NOW)]
    for held, action in sure[:1]:
        walk.press(held.who, held, action)


def nothing_is_wrong_with_the_trail(bot: Scene) -> None:
    with reading(bot.app.database) as connection:
        assert list(audit_chain.verdict(connection, bot.app.keys.audit, []).faults) == []


def nothing_is_logged(walk: Walk, logged: str) -> None:
    assert "a button without a meaning" not in logged
    assert "Traceback" not in logged
    assert secrets_in(logged, set()) == [], "what is logged"
    assert keys_in(logged, walk.refs) == set(), "what is logged"
