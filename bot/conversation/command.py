"""What a command is, what it is handed, and what it may raise instead of a reply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.conversation.form import Form
from bot.conversation.reply import Button, Reply
from bot.rules.access.permissions import Grant, Membership, Reason, Refusal, Scope
from bot.rules.effects import Effect
from bot.rules.partnership.partnership import Area, Partnership, Person
from bot.rules.partnership.roles import Action
from bot.rules.queries.facts import Facts
from bot.rules.text.area_names import Whole

#: Actions that need no export to have been loaded.
OF_NOBODY: frozenset[Action] = frozenset({"help", "my_access", "who_looked", "review", "access_summary", "admin"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where the question was asked: `level` 2 is one person in private, None is a place nobody listed.

    `areas` are those a channel is for, whoever asks there; None where nothing narrows them.
    """

    name: str
    level: int | None
    areas: tuple[str, ...] | None = None

    def holds(self, area: str) -> bool:
        return self.areas is None or area in self.areas


PRIVATE = Place("private", 2)


@dataclass(frozen=True, slots=True)
class Request:
    """What every platform hands in. `actor` is None for somebody the partnership does not list.

    `account` is what the platform calls whoever asks, `standing` what it says of that account;
    `export` says that the answer leaves as a file. `forms` says that a form may be shown before anything is done.
    `once` names the event by which it came in: the same one again is not answered again. `issue` makes handles for
    what can be pressed in the reply, to be kept in the transaction that records it.
    """

    actor: Person | None
    place: Place
    text: str
    now: datetime
    account: str = ""
    standing: Membership = "member"
    export: bool = False
    forms: bool = False
    once: str = ""
    issue: Callable[[Reply], Sequence[Effect]] | None = None


class Refused(Exception):
    """Raised inside a command when a grant does not reach; the desk turns it into words."""

    def __init__(self, reason: Reason, areas: Sequence[str] = (), detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.areas = areas
        self.detail = detail
        self.buttons: tuple[Button, ...] = ()
        self.form: Form | None = None

    def asking(self, form: Form | None, *buttons: Button) -> Refused:
        """The same refusal, recorded and counted as it is, with a way to say what it lacked."""
        self.form, self.buttons = form, buttons
        return self


class Unclear(Exception):
    """Raised when the words after a command cannot be understood or followed; carries what to say and to offer."""

    def __init__(self, sentence: str, *suggestions: str, title: str = "Not understood") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestions = suggestions
        self.title = title


class NotKnown(Exception):
    """Raised where there are no records to answer from, and a zero would be false."""

    def __init__(self, sentence: str, title: str = "Not known") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.title = title


class Repeated(Exception):
    """Raised by whoever records where the same event came in before: then it was answered, or is being answered."""


class NotRecorded(Exception):
    """Raised by whoever records where that cannot be done: then no answer leaves."""


@dataclass(slots=True)
class Log:
    """What a command adds to the record of its answer: the child it is about, a stated reason, what it changes."""

    subject: str = ""
    reason: str = ""
    action: str = ""
    deeds: list[Effect] = field(default_factory=list)


class FrontDesk(Protocol):
    """What a command may ask of the desk that runs it: what somebody may do, and which command a text means."""

    def decide(self, request: Request, action: Action) -> Grant | Refusal: ...

    def find(self, text: str) -> tuple[Command | None, tuple[str, ...]]: ...

    def runnable(self, request: Request) -> tuple[Command, ...]: ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What a command is handed: the words after its name, who asks where, and the facts."""

    words: tuple[str, ...]
    request: Request
    partnership: Partnership
    facts: Facts
    desk: FrontDesk
    log: Log = field(default_factory=Log)

    @property
    def now(self) -> datetime:
        return self.request.now

    def may(self, action: Action) -> bool:
        return isinstance(self.desk.decide(self.request, action), Grant)

    def exact(self, areas: tuple[str, ...] = ()) -> bool:
        """Whether this person's roles see true counts of these areas; some never do, some not in a file."""
        decision = self.desk.decide(self.request, "counts")
        return not isinstance(decision, Grant) or decision.exact(self.request.export, areas)

    def grant(self, action: Action) -> Grant:
        """What this person was granted for the action; Refused where it is denied."""
        decision = self.desk.decide(self.request, action)
        if isinstance(decision, Refusal):
            raise Refused(decision.reason)
        return decision

    def areas(self, action: Action) -> tuple[str, ...]:
        """The areas this person may ask for here: their own, and in a channel none but the channel's."""
        return tuple(a for a in self.grant(action).areas if self.request.place.holds(a))

    def scope(self, action: Action, area: Area | Whole | None) -> Scope:
        """The granted scope: one area, ALL of the county, or (None) every area this person may ask for here."""
        grant, place = self.grant(action), self.request.place
        theirs = (area.id,) if isinstance(area, Area) else grant.areas if area is None else grant.every_area
        here = tuple(a for a in theirs if place.holds(a)) if area is None else theirs
        scope = grant.scope(here or theirs)
        if isinstance(scope, Refusal):
            raise Refused(scope.reason, grant.areas)
        if not all(place.holds(a) for a in scope.areas):
            raise Refused("place_area", place.areas or ())
        return scope


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked. `usage` and `examples` are what help and README show.

    Whoever may do one of `actions` may call it; what it then shows is granted action by action. `fits` says whether
    it could do anything for who asks there: where not, it is not offered.
    """

    name: str
    summary: str
    usage: str
    examples: tuple[str, ...]
    actions: tuple[Action, ...]
    run: Callable[[Ask], Reply]
    aliases: tuple[str, ...] = ()
    #: The action an example needs, where not everybody who may call the command may do it.
    example_needs: Mapping[str, Action] = field(default_factory=dict)
    fits: Callable[[FrontDesk, Request], bool] = lambda desk, request: True

    @property
    def of_children(self) -> bool:
        """Whether it answers from the records, so that nothing can be said while none were loaded."""
        return not set(self.actions) <= OF_NOBODY
