"""Whatever anybody types, anywhere: an answer, never more private than its place, never what was typed.

3,000 texts in the normal run. Before a release: `BOT_FUZZ=100000 ./deploy/dev test tests/attacks`,
about a minute. `BOT_FUZZ_SEED` begins with other dice than 0.
"""

from __future__ import annotations

import os
import random
import string
from collections import Counter
from datetime import date

from bot.chat.terminal import as_csv, as_json, as_text
from bot.conversation.command import Place, Request
from bot.conversation.refusals import ASK_ADMINISTRATOR
from bot.conversation.reply import Reply
from bot.rules.partnership.partnership import Person
from bot.rules.partnership.roles import RIGHTS
from tests.support.asking import COMMANDS, PLACES, Conversation, desk
from tests.support.factories import NOW, partnership, reference, somebody
from tests.support.memory_facts import MemoryFacts
from tests.support.world import world

TEXTS = int(os.environ.get("BOT_FUZZ", "3000"))
SEED = int(os.environ.get("BOT_FUZZ_SEED", "0"))

#: Invented names that must never come back in an answer, whatever is around them.
CANARIES = ("Wilhelmina", "Zebedee-Testcase", "O'Canary", "Ünïque", "Quillfeather")
AREA_WORDS = (
    "north",
    "NORTH",
    "n",
    "south",
    "all",
    "out",
    "out_of_county",
    "city",
    "vale",
    "nroth",
    "disabled children",
)
PERIOD_WORDS = (
    "2017-H1",
    "2017-Q2",
    "last month",
    "last-6m",
    "2017-01-01..2017-06-30",
    "today",
    "2017-13",
    "9999",
    "partial",
)
STEP_WORDS = (
    *("overdue", "held", "offered", "at 7:15", "tomorrow 10:00", "declined by child", "take", "#12", "v0", "undo"),
    *("snooze until mon 9am because other", "hand to coordinator", "until fri", "cover north-worker", "on it", "why"),
)
ODD = (
    "\0\x07\x1b[31m\u202e\u200b\ufeff\U0001f9d2\u0663\uff14\u00b2\u01c5\u00df\u0130\uff61\u2028\t\r\n"
    "%s{}[]()<>&;|`$'\"\\/=+-\u2013\u2014\u2212"
)
FACTS = world(1, children=25, episodes=120).facts
#: Every reference there is, and some there are not.
REFERENCES = (*FACTS.cases, reference(999), "OX-0000", "OX-7QKO", "NO-2222")


def people() -> list[Person | None]:
    """Everybody of the practice partnership, one of every role with a code or an area, an outsider, an expired one."""
    roles = [
        somebody(role, "north", code=code) for role, code in zip(RIGHTS, ["W-N01", "IRO-1", "LA-9"] * 4, strict=False)
    ]
    return [None, somebody("strategic_lead", expires=date(2017, 1, 1)), *partnership().people, *roles]


def text(dice: random.Random) -> str:
    """An example of a command, more or less spoilt; or something that never was one."""
    if dice.randrange(8) == 0:
        return "".join(
            dice.choice([dice.choice(ODD), chr(dice.randrange(0x11000)), dice.choice(string.printable)])
            for _ in range(dice.randrange(60))
        )
    command = COMMANDS[dice.choice(list(COMMANDS))]
    plain = [phrase.replace("REF", "OX-2223").replace("N", "7") for phrase in command.words]
    typed = [*command.examples, *command.aliases, command.name, f"/missing {command.name}"]
    words = dice.choice(dice.choice([typed, plain or typed])).split()
    for _ in range(dice.randrange(4)):
        spoil(dice, words)
    return dice.choice([" ", " ", " ", "  ", "\t", "\n"]).join(words)


def spoil(dice: random.Random, words: list[str]) -> None:
    """One change: a word more, less, twice, elsewhere or misspelt; a name; a reference; something odd."""
    at = dice.randrange(len(words) + 1)
    change = dice.randrange(9)
    if change == 0:
        words.insert(at, dice.choice(CANARIES))
    elif change == 1:
        words.insert(at, written(dice, dice.choice(REFERENCES)))
    elif change == 2:
        words.insert(at, dice.choice((*AREA_WORDS, *PERIOD_WORDS, *STEP_WORDS, "k=3", "k=0", "mine", "lac", "uasc")))
    elif change == 3:
        words.insert(at, "".join(dice.choice(ODD) for _ in range(dice.randrange(1, 6))))
    elif change == 4:
        words.insert(at, dice.choice(string.ascii_letters) * dice.choice([1, 30, 2000]))
    elif words:
        chosen = dice.randrange(len(words))
        words[chosen] = {
            5: misspelt(dice, words[chosen]),
            6: words[chosen].swapcase(),
            7: f"{words[chosen]} {words[chosen]}",
            8: "",
        }[change]


def written(dice: random.Random, ref: str) -> str:
    return dice.choice([ref, ref.lower(), ref.replace("-", " "), ref.replace("-", "–"), ref[:-1], f"{ref}X"])


def misspelt(dice: random.Random, word: str) -> str:
    if not word:
        return word
    at = dice.randrange(len(word))
    letter = dice.choice(string.ascii_lowercase)
    return dice.choice(
        [word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :]]
    )


BY_AREA = ("allocated_worker", "team_manager", "panel_member")


def level_allowed(place: Place) -> int:
    return -1 if place.level is None else place.level


def check(asked: str, who: Person | None, place: Place, reply: Reply) -> None:
    shown = as_json(reply)
    assert reply.text or reply.facts or reply.tables or reply.sections, "an empty answer"
    if reply.status == "ok":
        assert reply.level <= level_allowed(place)
    if reply.level == 0 or reply.status != "ok":
        typed = asked.upper()  # in a button that asks for a reason, whoever has it and whether anybody has
        assert not any(ref in shown and ref[3:] not in typed for ref in FACTS.cases), "a reference where none may stand"
    if reply.level == 1 and who is not None and who.areas:
        theirs = {x.child_ref for x in FACTS.episodes if x.area in who.areas or who.role not in BY_AREA}
        others = {ref for ref in set(FACTS.cases) - theirs if reply.status == "ok" or ref[3:] not in asked.upper()}
        assert not any(ref in shown for ref in others), "a child of another area"
    if who is None or who.expires:
        assert reply.text == (ASK_ADMINISTRATOR,)
    for name in CANARIES:
        assert name.casefold() not in shown.casefold()
    for button in reply.buttons:
        assert not any(name.casefold() in button.command.casefold() for name in CANARIES)


def answered(ours: Conversation, asked: str, who: Person | None, place: Place, count: int) -> Reply:
    reply = ours.answer(Request(who, place, asked, NOW))
    check(asked, who, place, reply)
    if count % 20 == 0:  # drawing is slower than answering, and knows nothing of what was typed
        as_text(reply)
        as_csv(reply)
    return reply


def test_whatever_is_typed() -> None:
    ours = desk(FACTS)
    everybody = people()
    seen: Counter[str] = Counter()
    for count in range(TEXTS):
        dice = random.Random(f"{SEED}-{count}")
        asked, who, place = text(dice), dice.choice(everybody), dice.choice(PLACES)
        try:
            seen[answered(ours, asked, who, place, count).status] += 1
        except Exception as fault:
            fault.add_note(f"text {count}: {asked!r} by {who and who.role} in {place.name}")
            raise
    assert min(seen["ok"], seen["refused"], seen["unclear"]) > TEXTS / 50, seen


def test_the_facts_have_something_to_tell() -> None:
    assert isinstance(FACTS, MemoryFacts)
    assert len(FACTS.cases) == 25
