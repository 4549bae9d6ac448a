"""The routes of the practice page: each is a request to the gateway, and what it changed is shown.

The address holds the person to be and the place, so that two windows are two people. The page is for this machine
alone, and every change comes from the page itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from bot.chat.web.conversations import Conversations, Shown
from bot.conversation.inbound import Answer, Caller, Inbound, NotFilled
from bot.conversation.reply import Chart, Reply, ReportFile, Row
from bot.logs.setup import unexpected
from bot.rules.access.channel_privacy import level_of
from bot.rules.catalogue import _
from bot.rules.time import clock

ROOT = "/practice"
#: The places of every person beside the channels.
PRIVATE, HOME = "private", "home"
#: A name of this machine; an address that another name leads to could be another site's.
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
#: More than any form of the page sends.
LONGEST = 100_000
_HERE = Path(__file__).parent
#: The forms of a report, and their types.
REPORT_FORMS = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_FILES = {"page.css": "text/css", "page.js": "text/javascript"}

ELSEWHERE = Reply(
    _("Answered in private"),
    0,
    (_("I have answered you in our private conversation: not everybody here may be entitled to it."),),
)
DONE_ALREADY = Reply(_("Done already"), 0, (_("This was pressed before."),))
SHARED = Reply(_("Shared"), 0, (_("Shared with the channel."),))


@dataclass(frozen=True, slots=True)
class Who:
    """A person of the partnership file. `about` is their role and agency in words."""

    id: str
    about: str


@dataclass(frozen=True, slots=True)
class Where:
    """A channel: its destination, its name, and the people who may read it."""

    id: str
    name: str
    level: int
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockMove:
    """A choice for the clock."""

    label: str
    to: datetime


@dataclass(frozen=True, slots=True)
class ClockMoving:
    """A move of the clock under way."""

    begins: datetime
    now: datetime
    ends: datetime


class Stage(Protocol):
    """One run of the practice, as the page uses it."""

    @property
    def gateway(self) -> Inbound: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def name(self) -> str:
        """The name of the partnership."""

    @property
    def now(self) -> datetime: ...
    @property
    def people(self) -> Sequence[Who]: ...
    @property
    def channels(self) -> Sequence[Where]: ...
    @property
    def moves(self) -> Sequence[ClockMove]: ...
    @property
    def moving(self) -> ClockMoving | None: ...
    def acting(self) -> AbstractContextManager[None]:
        """Hold the practice for one action; at the end the jobs of a tick run, so that posts change at once."""

    def move_to(self, moment: datetime) -> None:
        """Move the clock; a long move goes on after this returns."""

    def begin_again(self) -> None: ...
    def draw(self, chart: Chart) -> bytes | None: ...
    def make(self, file: ReportFile) -> Mapping[str, bytes] | str:
        """Make a report's files, by form; a sentence where that failed."""


@dataclass
class Opened:
    """A form that a person has open: the answer that holds it, what was typed, and what has to be put right."""

    person: str
    place: str
    answer: Answer
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


async def typed_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form of the page."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LONGEST:
                raise HTTPException(413)
    except ClientDisconnect:  # the second press of a double click took its place
        raise HTTPException(400) from None
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def from_this_page(request: Request) -> None:
    """Refuse a request from another machine, under another name, or from another site's page."""
    host = request.headers.get("host", "")
    asked, peer = urlsplit(f"//{host}").hostname, request.client.host if request.client else ""
    if asked not in THIS_MACHINE or peer not in THIS_MACHINE:
        raise HTTPException(403, _("The practice page is for this machine alone."))
    if request.method == "POST" and request.headers.get("origin") != f"http://{host}":
        raise HTTPException(403, _("A change must come from the practice page itself."))


Fields = Annotated[dict[str, str], Depends(typed_fields)]


