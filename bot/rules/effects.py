"""Effects of an answer: carried out in the transaction that records the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from bot.rules.partnership.roles import Action, Role

if TYPE_CHECKING:
    from bot.rules.interviews.steps import Kind

Verdict = Literal["justified", "not_justified"]


@dataclass(frozen=True, slots=True)
class OpenBreakGlass:
    """One child's view is opened to somebody outside its area, for a reason, until a moment (break-glass)."""

    person: str
    ref: str
    area: str
    reason: str
    since: datetime
    until: datetime
    most: int  # looks allowed within QUOTA_DAYS: counted again where they are written, for two may be asked at once


@dataclass(frozen=True, slots=True)
class ReviewBreakGlass:
    """A lead says whether a look outside the area was right. The first to say so is the one who did."""

    glass: int
    by: str
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class NotifyRole:
    """Everybody who holds the role, in each agency that has one; of area leads, those of the area.

    Where an agency has nobody in the role, administrators hear of it (without the reference).
    """

    role: Role
    kind: str
    text: str
    at: datetime
    ref: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class NotifyPerson:
    """One person, with their next answer in private. No child is named: they may have lost the right by then."""

    person: str
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """A look outside the area that no lead reviewed in time: said once, whoever finds it first."""

    glass: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LockLookUps:
    """Too many misses: no child can be looked up by this person until then."""

    person: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SeeNotices:
    """These notices stand in the answer that is being given."""

    ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Somebody says something of an episode or its interview (interviews/steps.py), having seen it at `version`."""

    episode_id: int
    version: int
    kind: Kind
    at: datetime
    said_at: datetime
    by: str
    to: str = ""
    until_at: datetime | None = None
    detail: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class ConfirmAge:
    """A named person confirms whether a child whose age is in doubt is one, having seen what was said at `version`."""

    ref: str
    version: int
    said: Literal["adult", "child"]
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmEnd:
    """A named person ends an absence of which the newest files hold no record. `reason` is a word of a list, or ""."""

    ref: str
    version: int
    episode_id: int
    ended_at: datetime
    reason: str
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawConfirmation:
    """A confirmation is taken back (rules/episodes/confirmations.py)."""

    ruling: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordAbsence:
    """Somebody is away from the first day to the last, and `cover` (empty: nobody) takes their reminders.

    `last` before `first` takes an absence back.
    """

    person: str
    first: date
    last: date
    cover: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmRows:
    """Somebody says that an export with so few rows is right; `undo` takes it back."""

    source: str
    by: str
    at: datetime
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody has seen what a rule called them for. The first to say so is the one who did."""

    escalation: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decide:
    """A person says what no platform could: the message of this delivery is there, or is to be sent again."""

    delivery: int
    decision: Literal["it_is_there", "post_again"]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """The event by which a question came in, as the platform names it: whoever hands it in again is not answered."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """Handles for what can be pressed in the answer: of each its digest, what it is for and what it means."""

    owner: str
    handles: tuple[tuple[str, str, str], ...]
    until: datetime


#: What somebody must still be allowed, when they come to read it, to be told a notice of a kind; nothing for others.
NEEDED_FOR: dict[str, Action] = {
    "break_glass": "review",
    "quota": "review",
    "unreviewed": "review",
    "locked": "admin",
    "vacant": "admin",
    "alarm": "admin",
    "hand_over": "interview_update",
}

Effect = (
    OpenBreakGlass
    | ReviewBreakGlass
    | Alarm
    | NotifyRole
    | NotifyPerson
    | LockLookUps
    | SeeNotices
    | RecordStep
    | ConfirmAge
    | ConfirmEnd
    | WithdrawConfirmation
    | RecordAbsence
    | ConfirmRows
    | Acknowledge
    | Decide
    | SeenEvent
    | Issue
)


class Again(Exception):
    """The same event came in before: nothing was changed."""


class Overtaken(Exception):
    """Somebody else was first: nothing was changed, and the text says who it was and when."""
