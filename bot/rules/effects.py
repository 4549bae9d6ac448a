"""Effects of an answer: carried out in the transaction that records the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from bot.rules.partnership.roles import Action, Role
from bot.rules.partnership.rota import Shift

if TYPE_CHECKING:
    from bot.rules.interviews.steps import Kind
    from bot.rules.reports.signing import StepKind

Verdict = Literal["justified", "not_justified"]


@dataclass(frozen=True, slots=True)
class OpenBreakGlass:
    """Open one child's view to a person outside its area, for a reason, until a moment (break-glass)."""

    person: str
    ref: str
    area: str
    reason: str
    since: datetime
    until: datetime
    most: int  # looks allowed within QUOTA_DAYS: counted again in the transaction, for two may come at once


@dataclass(frozen=True, slots=True)
class ReviewBreakGlass:
    """Record a lead's verdict on a look outside the area. Only the first verdict counts."""

    glass: int
    by: str
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class NotifyRole:
    """Notify everybody who holds the role, in each agency that has one; of area leads, those of the area.

    Where an agency has no holder of the role, administrators are told (without the reference).
    """

    role: Role
    kind: str
    text: str
    at: datetime
    ref: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class NotifyPerson:
    """Notify one person in private. The text names no child; `ref` goes where the kind of notice needs a right."""

    person: str
    kind: str
    text: str
    at: datetime
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Raise the alarm, once, for a look outside the area that no lead reviewed in time."""

    glass: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LockLookUps:
    """Lock a person's look-ups after too many misses."""

    person: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SeeNotices:
    """Mark these notices as seen: they are in this answer."""

    ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordStep:
    """Record a person's step on an episode or its interview (interviews/steps.py), made from `version`.

    `merged` are the other episodes whose interview is the same one: the version is of all of them.
    """

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
    merged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverShift:
    """Record that other people hold shifts of a rota: one for a cover, two for a swap."""

    covers: tuple[Shift, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmAge:
    """Record a person's word that a person of doubtful age is an adult or a child, made from `version`."""

    ref: str
    version: int
    said: Literal["adult", "child"]
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmEnd:
    """End an absence without a record in the newest files, on a person's word. `reason` is a word of a list, or ""."""

    ref: str
    version: int
    episode_id: int
    ended_at: datetime
    reason: str
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConfirmSame:
    """Settle that two absences are one, or two, on a person's word."""

    ref: str
    version: int
    first_id: int
    second_id: int
    said: Literal["one", "two"]
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SayBeforeFile:
    """Keep a person's word that an export has not said yet: a child missing since, back, or a grade of the police.

    `of` is the episode that a return or a grade is about; None for an absence that begins. `value` is "", returned or
    found, or a grade.
    """

    ref: str
    version: int
    kind: Literal["missing", "back", "grade"]
    value: str
    of: int | None
    said_of: datetime
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SayNewChild:
    """Keep a person's word that a child is missing whom no export has yet, under a new reference.

    `number` is the police's number of the occurrence: it is stored as a keyed mark alone, and is in no repr.
    """

    ref: str
    number: str = field(repr=False)
    area: str
    said_of: datetime
    under_13: bool
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawConfirmation:
    """Take a confirmation back (rules/episodes/confirmations.py)."""

    ruling: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordAbsence:
    """Record an absence from the first day to the last; `cover` (empty: nobody) takes the person's reminders.

    `last` before `first` takes an absence back.
    """

    person: str
    first: date
    last: date
    cover: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteMonth:
    """Note a coded event on a month (rules/spikes.py), of an area or ("") the whole county; `undo` takes it back."""

    first_day: date
    event: str
    area: str
    role: Role
    by: str
    at: datetime
    undo: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmRows:
    """Record a person's word that an export with so few rows is right; `undo` takes it back."""

    source: str
    by: str
    at: datetime
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Acknowledge a call. Only the first acknowledgement counts."""

    escalation: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgeDrill:
    """Acknowledge a test call of the monthly drill. Only the first acknowledgement counts."""

    drill: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decide:
    """Record a person's word on a delivery with an unknown outcome: the message is there, or is to be sent again."""

    delivery: int
    decision: Literal["it_is_there", "post_again"]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleasePeriod:
    """Keep a period as one of which figures are shown beyond one person (disclosure/released_periods.py)."""

    first: date
    last: date
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftReport:
    """Draft the report of a period. Overtaken where a draft of the period is under way."""

    first: date
    last: date
    by: str
    agency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TakeReportStep:
    """Check, sign or withdraw a report (reports/signing.py), made from `version` and the document of `snapshot`."""

    report: int
    version: int
    snapshot: str
    kind: StepKind
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """Keep the platform's id of the event that brought the request: the same event is not answered again."""

    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """Issue handles for the buttons of the answer: the digest, the purpose and the meaning of each."""

    owner: str
    handles: tuple[tuple[str, str, str], ...]
    until: datetime


#: The action that a reader must still be allowed to be shown a notice of a kind; none for other kinds.
NEEDED_FOR: dict[str, Action] = {
    "break_glass": "review",
    "quota": "review",
    "unreviewed": "review",
    "locked": "admin",
    "vacant": "admin",
    "alarm": "admin",
    "drill": "admin",
    "hand_over": "interview_update",
    "asked": "interview_update",
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
    | ConfirmSame
    | SayBeforeFile
    | SayNewChild
    | WithdrawConfirmation
    | RecordAbsence
    | CoverShift
    | NoteMonth
    | ConfirmRows
    | Acknowledge
    | AcknowledgeDrill
    | Decide
    | ReleasePeriod
    | DraftReport
    | TakeReportStep
    | SeenEvent
    | Issue
)


class Again(Exception):
    """The same event came in before: nothing was changed."""


class Overtaken(Exception):
    """Another person was first: nothing was changed, and the text has the person and the time."""
