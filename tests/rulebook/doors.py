"""The product's own doors for a case of the rule book: exports, questions, steps in chat, digests and ticks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.app import App
from bot.chat.terminal import as_text
from bot.cli import terminal
from bot.conversation.outbound import CannotTell, Message, Outcome, Unknown
from bot.conversation.reply import Fact, Reply
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.access.channel_privacy import Destination
from bot.server.worker import JOBS
from bot.settings import PRACTICE_FILE, read_partnership
from tests.support import exports
from tests.support.doubts import Bot, bot_on, bot_with
from tests.support.exports import Row
from tests.support.factories import at
from tests.support.job_scene import CHANNELS
from tests.support.memory_platform import MemoryChat

WORKER, MANAGER, COORDINATOR, LEAD, POLICE = "north-worker", "north-manager", "coordinator", "lead", "police"
COUNTY, NORTH, COUNTS = "county-digest", "north-digest", "county-counts"
BECAUSE = 'because "the carer rang the duty desk at noon"'
#: The references of children in a text, of the practice partnership.
REFERENCE = re.compile(r"OX-[A-Z0-9]{4,6}")


def police(number: int, start: str, back: str = "", /, child: int | str = 1, **cells: str) -> Row:
    """Return a police occurrence of a child, still missing unless `back` says when it returned."""
    refs = {"occurrence_ref": f"OCC-{number}", "police_ref": f"NOM-{child}"}
    times = {"last_seen_at": start, "reported_at": start, "risk_at": start, "found_at": "", "returned_at": back}
    rest = {"prevention_interview_at": "", "end_reason": "returned_self" if back else ""}
    return exports.police(**{**refs, **times, **rest, **cells})


def child(number: int = 1, /, **cells: str) -> Row:
    """Return the council's record of a child: at home in the north, a child in need, worker north-worker."""
    home = dict.fromkeys(("looked_after_from", "placement", "provider", "iro"), "")
    refs = {"child_id": f"C-{number}", "police_ref": f"NOM-{number}", "case_status": "cin"}
    return exports.child(**{**home, **refs, **cells})


def looked_after(number: int = 1, /, **cells: str) -> Row:
    """Return the council's record of a child looked after since 2016, in a home in the north."""
    care = {"case_status": "lac", "looked_after_from": "2016-01-01", "placement": "residential", "provider": "R-01"}
    return child(number, **{**care, "iro": "IRO-03", **cells})


def council(number: int, start: str, back: str = "", /, child: int | str = 1, **cells: str) -> Row:
    """Return the council's form of an absence, its interview untouched unless the cells say more."""
    untouched = ("offered_at", "response", "held_at", "recorded_at", "interviewer_role", "independent")
    refs = {"episode_id": f"EP-{number}", "occurrence_ref": f"OCC-{number}", "child_id": f"C-{child}"}
    times = {"started_at": start, "ended_at": back, "returned_at": back}
    return exports.interview(**{**dict.fromkeys(untouched, ""), **refs, **times, **cells})


_HELD = {"offered_at": "2016-09-02 10:00", "response": "accepted", "held_at": "2016-09-03 10:00"}
#: An absence of another child, long over and written up, in each export of each case: the exports begin with it.
LONG_AGO = {
    "police": police(90, "2016-09-01 22:00", "2016-09-02 03:00", child=9),
    "children": child(9),
    "interviews": council(90, "2016-09-01 22:00", "2016-09-02 03:00", child=9, **_HELD, recorded_at="2016-09-03 12:00"),
}


@dataclass
class Chat(MemoryChat):
    """A platform that may be down: it takes nothing, and cannot say what it has."""

    down: bool = False

    def describe(self, destination: str) -> Destination:
        if self.down:
            raise CannotTell
        return super().describe(destination)

    def post(self, destination: str, message: Message) -> Outcome:
        return Unknown("timeout") if self.down else super().post(destination, message)

    def find(self, destination: str, marker: str, since: datetime, thread: str | None = None) -> Sequence[str]:
        if self.down:
            raise CannotTell
        return super().find(destination, marker, since, thread)


