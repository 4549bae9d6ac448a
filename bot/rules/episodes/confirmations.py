"""Confirmations in chat by named persons: that a person is an adult or a child, that an absence is over, and that two
absences are one or are two; and what is said before an export has it: missing since, back, graded.

They count through the freezing of episodes alone, beside the agencies' records and never in their place. An end counts
only while the newest files hold no record of the absence; an age only while the birth dates are those it was said of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.access.permissions import Grant, Refusal
from bot.rules.catalogue import _, code_words
from bot.rules.episodes import doubts
from bot.rules.episodes.record_matching import OneAbsence
from bot.rules.episodes.source_records import ConfirmedEnd
from bot.rules.model import CaseRelation, Episode, Freshness
from bot.rules.partnership.partnership import Partnership, Person
from bot.rules.time.clock import say_near

Kind = Literal["age", "end", "same", "missing", "back", "grade"]
#: Kinds that are said before an export has them.
BEFORE_FILE: tuple[Kind, ...] = ("missing", "back", "grade")
#: How a child is said to be back. A child who was found may be elsewhere still.
BACKS = {"returned": _("said to be back"), "found": _("said to be found")}
#: An absence that began so long ago is in a file, or its date is a slip.
OLDEST = timedelta(days=90)
#: Grades that the police may say.
GRADES = ("high", "medium", "low", "very_low")

#: Ends of an absence that a person may confirm. A death, a birthday and a duplicate come from the agencies alone.
ENDS = ("returned_self", "returned_by_carer", "found_by_police", "located_elsewhere", "hospital", "left_area")
END_WORDS = {
    "returned_self": _("returned by themselves"),
    "returned_by_carer": _("brought back by a carer"),
    "found_by_police": _("found by the police"),
    "located_elsewhere": _("located elsewhere"),
    "hospital": _("in hospital"),
    "left_area": _("left the area"),
}
#: Ends that say where the child is: to one person in private alone.
PRIVATE_ENDS = frozenset({"hospital", "located_elsewhere"})
AGES = {"adult": _("an adult"), "child": _("a child")}
SAME = {"one": _("one absence, not two"), "two": _("two absences, not one")}


@dataclass(frozen=True, slots=True)
class Ruling:
    """One confirmation. `value` is adult or child, one or two, or the reason of the end ("" without one).

    Of what was said before the file it is "", returned or found, or a grade. `at` is the end of the absence, or the
    time that was said; `episode_id` its episode, while there is one. At `overtaken_at` an export was loaded that has a
    record of the absence again (`source`, taken at `file_taken_at`): from then on the end counts no more, whatever
    follows.
    """

    id: int
    child_id: int
    kind: Kind
    ref: str
    area: str
    value: str
    by: str
    agency: str
    said_at: datetime
    at: datetime | None = None
    episode_id: int | None = None
    source: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""
    overtaken_at: datetime | None = None
    file_taken_at: datetime | None = None

    @property
    def holds(self) -> bool:
        return self.undone_at is None and self.overtaken_at is None


def confirmed_end(absence: OneAbsence, ends: Sequence[ConfirmedEnd]) -> ConfirmedEnd | None:
    """Return the newest confirmed end of an episode without a record in the newest files.

    It must have been confirmed of every record of the episode: it does not end a record that came later.
    """
    police, council = absence.police, absence.council if absence.council and absence.council.episode_ref else None
    if not ends or any(record is not None and record.absent_at is None for record in (police, council)):
        return None
    of_all = (
        e
        for e in ends
        if (police is None or police.occurrence_ref == e.occurrence_ref)
        and (council is None or council.episode_ref == e.episode_ref)
        and all(record.entered_at <= e.said_at for record in absence.further)
        and (police or council or e.saying in absence.sayings)
    )
    return max(of_all, key=lambda e: e.said_at, default=None)


def newest(rulings: Iterable[Ruling], kind: Kind) -> Ruling | None:
    """Return the newest of a kind that was not taken back."""
    return max((r for r in rulings if r.kind == kind and r.undone_at is None), key=lambda r: r.id, default=None)


def may_say(person: Person, child: Grant | Refusal, update: Grant | Refusal, acknowledge: Grant | Refusal) -> bool:
    """Return True for a person who may confirm for any child at all: of the police, or of children's own teams.

    A police role must see children who are not missing too, and acknowledge calls. A council role must be allowed to
    record steps of return interviews.
    """
    return bool(_reaches(person, child, update, acknowledge))


def may_say_of(
    person: Person, child: Grant | Refusal, update: Grant | Refusal, acknowledge: Grant | Refusal, of: CaseRelation
) -> bool:
    return any(reach.covers(of) for reach in _reaches(person, child, update, acknowledge))


def _reaches(
    person: Person, child: Grant | Refusal, update: Grant | Refusal, acknowledge: Grant | Refusal
) -> tuple[Grant, ...]:
    if person.agency == "council" and isinstance(update, Grant):
        return (update,)
    if person.agency != "police" or isinstance(child, Refusal) or isinstance(acknowledge, Refusal):
        return ()
    answers = {r.role for r in acknowledge.role_grants}
    role_grants = tuple(r for r in child.role_grants if r.reach != "open_episodes" and r.role in answers)
    return (Grant(role_grants, child.every_area),) if role_grants else ()


def in_doubt(x: Episode) -> bool:
    return doubts.AGE in x.doubts


def may_be_one(x: Episode) -> bool:
    """Return True for an absence that may be one with another of the child."""
    return doubts.UNSURE in x.doubts


def why_not_ended(
    x: Episode, at: datetime | None, now: datetime, p: Partnership, held: Sequence[Freshness]
) -> str | None:
    """Return the reason against confirming that this episode ended then, or None.

    `held` are the sources with a record of it in their newest export, or possibly with one.
    """
    if not x.open_at(now):
        return _("It is over already, since {until_at}.", until_at=say_near(x.until_at, now))
    if held:
        source, only = held[0], _("only the agency's record ends it.")
        covers, taken = getattr(p.sources, source.source).covered, source.taken_at
        if covers is None:
            fault = _("The partnership file does not say what the {source} export covers", source=source.name)
            return _("{fault}, so its newest file may still have it: {only}", fault=fault, only=only)
        if isinstance(covers, int) and taken is not None and x.start_at < taken - timedelta(days=covers):
            fault = _(
                "The {source} export covers {covers} days, and the absence began before",
                source=source.name,
                covers=covers,
            )
            return _("{fault}, so nobody knows whether it still has it: {only}", fault=fault, only=only)
        when = _(" of {taken}", taken=say_near(taken, now)) if taken else ""
        return _("The {source} file{when} still has it open: {only}", source=source.name, when=when, only=only)
    if at is not None and at > now:
        return _("That is still to come: say when it ended.")
    if at is not None and at < x.start_at:
        return _("The absence began {start_at}: it cannot have ended before.", start_at=say_near(x.start_at, now))
    return None


def why_not_said(kind: Kind, episodes: Sequence[Episode], x: Episode | None, at: datetime, now: datetime) -> str | None:
    """Return the reason against saying this before an export does, or None. `x` is the absence it is about."""
    if at > now:
        return _("That is still to come: say when it happened.")
    if kind == "missing":
        return _why_not_missing(episodes, at, now)
    if x is None:
        return _("Not missing now: say first since when the child is missing.")
    if at < x.start_at:
        return _("The absence began {start_at}: that is later.", start_at=say_near(x.start_at, now))
    if kind == "back" and x.said_back_at is not None:
        return _(
            "Said to be back {said_back_at} already. To change it, take that back first.",
            said_back_at=say_near(x.said_back_at, now),
        )
    return None


def why_not_new(at: datetime, now: datetime) -> str | None:
    """Return the reason against saying that a child whom no export has is missing since then, or None."""
    if at > now:
        return _("That is still to come: say when it happened.")
    if at < now - OLDEST:
        return _(
            "That is more than {days} days ago: look at the date again. So old an absence comes with a file.",
            days=OLDEST.days,
        )
    return None


def _why_not_missing(episodes: Sequence[Episode], at: datetime, now: datetime) -> str | None:
    if fault := why_not_new(at, now):
        return fault
    for x in episodes:
        back = x.said_back_at
        if x.kind != "missing" or x.until_at <= at or (back is not None and back <= at):
            continue
        if not x.open_at(now):
            return _(
                "By what is known the child was back only {until_at}: say since when after that.",
                until_at=say_near(x.until_at, now),
            )
        again = "" if back is None else _(", said to be back {back}", back=say_near(back, now))
        return _(
            "The child is in the lists already, since {start_at}{again}.",
            start_at=say_near(x.start_at, now),
            again=again,
        )
    return None


def who_said(r: Ruling, me: str, now: datetime) -> str:
    """Tell the second person about the first one's confirmation."""
    who = _("You") if r.by == me else r.by
    return _(
        "{who} said on {said_at}: {words}. Ask again to see what is known now.",
        who=who,
        said_at=say_near(r.said_at, now),
        words=words(r, now),
    )


def words(r: Ruling, now: datetime, *, private: bool = True) -> str:
    """Write a confirmation as 'an adult' or 'back Tue 4 Jul 18:00, in hospital'; the place in private alone."""
    if r.kind == "age":
        return AGES[r.value]
    if r.kind == "same":
        return SAME[r.value]
    when = say_near(r.at, now) if r.at else ""
    if r.kind == "missing":
        return _("missing since {when}", when=when)
    if r.kind == "back":
        return _("{value} {when}", value=r.value if r.value == "found" else _("back"), when=when)
    if r.kind == "grade":
        return _("graded {value} {when}", value=code_words(r.value), when=when)
    told = r.value in END_WORDS and (private or r.value not in PRIVATE_ENDS)
    reason = f", {END_WORDS[r.value]}" if told else ""
    return _("back {at}{reason}", at=say_near(r.at, now), reason=reason) if r.at else f"back{reason}"
