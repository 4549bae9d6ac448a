"""The practice morning on Slack, Teams and the practice page at once, and what each of them sends.

Each has a copy of the same database and a gateway with its own column of accounts. What is asked, pressed and filled in
happens on all three; the replies are compared without their handles, and read back from what is sent.
"""

from __future__ import annotations

import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select

from bot import practice
from bot.app import App
from bot.chat.slack import modals
from bot.chat.slack import rendering as slack
from bot.chat.teams import dialogs
from bot.chat.teams import rendering as teams
from bot.chat.web.conversations import Conversations
from bot.chat.web.page import PRIVATE, Opened, PracticePage, Where, Who
from bot.conversation.inbound import Answer, Caller, NotFilled
from bot.conversation.outbound import WithNotice
from bot.conversation.reply import Form, Reply
from bot.jobs.delivery import tick
from bot.jobs.job import Run
from bot.rules.access.channel_privacy import Destination, may_read
from bot.rules.partnership.partnership import Channel, Drill
from bot.rules.time.clock import local_day
from bot.server.gateway import Gateway
from bot.server.worker import JOBS
from bot.settings import PRACTICE_FILE, read_settings
from bot.store.database import reading
from bot.store.people_list import Account
from bot.store.schema.access import handle
from tests.support import parity
from tests.support.copied import filled
from tests.support.factories import at
from tests.support.memory_platform import Kept, MemoryChat
from tests.support.parity import Item, Sheet

SLACK, TEAMS, PAGE = "slack", "teams", "offline"
COLUMNS: Mapping[str, Account] = {SLACK: "slack_id", TEAMS: "teams_id", PAGE: "id"}
STARTS = at("Wed 5 Jul 2017 07:58")
PEOPLE = (
    *("lead", "police", "north-manager", "north-worker", "south-worker"),
    *("disability-worker", "coordinator", "analyst", "admin", "police-lead"),
)


def account(who: str, platform: str) -> str:
    """Return a person's account: a member id of Slack, an object id of Entra, the id itself."""
    if platform == SLACK:
        return f"U0{who.replace('-', '').upper()}"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, who)) if platform == TEAMS else who


def channel(name: str, platform: str) -> str:
    """Return the platform's id of a channel."""
    if platform == SLACK:
        return f"C0{name.replace('-', '').upper()}"
    return f"19:{name}@thread.tacv2" if platform == TEAMS else name


def place(name: str, platform: str) -> str:
    return account(name, platform) if name in PEOPLE else channel(name, platform)


@dataclass
class Side:
    """The bot on one platform: its database, its gateway, and the messages that its jobs sent."""

    name: str
    app: App
    at: list[datetime]

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.app, COLUMNS[self.name], self.name, lambda: self.at[0])
        self.gateway.describe = self.describe
        places = {c.address: self.describe(c.address) for c in self.app.partnership.channels}
        self.chat = MemoryChat(self.name, describes=places)
        self.people = {account(who, self.name): who for who in PEOPLE}

    def describe(self, destination: str) -> Destination:
        """Describe a channel as private, with the people of the partnership who may read it."""
        partnership, today = self.app.partnership, local_day(self.at[0])
        here = next((c for c in partnership.channels if c.address == destination), None)
        if here is None:
            return Destination("person", None, is_private=True, is_shared=False, members=(True,))
        readers = tuple(True for p in partnership.people if may_read(p, here, partnership, today))
        return Destination("channel", here.level, is_private=True, is_shared=False, members=readers)

    def caller(self, who: str, event: str, where: str | None) -> Caller:
        return Caller(account(who, self.name), "member", event, channel(where, self.name) if where else None)

    def tick(self) -> None:
        app = self.app
        platforms = {self.name: WithNotice(self.chat, app.notice)}
        tick(
            Run(app.database, app.as_listed(), platforms, app.sealing_key, "a", lambda connection: self.at[0]),
            JOBS,
            STARTS,
        )

    def behind(self, reply: Reply) -> Reply:
        """Return a reply with the commands behind the handles of its buttons, which alone differ."""
        digests = {sha256(b.command.encode()).hexdigest(): b.command for b in reply.pressable}
        with reading(self.app.database) as connection:
            rows = connection.execute(
                select(handle.c.digest, handle.c.purpose, handle.c.command).where(handle.c.digest.in_(digests))
            )
            commands = {digests[digest]: f"{purpose}: {command}" for digest, purpose, command in rows}
        return reply.with_commands([commands.get(b.command, b.command) for b in reply.pressable])

    def to(self, destination: str) -> list[Kept]:
        """Return the messages to a person or a channel, by the name that all platforms share."""
        return self.chat.to(place(destination, self.name))


