"""A command, its request and context, and the exceptions it may raise instead of a reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.conversation.reply import Button, Form, Level, Reply
from bot.rules.access.permissions import Grant, Membership, Reason, Refusal, Scope
from bot.rules.catalogue import _
from bot.rules.disclosure.released import ReleasedSheet
from bot.rules.effects import Effect
from bot.rules.model import Period
from bot.rules.partnership.partnership import Area, Partnership, Person
from bot.rules.partnership.roles import Action
from bot.rules.queries.facts import Facts
from bot.rules.text.area_names import Whole
from bot.rules.time.known import Known

#: Actions that need no export to have been loaded.
OF_NOBODY: frozenset[Action] = frozenset({"help", "my_access", "who_looked", "review", "access_summary", "admin"})


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a request. `level` 2 is one person in private, None a place that is not listed.

    `areas` are the channel's, for every person there; None where nothing narrows them.
    """

    name: str
    level: int | None
    areas: tuple[str, ...] | None = None

    def holds(self, area: str) -> bool:
        return self.areas is None or area in self.areas


PRIVATE = Place("private", 2)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, the same from every platform. `actor` is None for a person who is not listed.

    `account` and `standing` are the platform's name and description of the account. `export`: the answer leaves as a
    file. `forms`: a form may be shown first. `lacking`: a form may ask for what the typed words lack. `once` is the id
    of the event, which is answered once.
    """

    actor: Person | None
    place: Place
    text: str
    now: datetime
    account: str = ""
    standing: Membership = "member"
    export: bool = False
    forms: bool = False
    lacking: bool = False
    once: str = ""

    @property
    def has_forms(self) -> bool:
        return self.forms or self.lacking


class Refused(Exception):
    """Raised inside a command when a grant does not reach; the dispatcher turns it into words."""

    def __init__(self, reason: Reason, areas: Sequence[str] = (), detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.areas = areas
        self.detail = detail
        self.buttons: tuple[Button, ...] = ()
        self.form: Form | None = None

    def asking(self, form: Form | None, *buttons: Button) -> Refused:
        """Add a form or buttons to supply the missing part; the refusal is recorded and counted all the same."""
        self.form, self.buttons = form, buttons
        return self


class Unclear(Exception):
    """Raised when the words after a command cannot be understood; carries the sentence and the suggestions.

    `level` is 1 where a suggestion names a child's reference.
    """

    def __init__(self, sentence: str, *suggestions: str, title: str = _("Not understood"), level: Level = 0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestions = suggestions
        self.title = title
        self.level = level
        self.form: Form | None = None
        self.begun = ""

    def asking(self, form: Form | None, begun: str) -> Unclear:
        """Add the form that asks for what lacks, and the command as far as it was typed, without any unknown word."""
        self.form, self.begun = form, begun
        return self


class NotKnown(Exception):
    """Raised when there are no records to answer from, and a zero would be false."""

    def __init__(self, sentence: str, title: str = _("Not known")) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.title = title


class Repeated(Exception):
    """Raised on recording when the same event was recorded before: it was answered, or is being answered."""


class NotRecorded(Exception):
    """Raised on recording when that fails: then no answer leaves."""


@dataclass(slots=True)
class Log:
    """A command's additions to its row of the audit trail: the child, a stated reason, the effects."""

    subject: str = ""
    reason: str = ""
    action: str = ""
    effects: list[Effect] = field(default_factory=list)
    #: The areas of an answer in a channel that has further ones, which the asker may not see; none where all are in it.
    #: The first scope that a command asks for is that of its answer.
    narrowed: tuple[str, ...] | None = None


