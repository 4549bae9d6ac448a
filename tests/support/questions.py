"""Ask the questions and steps of `tests/journeys/questions.json` of the practice county, and class the answers.

Each is asked twice: in the person's own words, and as the command that was intended, written beside it before the
grammar was made. Nothing is recorded: the dispatcher returns the steps as effects, which are compared too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bot import practice
from bot.app import App
from bot.conversation.command import PRIVATE, Request
from bot.conversation.dispatcher import Dispatched, Dispatcher
from bot.conversation.refusals import TITLES
from bot.conversation.reply import Reply
from bot.practice import TAKEN_AT
from bot.rules.partnership.partnership import HeldRole, Person
from bot.settings import ROOT, read_settings

FILE = ROOT / "tests" / "journeys" / "questions.json"
#: The references of the file: they stand for three open interviews that a worker may update.
WRITTEN = ("OX-UXV4", "OX-7QK4", "OX-4NMR")
WORKER = "north-worker"

#: The titles of refusals by right.
REFUSALS = {"Not shown", "Not answered", *TITLES.values()}
Class = Literal["understood", "asked back", "refused clearly", "WRONG"]
CLASSES: tuple[Class, ...] = ("understood", "asked back", "refused clearly", "WRONG")


@dataclass(frozen=True)
class Asked:
    """A question, the command intended, the class of its answer and the answer's first words."""

    kind: Literal["questions", "steps"]
    by: str
    who: str
    text: str
    intended: str
    found: Class
    answer: str

    @property
    def as_intended(self) -> bool:
        """Return True where the answer is what was intended, be it an answer, a question or a refusal."""
        return self.found == "understood" or (self.intended in ("ask back", "refuse") and self.found != "WRONG")


@contextmanager
def practice_county(folder: Path) -> Iterator[App]:
    """Yield the practice partnership with its exports loaded."""
    with closing(App(read_settings({"BOT_DATABASE_URL": f"sqlite:///{folder / 'practice.sqlite'}"}))) as app:
        files = practice.write_exports(folder)
        for source in ("police", "interviews", "children"):
            app.load(source, files[source], TAKEN_AT[source])
        yield app


def ask_everything(app: App) -> list[Asked]:
    given = json.loads(FILE.read_text(encoding="utf-8"))
    now = datetime.fromisoformat(given["now"])
    # The reader took for granted a county that counts its years from April; the maker asked of the practice county.
    desks = {"fresh reader": _of_april(app.dispatcher), "maker": app.dispatcher}
    stand_ins = dict(zip(WRITTEN, _open_of(app, app.dispatcher, now), strict=True))
    answers: dict[tuple[str, str, str], Dispatched] = {}

    def ask(text: str, person: str, by: str) -> Dispatched:
        real = text
        for written, reference in stand_ins.items():
            for old, new in ((written[3:], reference[3:]), (written[3:].lower(), reference[3:].lower())):
                real = real.replace(old, new)
        key = (real, person, by)
        if key not in answers:
            actor = _leading(app.person(person)) if person == WORKER else app.person(person)
            answers[key] = desks[by].dispatch(Request(actor, PRIVATE, real, now, account="terminal"))
        return answers[key]

    return [_asked(kind, row, ask) for kind in ("questions", "steps") for row in given[kind]]


def _asked(kind: Any, row: dict[str, str], ask: Any) -> Asked:
    got, intended = ask(row["text"], row["as"], row["by"]), row["intended"]
    wanted = ask(intended, row["as"], row["by"]) if intended not in ("ask back", "refuse") else None
    found = classed(got, wanted)
    reply = got.reply
    first = " / ".join((reply.title, *reply.text))[:240]
    return Asked(kind, row["by"], row["who"], row["text"], intended, found, first)


def classed(got: Dispatched, wanted: Dispatched | None) -> Class:
    """Class an answer beside the one of the intended command, which is None where none was intended."""
    reply = got.reply
    if wanted is not None and wanted.reply.status != "unclear" and _same(got, wanted):
        return "refused clearly" if reply.title in REFUSALS else "understood"
    if reply.title.endswith("?") and not got.effects:  # "Which return interview of ...?"
        return "asked back"
    if reply.status == "unclear":
        return "asked back" if reply.buttons or "?" in " ".join(reply.text) else "refused clearly"
    if reply.status == "refused" and not got.effects:
        return "refused clearly"
    return "WRONG"


def _leading(worker: Person | None) -> Person:
    """Let the worker answer for the area too, so that more than one open interview is theirs to update."""
    assert worker
    return replace(worker, also=(HeldRole("team_manager", worker.areas, None),))


def _same(got: Dispatched, wanted: Dispatched) -> bool:
    return bool(_plain(got) == _plain(wanted))


def _plain(of: Dispatched) -> Any:
    """Return an answer without how it was read, its buttons, which repeat the period, and its row of the trail."""
    text = tuple(line for line in of.reply.text if not line.startswith("I read this as"))
    return replace(of.reply, text=text, buttons=(), form=None), of.effects


def _of_april(desk: Dispatcher) -> Dispatcher:
    """Return the dispatcher of the same county, if it counted its years from April."""
    return replace(desk, partnership=replace(desk.partnership, year_begins=4))


def _open_of(app: App, desk: Dispatcher, now: datetime) -> list[str]:
    """Return the references of open interviews that the worker may update, their own first."""

    def ask(text: str) -> Reply:
        return desk.dispatch(Request(_leading(app.person(WORKER)), PRIVATE, text, now)).reply

    lists = (ask("interviews mine"), ask("interviews"))
    rows = [str(row[0]) for reply in lists for t in reply.tables for row in t.rows]
    said = "\n".join((*lists[0].text, *lists[1].text, *rows))
    found = list(dict.fromkeys(re.findall(r"OX-[2-9A-Z]{4}", said)))
    # With a digit, as those of the file; steps that are recorded show more of how they were read than those refused.
    later = {ref: ask(f"interview {ref} held 2017-07-04 15:30").title[:8] != "Recorded" for ref in found}
    return sorted(found, key=lambda ref: (not re.search("[0-9]", ref), later[ref]))[: len(WRITTEN)]


def counts(asked: list[Asked], kind: str, by: str = "") -> Counter[str]:
    return Counter(a.found for a in asked if a.kind == kind and by in ("", a.by))