@dataclass
class Seen:
    """What was compared: a count by kind, and every difference."""

    counts: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    #: Differences by kind and platform; the first platform's count for all that is not the same everywhere.
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    verbs: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def fault(self, kind: str, platform: str, text: str) -> None:
        self.lost[kind, platform] += 1
        self.faults.append(text)


#: A change to a reply on its way to one platform: a test plants a loss with it.
Planted = Callable[[str, Answer], Answer]


@dataclass
class Three:
    """The three platforms, one after another at everything."""

    sides: tuple[Side, Side, Side]
    at: list[datetime]
    seen: Seen = field(default_factory=Seen)
    planted: Planted = lambda platform, answer: answer
    _events: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.page = Page(self.sides[2])

    # ---- what people do

    def ask(self, who: str, text: str, where: str | None = None, *, kind: str = "command") -> Answer | None:
        """Ask on each platform, in private, or aloud in a channel; return the first one's answer."""
        return self.ask_all(who, text, where, kind=kind)[0]

    def ask_all(
        self, who: str, text: str, where: str | None = None, *, kind: str = "command"
    ) -> Sequence[Answer | None]:
        event, is_aloud = f"event-{next(self._events)}", where is not None
        answers = [s.gateway.ask(s.caller(who, event, where), text, aloud=is_aloud) for s in self.sides]
        if answers[0] is not None and answers[0].reply.status == "ok":
            self.seen.verbs.add(answers[0].verb)
        return self._answered(kind, f"{who}: {text}{f' in {where}' if where else ''}", who, answers)

    def press(
        self, who: str, label: str, handles: Sequence[str], where: str | None = None, *, kind: str
    ) -> Sequence[Answer | None]:
        """Press the same button on each platform."""
        event, pairs = f"event-{next(self._events)}", zip(self.sides, handles, strict=True)
        answers = [s.gateway.press(s.caller(who, event, where), h, forms=True) for s, h in pairs]
        return self._answered(kind, f"{who} pressed {label}", who, answers)

    def fill(
        self, who: str, name: str, handles: Sequence[str], values: Mapping[str, str], where: str | None = None
    ) -> Sequence[Answer | None]:
        """Hand the same form in on each platform; what has to be put right is the same, too."""
        event, kind = f"event-{next(self._events)}", "form handed in"
        found: list[Answer | None] = []
        faults: list[Mapping[str, str]] = []
        for side, one in zip(self.sides, handles, strict=True):
            try:
                found.append(side.gateway.fill(side.caller(who, event, where), one, values))
                faults.append({})
            except NotFilled as fault:
                found.append(None)
                faults.append(fault.faults)
        for side, each in zip(self.sides, faults, strict=True):
            if each != faults[0]:
                self.seen.fault(kind, side.name, f"{name} filled in: {faults}")
        if faults[0]:
            self.seen.counts["form to be put right"] += 1
            return found
        return self._answered(kind, f"{who} filled in {name}", who, found)

    def turn(self, now: datetime) -> None:
        """Go to a moment, and run the jobs."""
        self.at[0] = now
        for side in self.sides:
            side.tick()

    # ---- the comparison

    def _answered(self, kind: str, name: str, who: str, answers: Sequence[Answer | None]) -> Sequence[Answer | None]:
        self.seen.counts[kind] += 1
        for side, answer in zip(self.sides, answers, strict=True):
            if answer is not None and answer.reply.file is not None:  # made behind the answer, at its own pace
                side.app.making._pool.submit(lambda: None).result(timeout=120)
        there = [each for each in answers if each is not None]
        if len(there) < len(answers):
            if there:
                self.seen.fault(kind, SLACK, f"{name}: not every platform answers")
            return answers
        self._same(kind, name, [s.behind(a.reply) for s, a in zip(self.sides, there, strict=True)])
        frames = [(a.verb, bool(a.again), bool(a.form), bool(a.share), dict(a.draft)) for a in there]
        self._alike(kind, name, frames)
        for side, answer in zip(self.sides, there, strict=True):
            self._read_back(kind, side.name, name, who, answer)
        return answers

    def posts(self, destination: str, kind: str) -> list[tuple[Kept, ...]]:
        """Compare the messages to one place, in their order; return them by platform."""
        every = [side.to(destination) for side in self.sides]
        if len({len(each) for each in every}) > 1:
            self.seen.fault(kind, SLACK, f"to {destination}: {[len(each) for each in every]} messages")
            return []
        rows = list(zip(*every, strict=True))
        for number, row in enumerate(rows):
            name = f"sent to {destination}, {number}"
            self.seen.counts[kind] += 1
            self._same(kind, name, [kept.message.reply for kept in row])
            frames = [
                (one.message.preview, one.message.aloud, _place_of(one.message.thread, kept))
                for kept, one in zip(every, row, strict=True)
            ]
            self._alike(kind, name, frames)
            for side, kept in zip(self.sides, row, strict=True):
                sealed = side.gateway.for_post(kept.message.reply, kept.destination)
                self._read_back(kind, side.name, name, destination, Answer(sealed), is_post=True)
        return rows

    def _same(self, kind: str, name: str, replies: Sequence[Reply]) -> None:
        for side, reply in zip(self.sides[1:], replies[1:], strict=True):
            if apart := _first_difference(replies[0], reply):
                self.seen.fault(kind, side.name, f"{name}: {side.name} answers otherwise: {apart}")

    def _alike(self, kind: str, name: str, frames: Sequence[object]) -> None:
        for side, frame in zip(self.sides[1:], frames[1:], strict=True):
            if frame != frames[0]:
                self.seen.fault(kind, side.name, f"{name}: {side.name} frames it otherwise: {frames[0]} and {frame}")

    def _read_back(
        self, kind: str, platform: str, name: str, who: str, answer: Answer, *, is_post: bool = False
    ) -> None:
        sent = self.planted(platform, answer)
        try:
            found = parity.differences(answer.reply, self._pages(platform, who, sent, is_post=is_post))
            if answer.reply.form is not None and not is_post:
                found += self._form_lost(platform, who, answer, sent)
            if answer.verb == "home" and platform != PAGE:
                found += parity.differences(answer.reply, [_home(platform, sent)])
        except parity.Strange as strange:
            found = [f"strange: {strange}"]
        self.seen.items[platform] += sum(map(len, parity.said(answer.reply)))
        if found:
            self.seen.fault(kind, platform, f"{platform}, {name}: {'; '.join(found)}")

    def _pages(self, platform: str, who: str, answer: Answer, *, is_post: bool) -> list[list[Item]]:
        if platform == PAGE:
            return [self.page.message(who, answer, is_post=is_post)]
        if platform == SLACK:
            if is_post:
                return [parity.slack_page(slack.post(answer.reply))]
            return _turned(answer, lambda n: parity.slack_page(slack.message(answer, n)))
        if is_post:
            return [parity.teams_page(_sent(teams.post(answer.reply)))]
        return _turned(answer, lambda n: parity.teams_page(_sent(teams.message(answer, n))))

    def _form_lost(self, platform: str, who: str, answer: Answer, sent: Answer) -> list[str]:
        """Compare a form with what is shown of it; Teams shows it as a dialog, and as inputs in a card."""
        form, given = cast(Form, answer.reply.form), cast(Form, sent.reply.form)
        wanted = parity.sheet(form, answer.form, answer.draft)
        self.seen.counts[f"form on {platform}"] += 1
        shown: list[Sheet]
        if platform == SLACK:
            shown = [parity.slack_sheet(modals.view(given, sent.form, values=sent.draft))]
        elif platform == PAGE:
            wanted = replace(wanted, handle="1")
            shown = [self.page.form(who, sent)]
        else:
            card = _sent(dialogs.dialog(given, sent.form, values=sent.draft))
            shown = [parity.teams_sheet(dialogs.title(given), card)]
            if inputs := dialogs.in_card(given, sent.form, values=sent.draft):
                shown.append(parity.teams_in_card(dialogs.title(given), inputs))
        return [f"the form: {parity.apart(wanted, each)}" for each in shown if each != wanted]

    def put_right(
        self, platform: str, who: str, answer: Answer, typed: Mapping[str, str], faults: Mapping[str, str]
    ) -> tuple[str, Sheet]:
        """Return what is shown where a form was filled in wrongly: its words above and beside fields, and the form."""
        form = cast(Form, answer.reply.form)
        if platform == PAGE:
            shown = self.page.form(who, answer, typed, faults)
        elif platform == SLACK:
            view = modals.view(form, answer.form)
            shown = parity.slack_sheet(modals.again(view, _state(view, typed), faults))
        else:
            card = _sent(dialogs.dialog(form, answer.form, values=typed, faults=faults))
            shown = parity.teams_sheet(dialogs.title(form), card)
        texts = [f"{each.bold} {each.text}" for each in shown.text if isinstance(each, parity.Line)]
        return " ".join((*texts, *(each.hint for each in shown.fields))), shown