class CommandDesk(Protocol):
    """The part of the dispatcher that commands use: permissions, and the command of a text."""

    def decide(self, request: Request, action: Action) -> Grant | Refusal: ...

    def find(self, text: str) -> tuple[Command | None, tuple[str, ...]]: ...

    def runnable(self, request: Request) -> tuple[Command, ...]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """The context of a command: the words after its name, the request, and the facts."""

    words: tuple[str, ...]
    request: Request
    partnership: Partnership
    facts: Facts
    desk: CommandDesk
    log: Log = field(default_factory=Log)
    #: What is known of each period asked about, read once for one answer (`arguments.known`).
    known_parts: dict[Period, Known] = field(default_factory=dict)
    #: Released figures of each period, read once for one answer, or released by it (`arguments.released`).
    sheets: dict[Period, ReleasedSheet | None] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.request.now

    def may(self, action: Action) -> bool:
        return isinstance(self.desk.decide(self.request, action), Grant)

    def exact(self, areas: tuple[str, ...] = ()) -> bool:
        """Return True where this person's roles see true counts of these areas; some never do, some not in a file."""
        decision = self.desk.decide(self.request, "counts")
        return not isinstance(decision, Grant) or decision.exact(self.request.export, areas)

    def grant(self, action: Action) -> Grant:
        """Return this person's grant for the action; Refused where it is denied."""
        decision = self.desk.decide(self.request, action)
        if isinstance(decision, Refusal):
            raise Refused(decision.reason)
        return decision

    def areas(self, action: Action) -> tuple[str, ...]:
        """Return the areas this person may ask for here: their own, in a channel only the channel's."""
        return tuple(a for a in self.grant(action).areas if self.request.place.holds(a))

    def scope(self, action: Action, area: Area | Whole | None) -> Scope:
        """Return the granted scope: one area, ALL of the county, or (None) every area this person may ask for here."""
        grant, place = self.grant(action), self.request.place
        theirs = (area.id,) if isinstance(area, Area) else grant.areas if area is None else grant.every_area
        here = tuple(a for a in theirs if place.holds(a)) if area is None else theirs
        scope = grant.scope(here or theirs)
        if isinstance(scope, Refusal):
            raise Refused(scope.reason, grant.areas)
        if not all(place.holds(a) for a in scope.areas):
            raise Refused("place_area", place.areas or ())
        if self.log.narrowed is None:
            left_out = area is None and place.areas is not None and set(scope.areas) < set(place.areas)
            self.log.narrowed = scope.areas if left_out else ()
        return scope


@dataclass(frozen=True, slots=True)
class Command:
    """A command. Help and `commands/README.md` show `usage` and `examples`.

    A person who may do one of `actions` may call it; each part is then granted action by action. Where `fits` is
    False, the command could do nothing for this person and place, and is not offered.
    """

    name: str
    summary: str
    usage: str
    examples: tuple[str, ...]
    actions: tuple[Action, ...]
    run: Callable[[Ask], Reply]
    aliases: tuple[str, ...] = ()
    #: Other words for it, wherever they are in a question -> the command's words that they mean: "who is missing",
    #: "high risk" -> "high". N is a number, REF the child's reference; "" are an area, period or reference alone.
    words: Mapping[str, str] = field(default_factory=dict)
    #: True for words that may follow a reference: they are the command's own.
    follows_reference: Callable[[str], bool] = lambda words: False
    #: The action an example needs, where not everybody who may call the command may do it.
    example_needs: Mapping[str, Action] = field(default_factory=dict)
    fits: Callable[[CommandDesk, Request], bool] = lambda desk, request: True

    @property
    def takes_periods(self) -> int:
        """The number of periods that a question may have; a command that compares has no fewer."""
        return len(re.findall(r"\b(?:PERIOD|MONTH)\b", self.usage)) or len(re.findall(r"\[DAY[]|]", self.usage))

    @property
    def needs_periods(self) -> int:
        return self.takes_periods if self.usage.startswith(f"{self.name} PERIOD") else 0

    @property
    def takes_reference(self) -> bool:
        return "REFERENCE" in self.usage

    @property
    def needs_reference(self) -> bool:
        return self.usage.startswith(f"{self.name} REFERENCE")

    @property
    def takes_area(self) -> bool:
        return "AREA" in self.usage

    @property
    def takes_areas(self) -> bool:
        """True for a command that puts several areas beside one another."""
        return "AREA ..." in self.usage

    @property
    def takes_command(self) -> bool:
        return "COMMAND" in self.usage

    @property
    def of_children(self) -> bool:
        """True for a command that answers from the records, which has no answer before the first load."""
        return not set(self.actions) <= OF_NOBODY