class PracticePage:
    """The page of one practice; `router` has its routes."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._forms: dict[str, Opened] = {}
        #: Counts the beginnings, so that a page of an earlier one knows that it is out of date.
        self._begun = 0
        self._pictures: dict[Chart, bytes] = {}
        self._templates = _environment()
        self.router = APIRouter(prefix=ROOT, dependencies=[Depends(from_this_page)])
        get = partial(self.router.add_api_route, methods=["GET"], response_model=None)
        post = partial(self.router.add_api_route, methods=["POST"], response_model=None)
        get("", self._door)
        get("/version", self._version)
        get("/file/{name}", self._file)
        post("/clock", self._move)
        post("/again", self._again)
        get("/{person}/{place}", self._show)
        get("/{person}/{place}/form/{number}", self._form)
        get("/{person}/{place}/chart/{number}/{which}", self._chart)
        get("/{person}/{place}/report/{number}/{form}", self._report)
        post("/{person}/{place}/ask", self._ask)
        post("/{person}/{place}/press", self._press)
        post("/{person}/{place}/share", self._share)
        post("/{person}/{place}/hide", self._hide)
        post("/{person}/{place}/fill/{number}", self._fill)

    # ---- what is shown

    def _door(self, person: str = "", place: str = "") -> Response:
        """Lead to a person's place; the first channel that they read, where none is named."""
        person = person or self.stage.people[0].id
        places = [c.id for c in self._channels_of(person)]
        return RedirectResponse(address(person, place if place in (PRIVATE, HOME, *places) else (*places, PRIVATE)[0]))

    def _version(self) -> Response:
        """Tell an open page whether it is out of date, and how many seconds a moving clock has gone."""
        moving = self.stage.moving
        gone = None if moving is None else (moving.now - moving.begins).total_seconds()
        return JSONResponse({"version": self._state(), "moving": gone})

    def _file(self, name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404)
        return Response((_HERE / "templates" / name).read_bytes(), media_type=_FILES[name])

    def _show(self, person: str, place: str) -> Response:
        if self.stage.moving is not None:
            return self._html("moving.html", moving=self.stage.moving, back=address(person, place))
        here = self._known(person, place)
        shown: list[Shown] = []
        home = None
        before = 0
        if place == HOME:
            with self.stage.acting():
                home = self.stage.gateway.ask(Caller(person, "member"), "home")
        else:
            shown = list(self.stage.conversations.seen_by(person, self._destination(person, place)))
            before = self.stage.conversations.read(person, self._destination(person, place))
        replies: dict[int, list[Shown]] = {}
        for m in shown:
            if m.thread is not None:
                replies.setdefault(m.thread, []).append(m)
        listed = [m for m in shown if m.thread is None or m.aloud]
        return self._html(
            "conversation.html",
            person=person,
            place=place,
            here=here,
            listed=listed,
            replies=replies,
            before=before,
            newest=listed[-1].number if listed else 0,
            home=home.reply if home else None,
        )

    def _form(self, person: str, place: str, number: str) -> Response:
        here, opened = self._known(person, place), self._forms.get(number)
        if opened is None or (opened.person, opened.place) != (person, place) or opened.answer.reply.form is None:
            return self._to(person, place)
        form = opened.answer.reply.form
        values = {f.id: opened.typed.get(f.id, opened.answer.draft.get(f.id, f.initial)) for f in form.fields}
        given = {"form": form, "number": number, "values": values, "faults": opened.faults}
        return self._html("form.html", person=person, place=place, here=here, **given)

    def _chart(self, person: str, place: str, number: int, which: int) -> Response:
        self._known(person, place)
        shown = next((m for m in self._seen(person, place) if m.number == number), None)
        if shown is None or not 0 <= which < len(shown.reply.charts):
            raise HTTPException(404)
        chart = shown.reply.charts[which]
        picture = self._pictures.get(chart) or self.stage.draw(chart)
        if picture is None:
            raise HTTPException(404)
        self._pictures[chart] = picture
        return Response(picture, media_type="image/png")

    def _report(self, person: str, place: str, number: int, form: str) -> Response:
        """Hand over one file of a report; it is made when it is asked for."""
        self._known(person, place)
        shown = next((m for m in self._seen(person, place) if m.number == number), None)
        if shown is None or shown.reply.file is None or form not in REPORT_FORMS:
            raise HTTPException(404)
        made = self.stage.make(shown.reply.file)
        if isinstance(made, str):
            raise HTTPException(409, made)
        if form not in made:
            raise HTTPException(404)
        named = {"Content-Disposition": f'attachment; filename="report.{form}"'}
        return Response(made[form], media_type=REPORT_FORMS[form], headers=named)

    def refused(self, _request: Request, fault: Exception) -> Response:
        """Say why there is no page, and lead to the first one."""
        if isinstance(fault, StarletteHTTPException):
            status, says = fault.status_code, fault.detail
        else:
            status, says = 500, unexpected(fault)
        text = self._templates.get_template("refused.html").render(says=says, state="")
        return HTMLResponse(text, status, HEADERS)

    # ---- what is done

    def _move(self, fields: Fields) -> Response:
        at = {move.to.isoformat(): move.to for move in self.stage.moves}.get(fields.get("to", ""))
        if at is not None:  # an older page may name a moment that has passed
            self.stage.move_to(at)
        return self._back(fields)

    def _again(self, fields: Fields) -> Response:
        self.stage.begin_again()
        self._begun += 1
        self._forms.clear()
        return self._back(fields)

    def _ask(self, person: str, place: str, fields: Fields) -> Response:
        """Ask in private, or aloud for everybody in the channel."""
        self._known(person, place)
        words, talk = fields.get("words", "").strip(), self.stage.conversations
        if not words:
            return self._to(person, place)
        is_aloud = "aloud" in fields and place not in (PRIVATE, HOME)

        def ask(caller: Caller) -> Answer | None:
            if not is_aloud:
                return self.stage.gateway.ask(caller, words)
            asked = talk.put(place, Reply("", 0, (words,)), by=person)
            answer = self.stage.gateway.ask(caller, words, aloud=True)
            if answer is None:
                talk.take_away(asked.number)
            else:
                talk.put(place, answer.reply, thread=asked.number)
            return None

        if place == PRIVATE:
            talk.put(person, Reply("", 0, (words,)), by=person)
        return self._act(person, place, fields, ask, silent=is_aloud)

    def _press(self, person: str, place: str, fields: Fields) -> Response:
        self._known(person, place)
        handle, forms = fields.get("handle", ""), "form" in fields
        return self._act(person, place, fields, lambda caller: self.stage.gateway.press(caller, handle, forms=forms))

    def _share(self, person: str, place: str, fields: Fields) -> Response:
        """Say who would read an answer in this channel; at the second press post it there."""
        self._known(person, place)
        handle, talk = fields.get("handle", ""), self.stage.conversations
        with self._acting(person, place):
            caller = self._caller(person, place, fields)
            if "now" not in fields:
                answer = self.stage.gateway.before_sharing(caller, handle)
                if answer is not None:
                    talk.whisper(place, answer, person, is_question=True)
                return self._to(person, place)
            answer = self.stage.gateway.share(caller, handle)
            for question in [m for m in talk.seen_by(person, place) if m.is_question]:
                talk.take_away(question.number)
            if answer is not None and answer.reply.status == "ok":
                talk.put(place, answer.reply)
                answer = Answer(SHARED)
            if answer is not None:
                talk.whisper(place, Answer(answer.reply), person)
        return self._to(person, place)

    def _hide(self, person: str, place: str, fields: Fields) -> Response:
        """Take an answer away that this person alone sees."""
        self._known(person, place)
        mine = [m for m in self._seen(person, place) if m.only_for == person or place == PRIVATE]
        for shown in mine:
            if str(shown.number) == fields.get("message"):
                self.stage.conversations.take_away(shown.number)
        return self._to(person, place)

    def _fill(self, person: str, place: str, number: str, fields: Fields) -> Response:
        """Hand a form in. What cannot be used comes back with the typed values."""
        self._known(person, place)
        opened = self._forms.get(number)
        if opened is None or opened.person != person or opened.answer.reply.form is None:
            return self._to(person, place)
        values = {f.id: fields.get(f.id, "") for f in opened.answer.reply.form.fields}
        faults: Mapping[str, str] = {}
        with self._acting(person, place):
            caller = Caller(person, "member", f"{number}:{fields.get('once', '')}")
            try:
                answer = self.stage.gateway.fill(caller, opened.answer.form, values)
            except NotFilled as fault:
                answer, faults = None, fault.faults
            else:
                if answer is not None and answer.reply.status != "ok":
                    faults = {"": " ".join(answer.reply.text[:2])}
            if not faults:
                del self._forms[number]
                self._put(person, place, answer or Answer(DONE_ALREADY))
                return self._to(person, PRIVATE if place == HOME else place)
        opened.typed, opened.faults = values, faults
        return RedirectResponse(f"{address(person, place)}/form/{number}", 303)

    def _act(
        self,
        person: str,
        place: str,
        fields: Mapping[str, str],
        do: Callable[[Caller], Answer | None],
        *,
        silent: bool = False,
    ) -> Response:
        """Do one thing as this person; show its answer, or open its form."""
        with self._acting(person, place):
            answer = do(self._caller(person, place, fields))
            if answer is not None and answer.reply.form is not None and answer.form:
                number = f"{len(self._forms) + 1}-{self.stage.conversations.version}"
                self._forms[number] = Opened(person, place, answer)
                return RedirectResponse(f"{address(person, place)}/form/{number}", 303)
            if not silent:
                self._put(person, place, answer or Answer(DONE_ALREADY))
        return self._to(person, PRIVATE if place == HOME else place)

    @contextmanager
    def _acting(self, person: str, place: str) -> Iterator[None]:
        """Hold the practice for one action. A fault of the program is answered under its code, as on any platform."""
        with self.stage.acting():
            try:
                yield
            except Exception as fault:
                self._put(person, place, Answer(Reply(_("Not answered"), 0, (unexpected(fault),), status="failed")))

    def _put(self, person: str, place: str, answer: Answer) -> None:
        """Show an answer to one person: beside the question where every reader is entitled to it, else in private."""
        talk = self.stage.conversations
        if place in (PRIVATE, HOME):
            talk.whisper(person, answer, person)
        elif answer.reply.level == 0 or level_of(talk.describe(place)) == 1:
            talk.whisper(place, answer, person)
        else:
            talk.whisper(person, answer, person)
            talk.whisper(place, Answer(ELSEWHERE), person)

    # ---- parts

    def _caller(self, person: str, place: str, fields: Mapping[str, str]) -> Caller:
        """Return the caller. `once` is of the page that was shown, so a double click is one event."""
        event = f"{fields.get('once', '')}:{fields.get('handle', '')}{fields.get('words', '')}{'now' in fields}"
        return Caller(person, "member", event, None if place in (PRIVATE, HOME) else place)

    def _channels_of(self, person: str) -> list[Where]:
        return [c for c in self.stage.channels if person in c.readers]

    def _destination(self, person: str, place: str) -> str:
        return person if place == PRIVATE else place

    def _seen(self, person: str, place: str) -> list[Shown]:
        return list(self.stage.conversations.seen_by(person, self._destination(person, place)))

    def _known(self, person: str, place: str) -> Where | None:
        """Return the channel, None for the person's own places; 404 for a place that this person does not see."""
        channel = next((c for c in self._channels_of(person) if c.id == place), None)
        if person not in {each.id for each in self.stage.people} or (channel is None and place not in (PRIVATE, HOME)):
            raise HTTPException(404, _("There is no such person or place."))
        return channel

    def _to(self, person: str, place: str) -> Response:
        return RedirectResponse(f"{address(person, place)}#newest", 303)

    def _back(self, fields: Mapping[str, str]) -> Response:
        return self._to(fields.get("person", ""), fields.get("place", ""))

    def _unread(self, person: str) -> int:
        return sum(
            self.stage.conversations.unread(person, p) for p in (person, *(c.id for c in self._channels_of(person)))
        )

    def _state(self) -> str:
        return f"{self._begun} {self.stage.conversations.version} {self.stage.now.isoformat()}"

    def _html(self, template: str, **given: Any) -> Response:
        page = self._templates.get_template(template)
        talk, person = self.stage.conversations, given.get("person", "")
        people = [(who, self._unread(who.id)) for who in self.stage.people]
        places = [(c.id, c.name, talk.unread(person, c.id)) for c in self._channels_of(person)]
        places += [(PRIVATE, _("The bot, in private"), talk.unread(person, person)), (HOME, _("App Home"), 0)]
        common = {"stage": self.stage, "state": self._state(), "once": secrets.token_hex(8)}
        text = page.render(common | {"people": people, "places": places} | given)
        return HTMLResponse(text, headers=HEADERS)


#: Nothing but the page's own files is loaded, and no other site may show it.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def address(person: str, place: str) -> str:
    return f"{ROOT}/{quote(person, safe='')}/{quote(place, safe='')}"


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.tests["row"] = lambda line: isinstance(line, Row)
    found.filters |= {"time": clock.say_time, "moment": clock.say_short}
    found.filters |= {"paragraphs": paragraphs, "says_more": says_more}
    found.globals |= {"address": address, "report_forms": tuple(REPORT_FORMS)}
    return found


def paragraphs(lines: Sequence[str]) -> list[list[str]]:
    """Return lines in groups: rows that follow one another are one list, every other line is a group of its own."""
    return [list(group) for _unused, group in groupby(lines, key=lambda line: isinstance(line, Row))]


def says_more(lines: Sequence[str]) -> bool:
    """Return True where the last line says itself that there is more."""
    return any(line.lstrip().startswith("…") for line in lines[-1:])
