"""Compare the practice morning on Slack, Teams and the practice page: python -m tests.bench.parity [--small].

Commands, digests, calls, reminders, a drill and their buttons and forms go to all three at once. The replies have to be
the same, and everything in them is looked for in what each platform sends. The table says what was compared.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bot.conversation.inbound import Answer
from bot.conversation.reply import Field, Form
from bot.rules.time.clock import local_day
from tests.support.asking import COMMANDS
from tests.support.factories import at
from tests.support.memory_platform import Kept
from tests.support.three_platforms import PAGE, PEOPLE, SLACK, STARTS, TEAMS, Three, everything, three

CHANNELS = ("county-digest", "north-digest", "county-counts")
#: Who may press in a channel.
READERS = {"county-digest": "coordinator", "north-digest": "north-manager", "county-counts": "analyst"}
FEW = ("lead", "north-manager", "police")
EXAMPLES = tuple(text for c in COMMANDS.values() for text in dict.fromkeys((c.name, *c.examples)))
#: Steps that lack something, and slips: beside every example of every command.
STEPS = (
    *("interview {due}", "interview {due} offered", "interview {due} declined", "interview {due} hand to"),
    *("interview {due} snooze", "interview {due} why", "interview {due} on it", "interview {due} not possible"),
    *("strategy {missing} held", "strategy {missing} threshold met", "child {missing}", "child {other}", "child"),
    *("age {missing}", "ended {missing}", "said {missing}", "said new", "on-call cover", "on-call swap", "away"),
    *(
        "interviews overdue",
        "sources police-only",
        "stats",
        "trend",
        "trend months",
        "stat nort",
        "help stats",
        "help nothing",
    ),
)
_REF = re.compile(r"OX-[A-Z0-9]{4}")


def walk(on: Three, *, small: bool) -> None:
    """Live through the morning: posts and their buttons first, then every command, then the drill and the close."""
    for moment in ("08:00", "08:01", "08:28"):
        on.turn(at(f"Wed 5 Jul 2017 {moment}"))
    compare_posts(on, {"channel": "digest part", "person": "call"})
    refs = references(on)
    for moment in ("08:30", "08:31"):
        on.turn(at(f"Wed 5 Jul 2017 {moment}"))
    compare_posts(on, {"channel": "digest part, later", "person": "call or reminder"})
    press_posts(on, small=small)
    on.turn(on.at[0] + timedelta(minutes=1))
    compare_posts(on, {"channel": "digest part after steps", "person": "post after steps"})
    ask_everything(on, refs, small=small)
    for moment in ("10:00", "10:01", "10:45"):
        on.turn(at(f"Wed 5 Jul 2017 {moment}"))
    press_posts(on, small=small, only="DRILL", kind="drill action")
    on.turn(at("Wed 5 Jul 2017 18:00"))
    on.turn(at("Wed 5 Jul 2017 18:01"))
    compare_posts(on, {"channel": "digest part after the close", "person": "post of the day"})


def compare_posts(on: Three, kinds: Mapping[str, str]) -> None:
    for where in CHANNELS:
        on.posts(where, kinds["channel"])
    for who in PEOPLE:
        on.posts(who, kinds["person"])


def press_posts(on: Three, *, small: bool, only: str = "", kind: str = "reminder, call or digest action") -> None:
    """Press every button of every post, each as a person who reads it; in the small form one of each label a place."""
    for where in (*PEOPLE, *CHANNELS):
        pressed: set[str] = set()
        for row in on.posts(where, "drill" if only else "post to press"):
            if only not in row[0].message.reply.title:
                continue
            for label, handles in buttons(on, row):
                if small and label in pressed:
                    continue
                pressed.add(label)
                who = READERS.get(where, where)
                channel = where if where in CHANNELS else None
                answers = on.press(who, label, handles, channel, kind=kind)
                fill_in(on, who, answers, channel)


def buttons(on: Three, row: Sequence[Kept]) -> Iterator[tuple[str, Sequence[str]]]:
    sealed = [
        side.gateway.for_post(kept.message.reply, kept.destination) for side, kept in zip(on.sides, row, strict=True)
    ]
    for each in zip(*(reply.pressable for reply in sealed), strict=True):
        yield each[0].label, [button.command for button in each]


def fill_in(on: Three, who: str, answers: Sequence[Answer | None], channel: str | None = None) -> None:
    """Hand a form in that opened: empty, then filled."""
    there = [answer for answer in answers if answer is not None]
    form = there[0].reply.form if len(there) == len(answers) else None
    if form is None or any(answer.reply.form is None for answer in there):
        return
    handles = [answer.form for answer in there]
    on.seen.forms.add(form.kind)
    on.fill(who, form.title, handles, {}, channel)
    on.fill(who, form.title, handles, typed(on, form), channel)


def typed(on: Three, form: Form) -> dict[str, str]:
    return {each.id: _value(on, each) for each in form.fields}


def _value(on: Three, of: Field) -> str:
    if of.kind == "choice" and of.options:
        return of.initial or of.options[-1].value
    today = local_day(on.at[0])
    values = {"date": of.initial or today.isoformat(), "time": of.initial or "07:45", "words": "No answer by telephone"}
    return values.get(of.kind, "north-manager")


def references(on: Three) -> dict[str, str]:
    """Return a child missing in the north, one whose interview is due there, and one of another area."""
    asked = {"missing": ("north-manager", "open north"), "due": ("north-worker", "interviews mine")}
    asked["other"] = ("lead", "open south")
    found = {}
    for name, (who, text) in asked.items():
        answer = on.ask(who, text)
        assert answer is not None
        found[name] = _REF.findall(everything(answer.reply))[0]
    return found


def ask_everything(on: Three, refs: Mapping[str, str], *, small: bool) -> None:
    """Ask every example of every command, as several people, in private and aloud; press what the answers offer."""
    pressed: set[str] = set()
    for who, text in asked(small=small):
        answers = on.ask_all(who, _REF.sub(refs["missing"], text).format(**refs))
        fill_in(on, who, answers)
        press_answer(on, who, answers, pressed, small=small)
    for where in CHANNELS:
        for text in EXAMPLES[:: 9 if small else 1]:
            on.ask(READERS[where], _REF.sub(refs["missing"], text), where, kind="command aloud in a channel")


def asked(*, small: bool) -> Iterator[tuple[str, str]]:
    """Yield who asks what; in the small form each command is asked by three people, and each example by one."""
    if not small:
        yield from ((who, text) for who in PEOPLE for text in (*EXAMPLES, *STEPS))
        return
    firsts = [c.examples[0] for c in COMMANDS.values()]
    yield from ((who, text) for who in FEW for text in firsts)
    yield from (("lead", text) for text in EXAMPLES if text not in firsts)
    yield from (("north-manager", text) for text in STEPS)


def press_answer(on: Three, who: str, answers: Sequence[Answer | None], pressed: set[str], *, small: bool) -> None:
    """Press the buttons of an answer, one of each label a person; in the small form one of each label."""
    there = [answer for answer in answers if answer is not None]
    if len(there) < len(answers) or len({len(answer.reply.pressable) for answer in there}) > 1:
        return
    for each in zip(*(answer.reply.pressable for answer in there), strict=True):
        key = f"{'' if small else who} {there[0].verb} {_REF.sub('', each[0].label)}"
        if key not in pressed:
            pressed.add(key)
            handles = [button.command for button in each]
            fill_in(on, who, on.press(who, each[0].label, handles, kind="button of an answer"))


def table(on: Three) -> Iterator[str]:
    """Return the table of the note: what was compared and found again on each platform."""
    seen = on.seen
    yield f"{'the same reply, read back from what is sent':48}{'Slack':>10}{'Teams':>10}{'practice page':>16}"
    rows = [
        (f"commands: {len(seen.verbs)} of {len(COMMANDS)}", "command"),
        ("commands aloud", "command aloud in a channel"),
    ]
    kinds = [kind for kind in seen.counts if kind not in {kind for _, kind in rows} and " on " not in kind]
    for name, kind in (*rows, *((kind, kind) for kind in kinds)):
        lost = [seen.lost[kind, platform] for platform in (SLACK, TEAMS, PAGE)]
        cells = [f"{seen.counts[kind] - n}/{seen.counts[kind]}" for n in lost]
        yield f"{name:48}{cells[0]:>10}{cells[1]:>10}{cells[2]:>16}"
    forms = [seen.counts[f"form on {platform}"] for platform in (SLACK, TEAMS, PAGE)]
    yield f"{f'forms shown, of {len(seen.forms)} kinds':48}{forms[0]:>10}{forms[1]:>10}{forms[2]:>16}"
    items = [seen.items[platform] for platform in (SLACK, TEAMS, PAGE)]
    yield f"{'titles, lines, rows, buttons and footers':48}{items[0]:>10}{items[1]:>10}{items[2]:>16}"


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--small", action="store_true", help="the form that every test run takes")
    small = given.parse_args().small
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, three(Path(name)) as on:
        on.turn(STARTS)
        walk(on, small=small)
        for line in table(on):
            print(line)
        print(f"forms: {', '.join(sorted(on.seen.forms))}")
        print(f"{len(on.seen.faults)} differences, {time.monotonic() - began:.0f} s")
        for fault in on.seen.faults[:50]:
            print(f"- {fault[:400]}")


if __name__ == "__main__":
    main()