def _state(view: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a modal as Slack hands them in."""
    names = {"datepicker": "selected_date", "timepicker": "selected_time", "plain_text_input": "value"}
    found = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            name, element = block["block_id"], block["element"]
            chosen = next((o for o in element.get("options", ()) if o["value"] == typed[name]), None)
            value = {"selected_option": chosen} if chosen else {names.get(element["type"], "value"): typed[name]}
            found[name] = {name: value}
    return found


def _sent(card: dict[str, Any]) -> dict[str, Any]:
    """Return a card that fits into an activity of Teams."""
    return cast(dict[str, Any], teams.activity(card, "You have items to look at.")["attachments"][0]["content"])


def _turned(answer: Answer, page: Callable[[int], list[Item]]) -> list[list[Item]]:
    """Return every page of an answer, as far as its own buttons lead."""
    pages = [page(1)]
    while (turn := parity.Turn("more", answer.again, len(pages) + 1)) in pages[-1]:
        pages.append(page(len(pages) + 1))
        if len(pages) > 1 and parity.Turn("more", answer.again, len(pages) - 1) not in pages[-1]:
            raise parity.Strange(f"no way back from page {turn.page}")
    return pages


def _home(platform: str, answer: Answer) -> list[Item]:
    """Return a person's own work as Slack's App Home or a card of Teams, less the moment it was made."""
    if platform == SLACK:
        items = parity.slack_page(slack.home([answer.reply], "08:31")["blocks"])
    else:
        items = parity.teams_page(_sent(teams.home([answer.reply], "08:31")))
    if items[:2] != [parity.Turn("refresh"), parity.Line("Updated 08:31")]:
        raise parity.Strange(f"another beginning of home: {items[:2]}")
    return items[2:]


def _place_of(thread: str | None, kept: Sequence[Kept]) -> int | None:
    """Return the place, among the messages there, of the one that a reply in a thread belongs to."""
    return next((n for n, each in enumerate(kept) if each.number == thread), -1) if thread else None


def _first_difference(one: Reply, other: Reply) -> str:
    """Return the first part in which two replies differ; a row is a text, so its buttons are compared beside it."""
    if one.pressable != other.pressable:
        return f"buttons {one.pressable} and {other.pressable}"
    for name in Reply.__dataclass_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            return f"{name}: {mine!r} and {theirs!r}"
    return ""


def everything(reply: Reply) -> str:
    """Return the words of a reply."""
    cells = [str(cell) for table in reply.tables for row in table.rows for cell in row]
    return " ".join((*reply.text, *(line for s in reply.sections for line in s.lines), *cells))


class Page:
    """The practice page of one side, as a stage of its own: it shows what it is handed."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.gateway = side.gateway
        self.conversations = Conversations(side.describe, side.gateway.for_post, lambda: side.at[0])
        self.name, self.moves, self.moving = side.app.partnership.name, (), None
        self.people = [Who(p.id, p.agency) for p in side.app.partnership.people]
        everybody = tuple(p.id for p in side.app.partnership.people)
        self.channels = [Where(c.id, c.name, c.level, everybody) for c in side.app.partnership.channels]
        self._page = PracticePage(cast(Any, self))

    @property
    def now(self) -> datetime:
        return self.side.at[0]

    def message(self, who: str, answer: Answer, *, is_post: bool) -> list[Item]:
        """Return what the page shows of one message."""
        self.conversations.messages.clear()
        at = PRIVATE if who in PEOPLE else who
        reader = who if who in PEOPLE else PEOPLE[0]
        if is_post:
            self.conversations.put(who, answer.reply)
        else:
            self.conversations.whisper(who, answer, who)
        return parity.page_message(self._article(self._page._show(reader, at)))

    def form(
        self, who: str, answer: Answer, typed: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None
    ) -> Sheet:
        self._page._forms = {"1": Opened(who, PRIVATE, answer, typed or {}, faults or {})}
        return parity.page_sheet(self._article(self._page._form(who, PRIVATE, "1")))

    @staticmethod
    def _article(response: Any) -> parity.Node:
        (found,) = parity.tree(response.body.decode()).all("article")
        return found


# ---- the morning


@contextmanager
def three(folder: Path) -> Iterator[Three]:
    """Yield the three platforms at 07:58, with the practice exports loaded."""
    moment = [STARTS]
    first = folder / "loaded"
    filled(first, "three platforms", lambda: _load(first))
    apps = [_app(folder / name, name, first) for name in COLUMNS]
    try:
        slack_side, teams_side, page_side = (Side(name, app, moment) for name, app in zip(COLUMNS, apps, strict=True))
        yield Three((slack_side, teams_side, page_side), moment)
    finally:
        for app in apps:
            app.close()


def _load(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "partnership.toml").write_text(_with_accounts(), encoding="utf-8")
    app = App(_settings(folder))
    files = practice.write_exports(folder / "exports")
    for source, taken_at in practice.TAKEN_AT.items():
        app.load(source, files[source], taken_at)
    app.close()


def _with_accounts() -> str:
    text = PRACTICE_FILE.read_text(encoding="utf-8")
    for who in PEOPLE:
        ids = f'slack_id = "{account(who, SLACK)}"\nteams_id = "{account(who, TEAMS)}"\n'
        text = text.replace(f'[[people]]\nid = "{who}"\n', f'[[people]]\nid = "{who}"\n{ids}', 1)
    return text


def _settings(folder: Path) -> Any:
    environ = {
        "BOT_DATABASE_URL": f"sqlite:///{folder / 'bot.sqlite'}",
        "BOT_PARTNERSHIP": str(folder / "partnership.toml"),
    }
    return replace(read_settings(environ), data_folder=folder)


def _app(folder: Path, platform: str, loaded: Path) -> App:
    """Return the bot on a copy of the database, with every channel on one platform."""
    shutil.copytree(loaded, folder)
    settings = _settings(folder)
    channels = tuple(_moved(c, platform) for c in settings.partnership.channels)
    chosen = replace(settings.partnership, channels=channels, drill=Drill("duty_inspector", "duty_team_manager", day=5))
    return App(replace(settings, partnership=chosen))


def _moved(of: Channel, platform: str) -> Channel:
    return replace(of, platform=cast(Any, platform), destination="" if platform == PAGE else channel(of.id, platform))
