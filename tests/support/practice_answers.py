"""Everything that the practice county is told in a morning: posts, answers, and the form behind each kind of button.

The practice page's own run carries it, so no platform has had a hand in a reply.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count

from bot.conversation.inbound import Answer, Caller
from bot.conversation.reply import Reply
from bot.server.practice_page import PracticeRun
from bot.settings import read_settings
from tests.bench.messages import ASKED
from tests.support.asking import COMMANDS

#: Half an hour of the morning: the digest is sent at 08:00, the reminders at 08:30.
MORNING = timedelta(minutes=31)
ASKERS = ("north-manager", "north-worker", "coordinator", "lead", "police", "admin")
STEPS = (
    *("interview {due} attempt", "interview {due} booked", "interview {due} declined", "interview {due} hand to"),
    *("interview {due} snooze", "interview {due} not possible", "strategy {missing} threshold met", "said {missing}"),
    *("child {other}", "away", "on-call cover", "on-call swap"),
)
_REF = re.compile(r"OX-[A-Z0-9]{4}")


@dataclass(frozen=True)
class Told:
    """One reply as a platform gets it: what it is, and the answer; a post is an answer without handles of its own."""

    name: str
    answer: Answer

    @property
    def reply(self) -> Reply:
        return self.answer.reply


@cache
def practice_answers() -> tuple[Told, ...]:
    with closing(PracticeRun(read_settings({}))) as stage:
        stage.move_to(stage.now + MORNING)
        while stage.moving is not None:
            time.sleep(0.05)
        return (*_sent(stage), *_answered(stage))


def forms() -> Iterator[Told]:
    return (told for told in practice_answers() if told.reply.form is not None)


def _sent(stage: PracticeRun) -> Iterator[Told]:
    for shown in stage.conversations.messages:
        part = " thread" if shown.thread else ""
        yield Told(f"sent to {shown.place}{part} {shown.number}", Answer(shown.reply))


def _answered(stage: PracticeRun) -> Iterator[Told]:
    """Yield the commands asked most, every command's examples, steps that lack something, and the forms behind."""
    refs = {name: _first(stage, who, text) for name, (who, text) in _REFERENCES.items()}
    examples = [(who, e) for c in COMMANDS.values() for who in ("north-manager", "lead") for e in (c.name, *c.examples)]
    steps = [(who, step) for step in STEPS for who in ASKERS[:3]]
    opened = set()
    for who, text in dict.fromkeys((*ASKED, *((who, "home") for who in ASKERS), *examples, *steps)):
        typed = _REF.sub(refs["due"], text).format(**refs) if "{" not in text else text.format(**refs)
        answer = _ask(stage, who, typed)
        if answer is None:
            continue
        yield Told(f"{who}: {text}", answer)
        for button in answer.reply.pressable:
            kind = (button.label, answer.reply.title.split(":")[0], answer.verb)
            if button.form and kind not in opened:
                opened.add(kind)
                pressed = stage.gateway.press(_caller(who), button.command, forms=True)
                if pressed is not None:
                    yield Told(f"{who}: {text} [{button.label}]", pressed)


_REFERENCES = {
    "missing": ("north-manager", "open north"),
    "due": ("north-worker", "interviews mine"),
    "other": ("lead", "open south"),
}
_EVENTS = count()


def _caller(who: str) -> Caller:
    return Caller(who, "member", f"event-{next(_EVENTS)}")


def _ask(stage: PracticeRun, who: str, text: str) -> Answer | None:
    return stage.gateway.ask(_caller(who), text)


def _first(stage: PracticeRun, who: str, text: str) -> str:
    """Return the first reference in an answer."""
    answer = _ask(stage, who, text)
    assert answer is not None
    reply = answer.reply
    cells = [str(cell) for table in reply.tables for row in table.rows for cell in row]
    said = " ".join((*reply.text, *(line for s in reply.sections for line in s.lines), *cells))
    return str(_REF.findall(said)[0])