@dataclass
class Doors:
    """One bot with a database of its own, a platform in memory, and the practice clock."""

    bot: Bot
    now: datetime = field(default_factory=lambda: at("Mon 1 May 2017 07:00"))
    chat: Chat = field(default_factory=lambda: Chat(describes=dict(CHANNELS)))
    post: MemoryChat | None = None
    addresses: tuple[str, ...] = ()
    started: datetime | None = None

    def clock(self, words: str) -> None:
        self.now = at(words)

    def load(self, words: str, **files: tuple[Row, ...] | list[Row]) -> None:
        """Load an export of each source named, taken at this moment; each holds the absence of long ago too."""
        self.clock(words)
        for source, also in LONG_AGO.items():
            if source in files:
                self.bot.load(source, self.now, *files[source], also)

    def ask(self, text: str, who: str = COORDINATOR, words: str = "") -> Reply:
        """Ask, or say a step, in private; a list comes as a file, with a column for each fact."""
        if words:
            self.clock(words)
        listed = text.split()[0] in ("open", "interviews", "sources")
        return self.bot.ask(text, who, self.now, export=listed)

    def said(self, text: str, who: str = COORDINATOR, words: str = "") -> str:
        return as_text(self.ask(text, who, words))

    def digest(self, channel: str = COUNTY, words: str = "") -> Reply:
        """Compose a channel's digest as the verb `digest` does."""
        if words:
            self.clock(words)
        return terminal.digest(self.bot.app, channel, self.now)

    def tick(self, *moments: str) -> None:
        """Run every job at these moments, as `serve --once` does."""
        for words in moments:
            self.tick_at(at(words))

    def tick_at(self, now: datetime) -> None:
        self.now = now
        self.started = self.started or now
        app = self.bot.app
        platforms = {"offline": self.chat, **({"email": self.post} if self.post else {})}
        ours = app.as_listed()
        if self.addresses:
            ours = replace(ours, delivery=replace(ours.delivery, email=self.addresses))
        run = Run(app.database, ours, platforms, app.sealing_key, "a", lambda _: self.now)
        tick(run, JOBS, self.started)

    def mail(self, address: str) -> MemoryChat:
        """Name an address for e-mail without content, and return its post box."""
        nobody = Destination("channel", 0, is_private=None, is_shared=None, members=None)
        self.addresses = (address,)
        self.post = MemoryChat("email", can_tell=False, repeat_harmless=True, describes={address: nobody})
        return self.post

    def posted(self, destination: str) -> str:
        """Return what stands in a channel, or was sent to a person."""
        return "\n".join(kept.text for kept in self.chat.to(destination))

    def episodes(self) -> list[int]:
        """Return the numbers of the episodes as they are stored, without that of long ago."""
        return [x["id"] for x in self.bot.rows("episode") if x["occurrence_ref"] != "OCC-90"]

    def occurrences(self) -> list[str]:
        """Return the references of the police's records as they are stored, without that of long ago."""
        return [x["occurrence_ref"] for x in self.bot.rows("occurrence") if x["occurrence_ref"] != "OCC-90"]

    def ref(self, number: int = 1) -> str:
        return self.bot.ref(number)


@contextmanager
def doors(url: str, folder: Path, world: Callable[[Bot], None] | None = None, keys: str = "") -> Iterator[Doors]:
    """Yield the doors of a bot with an empty database, or with the exports that `world` loads.

    `keys` are added to the practice partnership's file.
    """
    with bot_with(world, url, folder) if world else bot_on(url, folder) as bot:
        if not keys:
            yield Doors(bot)
            return
        file = folder / "partnership.toml"
        file.write_text(f"{PRACTICE_FILE.read_text(encoding='utf-8')}\n{keys}", encoding="utf-8")
        settings = bot.app.settings
        asked = replace(read_partnership(file), sources=settings.partnership.sources)
        with closing(App(replace(settings, partnership=asked))) as app:
            yield Doors(Bot(app, folder))


def small_print(reply: Reply) -> str:
    """Return what a reply says around its figures: lead, notes and footer."""
    notes = (*(f.note for f in reply.facts), *(t.note for t in reply.tables))
    return "\n".join((*reply.text, *notes, *reply.footer))


def lines(reply: Reply, *words: str) -> list[str]:
    """Return the lines of a reply (its lead, sections and rows) with all of these words in them."""
    rows = [" · ".join(map(str, row)) for each in reply.tables for row in each.rows]
    every = [*reply.text, *(line for s in reply.sections for line in s.lines), *rows]
    return [line for line in every if all(w.lower() in line.lower() for w in words)]


def section(reply: Reply, begins: str, *words: str) -> list[str]:
    """Return the lines with all of these words in the sections whose title begins so."""
    found = [line for s in reply.sections if s.title.startswith(begins) for line in s.lines]
    return [line for line in found if all(w.lower() in line.lower() for w in words)]


def figure(reply: Reply, label: str) -> Fact | None:
    """Return a figure by its label; None where the reply has none of that name."""
    return next((f for f in reply.facts if f.label == label), None)


def deadline(reply: Reply) -> str:
    """Return until when an interview is in time, of its row."""
    found = re.search(r"due (\w{3} \d+ \w{3} [\d: ]*\d(?: BST| GMT)?)", reply.text[0])
    return found[1] if found else ""


def value(reply: Reply, label: str) -> object:
    found = figure(reply, label)
    return found.value if found else None


def counts(reply: Reply, label: str) -> tuple[int | None, int | None] | None:
    """Return a rate's numerator and denominator; None where the reply has none of that name."""
    found = figure(reply, label)
    return (found.numerator, found.denominator) if found else None


def rows_of(d: Doors, ref: str, question: str, words: str = "") -> list[str]:
    """Return the rows of a child in a list, each as one line."""
    reply = d.ask(question, words=words)
    return [" · ".join(map(str, row)) for t in reply.tables for row in t.rows if ref in map(str, row)]


def told(d: Doors, person: str, *words: str) -> list[str]:
    """Return the messages that were sent to a person with all of these words in them."""
    return [k.text for k in d.chat.to(person) if all(w.lower() in k.text.lower() for w in words)]
