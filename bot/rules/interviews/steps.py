"""Steps that people record in chat of an episode and its return interview, beside the imported record.

Steps are only ever added; an undo is a step too. `standing` folds them into the state of the work at a moment.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.catalogue import _, code_words, date_words
from bot.rules.model import BREACH_REASONS, NOT_POSSIBLE
from bot.rules.partnership.partnership import Calendar
from bot.rules.text.area_names import suggest
from bot.rules.text.spoken_time import NotATime, SeveralMoments, SpokenTime, hear, moment_last, written
from bot.rules.time.clock import say_near

InterviewKind = Literal[
    "offered",
    "attempt",
    "accepted",
    "booked",
    "held",
    "recorded",
    "declined",
    "carer_contacted",
    "not_possible",
    "merged",
    "unmerged",
    "reopened",
    "told",
    "acknowledged",
]
WorkKind = Literal["on_it", "snoozed", "handed_over", "took_over", "refused_hand_over", "late"]
StrategyKind = Literal["considered", "threshold_met", "threshold_not_met", "discussion_held"]
Kind = InterviewKind | WorkKind | StrategyKind | Literal["undone"]
#: The detail of an `accepted` that follows a no: the child has changed their mind.
CHANGED_MIND = "changed_mind"
#: An interview that is over in the record and reopened in chat is listed for so long; after that the difference
#: between the two is still counted in `sources`.
OPENED_AGAIN = timedelta(days=28)
OF_INTERVIEW: frozenset[str] = frozenset(InterviewKind.__args__)  # type: ignore[attr-defined]
OF_STRATEGY: frozenset[str] = frozenset(StrategyKind.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class InterviewStep:
    """One step: it happened `at`, and was recorded in chat at `said_at`; all instants in UTC.

    `detail` is a word of a list (a method, a result, a reason), never free text. `to` is a person's id, or of
    a merged interview the number of the episode into which it went. `until_at` is the time of a booking, or the
    end of a snooze or an "I'm on it". `undoes` is the number of the step that this one takes back.
    """

    id: int
    episode_id: int
    kind: Kind
    at: datetime
    said_at: datetime
    by: str
    to: str = ""
    until_at: datetime | None = None
    detail: str = ""
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class WorkState:
    """The state of the work on one interview at a moment, by its steps in chat.

    `version` is the number of the newest step, 0 while there is none: a new step names the version it was made from.
    Of merged interviews it is the work on all of them. `spent` are then steps that no longer count, for an end was
    opened again before the merge; `merged_at` is the number of the merge.
    `owner` took it over from the worker of the record; a hand-over waits for `asked`, and was made by `asked_by`;
    `on_it` is the person who is on it. `snoozes` are the running ones, the newest of each person: a snooze changes
    its own person's reminders alone. `snoozed_by` and `snoozed_until` are the newest of them.
    """

    version: int = 0
    newest: InterviewStep | None = None  # the row that `version` is of: an undo too
    steps: tuple[InterviewStep, ...] = ()  # those that hold, oldest first
    owner: str = ""
    asked: str = ""
    asked_by: str = ""
    on_it: str = ""
    on_it_until: datetime | None = None
    snoozed_by: str = ""
    snoozed_until: datetime | None = None
    snoozes: tuple[InterviewStep, ...] = ()
    spent: frozenset[int] = frozenset()
    merged_at: int = 0

    def snoozed(self, person: str) -> datetime | None:
        """Return the end of this person's own snooze; None without one."""
        return next((s.until_at for s in self.snoozes if s.by == person), None)

    def last(self, *kinds: str) -> InterviewStep | None:
        """Return the newest step of these kinds that holds."""
        return last(self.steps, *kinds)


UNTOUCHED = WorkState()


def standing(steps: Sequence[InterviewStep], now: datetime) -> WorkState:
    """Fold the steps of one episode that were recorded by `now`."""
    known = [s for s in steps if s.said_at <= now]
    if not known:
        return UNTOUCHED
    held = holding(known)
    # A hand-over counts only once it was accepted.
    owner = asked = asked_by = ""
    for s in held:
        if s.kind == "handed_over":
            asked, asked_by = s.to, s.by
        elif s.kind == "took_over":
            owner, asked, asked_by = s.by, "", ""
        elif s.kind == "refused_hand_over":
            asked = asked_by = ""
    # "I'm on it" runs until its end, or until any later step of the interview.
    on_it = next((s for s in reversed(held) if s.kind == "on_it"), None)
    if on_it and (not _runs(on_it, now) or any(s.id > on_it.id and s.kind in OF_INTERVIEW for s in held)):
        on_it = None
    # The newest snooze of each person, where it still runs; oldest first.
    newest_snoozes = {s.by: s for s in held if s.kind == "snoozed"}
    snoozes = tuple(sorted((s for s in newest_snoozes.values() if _runs(s, now)), key=lambda s: s.id))
    snoozed = snoozes[-1] if snoozes else None
    newest = max(known, key=lambda s: s.id)
    return WorkState(
        version=newest.id,
        newest=newest,
        steps=held,
        owner=owner,
        asked=asked,
        asked_by=asked_by,
        on_it=on_it.by if on_it else "",
        on_it_until=on_it.until_at if on_it else None,
        snoozed_by=snoozed.by if snoozed else "",
        snoozed_until=snoozed.until_at if snoozed else None,
        snoozes=snoozes,
    )


def standings(steps: Mapping[int, Sequence[InterviewStep]], now: datetime) -> dict[int, WorkState]:
    """Return the state of the work on each of these episodes."""
    return {number: standing(each, now) for number, each in steps.items()}


@dataclass(frozen=True, slots=True)
class OneInterview:
    """Interviews of one child that are one since the merge `merged_at`, by the numbers of their episodes.

    `spent` are steps from before an end was opened again that was opened before the merge; `opened` is the step that
    opened it, by episode.
    """

    members: frozenset[int]
    merged_at: int = 0
    spent: frozenset[int] = frozenset()
    opened: Mapping[int, InterviewStep] = field(default_factory=dict)


def merges(works: Mapping[int, WorkState]) -> dict[int, OneInterview]:
    """Return the merges that hold, by the number of each episode in them; the direction of a merge says nothing."""
    every = sorted((s for work in works.values() for s in work.steps), key=lambda s: s.id)
    found: dict[int, OneInterview] = {}
    for s in every:
        if s.kind == "merged" and s.to.isdecimal():
            one, other = (found.get(n) or OneInterview(frozenset({n})) for n in (s.episode_id, int(s.to)))
            if one.members != other.members:
                both = _merge(_before(one, every, s.id), _before(other, every, s.id), s.id)
                found |= dict.fromkeys(both.members, both)
        elif s.kind == "unmerged" and s.episode_id in found:
            left = found.pop(s.episode_id)
            left = replace(left, members=left.members - {s.episode_id})
            if len(left.members) > 1:
                found |= dict.fromkeys(left.members, left)
            else:
                found.pop(next(iter(left.members)))
    return found


def _merge(one: OneInterview, other: OneInterview, number: int) -> OneInterview:
    return OneInterview(one.members | other.members, number, one.spent | other.spent, {**one.opened, **other.opened})


def _before(m: OneInterview, every: Sequence[InterviewStep], number: int) -> OneInterview:
    """Note the end that was opened again before this merge, if any."""
    theirs = [s for s in every if s.episode_id in m.members and s.id < number and s.id not in m.spent]
    opened = next((s for s in reversed(theirs) if opens(s) and s.id > m.merged_at), None)
    if opened is None:
        return m
    spent = {s.id for s in theirs if s.id < opened.id or (s is opened and s.kind == "reopened")}
    return replace(m, spent=m.spent | spent, opened={**m.opened, **dict.fromkeys(m.members, opened)})


def together(works: Sequence[WorkState], merged: OneInterview, now: datetime) -> WorkState:
    """Return the work on merged interviews as on one: every step counts, whichever number it names."""
    newest = [w.newest for w in works if w.newest]
    return replace(
        standing([s for w in works for s in w.steps], now),
        version=max(w.version for w in works),
        newest=max(newest, key=lambda s: s.id, default=None),
        spent=merged.spent,
        merged_at=merged.merged_at,
    )


def opens(step: InterviewStep) -> bool:
    """Return True for a step that opens a closed interview again."""
    return step.kind == "reopened" or (step.kind == "accepted" and step.detail == CHANGED_MIND)


def holding(steps: Iterable[InterviewStep]) -> tuple[InterviewStep, ...]:
    """Return the steps that were not taken back, oldest first, without the undo steps themselves."""
    everything = sorted(steps, key=lambda s: s.id)
    undone = {s.undoes for s in everything if s.kind == "undone"}
    return tuple(s for s in everything if s.kind != "undone" and s.id not in undone)


def last(steps: Sequence[InterviewStep], *kinds: str) -> InterviewStep | None:
    """Return the newest step of these kinds."""
    return next((s for s in reversed(steps) if s.kind in kinds), None)


def _runs(step: InterviewStep, now: datetime) -> bool:
    return step.until_at is not None and step.until_at > now


#: Reasons of a snooze.
SNOOZINGS = (
    *("waiting_for_carer", "waiting_for_child", "waiting_for_school", "waiting_for_placement", "waiting_for_police"),
    *("booked", "child_unwell", "other"),
)
#: The words allowed as the detail of each step.
DETAILS: dict[str, tuple[str, ...]] = {
    "offered": ("phone", "in_person", "video", "text", "letter", "through_carer"),
    "attempt": ("no_answer", "refused_now", "asked_later", "moved", "missing_again"),
    "accepted": (CHANGED_MIND,),
    "declined": ("child", "parent"),
    "not_possible": tuple(sorted(NOT_POSSIBLE)),
    "reopened": ("child_changed_mind", "new_information", "wrong_child", "wrong_time", "recorded_in_error", "other"),
    "snoozed": SNOOZINGS,
    "late": BREACH_REASONS,
}
#: Beginnings of each step; the first of each is the one that is shown.
VERBS: dict[str, tuple[str, ...]] = {
    "offered": ("offered", "offer"),
    "attempt": ("attempt", "attempted", "tried", "log attempt"),
    "accepted": ("accepted", "agreed"),
    "booked": ("booked", "book", "arranged", "scheduled", "rebooked", "re-booked", "rearranged", "rescheduled"),
    "held": ("held", "took place"),
    "recorded": ("recorded", "recorded on the system", "written up"),
    "declined": ("declined",),
    "carer_contacted": ("carer contacted", "carer offered", "contacted carer", "contacted the carer"),
    "not_possible": ("not possible", "impossible"),
    "merged": ("merge", "merged"),
    "unmerged": ("unmerge", "unmerged"),
    "reopened": ("reopen", "reopened"),
    "told": (
        *("told", "told them", "told placing authority", "told the placing authority", "placing authority told"),
        *("informed", "notified", "informed placing authority", "notified placing authority"),
    ),
    "acknowledged": ("acknowledged", "acknowledge", "handover acknowledged", "hand-over acknowledged"),
    "late": ("late because", "late", "not in time because", "not in time"),
    "on_it": ("on it", "i'm on it", "im on it", "i am on it"),
    "took_over": ("take", "claim", "take it", "take this", "take over", "i'll take it", "i'll take this"),
    "handed_over": ("hand to", "hand over to", "hand it to", "hand it over to", "give to", "pass to", "reassign to"),
    "accept": ("accept",),
    "refuse": ("refuse",),
    "snoozed": ("snooze", "snoozed", "remind me"),
    "undo": ("undo", "undo that", "take it back", "take that back"),
    "why": ("why", "why am i getting this"),
    "copy": ("copy", "copy out", "copy it out", "for the case system"),
}
#: Whole steps, where a verb alone is not enough.
EXAMPLES = {
    "offered": "offered by phone at 14:30",
    "attempt": "attempt no answer",
    "booked": "booked tomorrow 10:00",
    "held": "held at 16:15",
    "declined": "declined by child",
    "not_possible": "not possible in custody",
    "reopened": "reopen because child changed mind",
    "late": "late because child missing again",
    "handed_over": "hand to PERSON",
    "snoozed": "snooze until mon 9am because waiting for carer",
}
#: A booking further off is for a date with its year: the day may have been meant that has just passed.
FAR = timedelta(days=183)
#: A step longer ago is for a date with its year too: "5/6" may be a slip for the sixth of the month.
LONG_AGO = timedelta(days=28)
_WITH_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)|\d/\d{1,2}/\d\d(?!\d)", re.ASCII)
#: Most steps that are offered where the words may mean several.
MOST_OFFERED = 6
#: Other words that people use -> the word of the list.
_ALSO: Mapping[str, Mapping[str, str]] = {
    "offered": {"telephone": "phone", "call": "phone", "visit": "in_person", "face to face": "in_person"},
    "attempt": {
        **dict.fromkeys(("no reply", "no response", "voicemail", "left voicemail", "left a voicemail"), "no_answer"),
        **dict.fromkeys(("voice mail", "didn't answer", "did not answer", "unanswered"), "no_answer"),
        "refused": "refused_now",
        "missing": "missing_again",
        "later": "asked_later",
    },
    "declined": {
        "carer": "parent",
        "mother": "parent",
        "father": "parent",
        "parents": "parent",
        "young person": "child",
    },
    "not_possible": {
        "custody": "in_custody",
        "unwell": "child_unwell",
        "ill": "child_unwell",
        "no reply": "no_contact",
    },
    "reopened": {"changed mind": "child_changed_mind", "in error": "recorded_in_error"},
    "late": {
        **dict.fromkeys(("missing again", "missing"), "child_missing_again"),
        **dict.fromkeys(("told late", "notified late"), "late_notification"),
        "custody": "in_custody",
        "unwell": "child_unwell",
        "ill": "child_unwell",
        "no capacity": "capacity",
        "system": "system_late",
    },
    "snoozed": {"carer": "waiting_for_carer", "child": "waiting_for_child", "unwell": "child_unwell"},
}
#: Words without a meaning of their own in a step.
_SMALL = "a an and as at because been by child for i in interview into is it of on please rhi thanks the till to until"
_FILLERS = frozenset(("", *_SMALL.split(), "via", "was", "we", "with"))
_TALK = (
    r"(?:by |over |on |via )?(?:the )?(?:tele)?phone(?: call)?|(?:by |on |over |via )?video(?: call)?"
    r"|in person|face[ -]to[ -]face|f2f|at (?:home|school)"
)
#: Words that are understood of a step and not kept: the way and place of a talk, and the system it is written in.
_NOT_KEPT = {
    "held": _TALK,
    "booked": _TALK,
    "recorded": r"(?:up )?(?:on|in|to|into|onto) (?:the )?(?:case )?(?:system|file|record)",
}
_NOTE_OF_TALK = _("Where and how is not kept here: write it in the case system.")
#: Words without a meaning of their own in an attempt.
_WAYS = frozenset(
    (
        *("again", "but", "call", "calling", "from", "phone", "phoning", "ringing", "text", "texting", "twice"),
        *("visit", "visiting"),
    )
)
#: Steps that need a word of their list, and the question for it.
QUESTIONS = {
    "attempt": _("What came of it?"),
    "declined": _("Who declined: the child, or a parent for the child?"),
    "not_possible": _("For which reason?"),
    "reopened": _("For which reason?"),
    "snoozed": _("For which reason?"),
    "late": _("Why was it not in time?"),
}


@dataclass(frozen=True, slots=True)
class ParsedStep:
    """A step as it was typed. `verb` is empty where only the interview was named, by `number` or `due`.

    `note` says how it was read, where it was said in other words or without am or pm.
    `lacks` is the question for what was left out, which a form can ask; `day` is a day said without its time of day.
    """

    verb: str = ""
    detail: str = ""
    at: datetime | None = None
    until_at: datetime | None = None
    to: str = ""
    version: int | None = None
    number: int | None = None
    due: tuple[date, ...] = ()
    note: str = ""
    lacks: str = ""
    day: date | None = None


class NotUnderstood(ValueError):
    """The words are no step; the text gives an example and never repeats the words.

    `steps` are those that may be meant, each with everything else that was said. `begun` is the one step that was
    meant, as far as it was said, where only its day, its word of a list or its person lacks.
    """

    def __init__(self, sentence: str, steps: Iterable[ParsedStep] = (), begun: ParsedStep | None = None) -> None:
        super().__init__(sentence)
        self.steps = tuple(steps)
        self.begun = replace(begun, lacks=sentence) if begun else None


def listen(typed: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """Parse a step; NotUnderstood for anything else, and where more than one step may be meant."""
    which, text = _which(typed, now, calendar)
    said = _said(text)
    if which.to and said.steps[0][0] != "merged":
        raise NotUnderstood(_("Only a merge names a second interview. Name one, for example: #12 held."))
    if said.steps[0][0] == "handed_over":
        if len(said.rest.split()) != 1:
            begun = None if said.rest else replace(which, verb="handed_over")  # other words may be a name
            raise NotUnderstood(_("To whom? Say: hand to PERSON, with the person's id."), begun=begun)
        return replace(which, verb="handed_over", to=said.rest)
    found, faults = _readings(which, said, now, calendar)
    if not said.question and text.endswith("?") and said.steps[0][0] not in ("", "why"):
        said = replace(said, question=_("Is that a question? To record it, say it without the question mark."))
    if said.question:
        # A step that cannot be at the time that was said is not what was meant.
        possible = [s for s in found if (s.at or now) <= now and (s.until_at is None or s.until_at > now)] or found
        raise NotUnderstood(said.question if found else f"{said.question} {faults[0]}", dict.fromkeys(possible))
    if faults:
        raise NotUnderstood(str(faults[0]), found, faults[0].begun if isinstance(faults[0], NotUnderstood) else None)
    exchanged = _("I read this as: {typed_words}.", typed_words=typed_words(found[0])) if said.exchanged else ""
    return replace(found[0], note=" ".join(filter(None, (exchanged, found[0].note))))


def _readings(
    which: ParsedStep, said: _Said, now: datetime, calendar: Calendar
) -> tuple[list[ParsedStep], list[NotUnderstood | NotATime]]:
    """Return the steps that the words may mean, and the faults of those that they do not."""
    found, faults = list[ParsedStep](), list[NotUnderstood | NotATime]()
    for verb, detail in said.steps:
        try:
            found.append(_with_rest(replace(which, verb=verb, detail=detail), said.rest.casefold(), now, calendar))
        except NotUnderstood as fault:
            found += fault.steps
            faults.append(fault)
        except NotATime as fault:
            faults.append(fault)
    return found, faults


def begins_a_step(typed: str) -> bool:
    """Return True for words that begin with a step, in its own words or in others for it."""
    try:
        return _said(typed).steps[0][0] != ""
    except NotUnderstood:
        return False


_INTO = re.compile(r"(?<!\S)(?:into|with|to) #(\d{1,9})(?!\S)", re.ASCII | re.I)
_NUMBER = re.compile(r"(?<!\S)#(\d{1,9})(?!\S)", re.ASCII)
_VERSION = re.compile(r"(?<!\S)v(\d{1,9})(?!\S)", re.ASCII | re.I)
_DUE = re.compile(
    r"(?<!\S)due (?:on )?((?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6} )?"
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    r"|\d{1,2}(?:st|nd|rd|th)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}))(?!\S)",
    re.ASCII | re.I,
)


def _which(typed: str, now: datetime, calendar: Calendar) -> tuple[ParsedStep, str]:
    """Read the interview that is meant, and its version; return the words left over too.

    A due date without its year may be of this year, the last or the next.
    """
    text = " ".join(typed.replace("\u2019", "'").split())
    into, text = _taken(_INTO, text)
    number, text = _taken(_NUMBER, text)
    version, text = _taken(_VERSION, text)
    due, text = _taken(_DUE, text)
    days, faults = set[date | None](), list[str]()
    for ahead in (True, False) if due else ():
        try:
            days.add(hear(due.split(), now, calendar, ahead=ahead).day)
        except NotATime as fault:
            faults.append(str(fault))
    if faults and not days:
        raise NotUnderstood(faults[0])
    numbers = [int(found) if found else None for found in (number, version)]
    sorted_days = tuple(sorted(day for day in days if day))
    return ParsedStep(to=into, number=numbers[0], version=numbers[1], due=sorted_days), text


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Return the pattern's match, and the text without it."""
    found = pattern.search(text)
    if found is None:
        return "", text
    return found[1], " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


_CHILD = "child|young person|yp"
_PARENT = "parents?|mother|mum|father|dad|carer"
#: Words before a step that say nothing of it.
_BEFORE = (
    f"the|return|interview|rhi|talk|appointment|booking|visit|{_CHILD}|it|we|i|she|he|they|was|has|have|had|been|is"
)
_LEAD = re.compile(rf"(?:(?:{_BEFORE}) )+", re.ASCII)
_NO = re.compile(
    rf"(?:(?:{_BEFORE}|{_PARENT}) )*"
    r"(refused(?! now)|refuses|said no|declined|(?:does|did|do)(?:n't| not) want(?: it| to)?)(?![\w-])",
    re.ASCII,
)
_SUBJECT = re.compile(rf"(?<!\w)(?:by )?(?:the )?(?:(?P<child>{_CHILD})|(?P<parent>{_PARENT}))(?!\w)", re.ASCII)
_CONTACT = re.compile(
    r"(?:called|rang|phoned|telephoned|phone call|(?P<text>texted)"
    r"|(?P<in_person>(?:home )?visit(?:ed)?(?: home)?|knocked))(?! off)(?![\w-])",
    re.ASCII,
)
_NO_ANSWER = re.compile(
    r"(?:left (?:a )?)?(?:no (?:answer|reply|response)|voice ?mail|did(?:n't| not) answer|unanswered)(?![\w-])",
    re.ASCII,
)
#: Other words for a step -> the steps that they may mean, each with its word of the list, and the question.
_OTHERS: Mapping[str, tuple[tuple[tuple[str, str], ...], str]] = {
    r"dna|did(?:n't| not) (?:attend|come|show(?: up)?|turn up)|no[ -]show|not (?:at )?home|not in(?! custody)"
    r"|(?:nobody|no[ -]?one) (?:at )?(?:home|in)": ((("attempt", ""),), ""),
    r"appointment (?:made|booked|set|fixed)": ((("booked", ""),), ""),
    r"mistake|in error|oops": (
        (("undo", ""), ("reopened", "recorded_in_error")),
        _("Is your last step to be taken back, or the interview to be opened again?"),
    ),
    r"done|finished|completed?": ((("held", ""), ("recorded", "")), _("Was it held, or is it written up?")),
    r"seen|saw|spoken|spoke|met": ((("held", ""),), _("Was the return interview held?")),
    r"no contact|(?:could(?:n't| not)|unable to) (?:contact|reach)": (
        (("attempt", "no_answer"), ("not_possible", "no_contact")),
        _("Was it one attempt, or is the interview not possible?"),
    ),
    r"cancel(?:l?ed|led|)|postponed|called off": (
        (("booked", ""), ("attempt", "asked_later"), ("declined", "child"), ("declined", "parent")),
        _("What became of it? With a new time say, for example: {examples}.", examples=EXAMPLES["booked"]),
    ),
}


#: Questions how the interview stands.
_ASKED = re.compile(r"status|how does it stand|what(?:'s| is)? next|when(?: is it|'s it)? due", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Said:
    """The steps that may be meant, each with its word of the list, and the words left; a question where it is asked.

    `exchanged`: the step was said in other words than its own.
    """

    steps: tuple[tuple[str, str], ...]
    rest: str
    question: str = ""
    exchanged: bool = False


def _said(text: str) -> _Said:
    """Find the step at the beginning of a text, in its own words or in others that people use for it.

    What may be read in two ways is asked. NotUnderstood where there is none.
    """
    text = text.strip(" .,:;!?")
    low = text.casefold()
    if not low or _ASKED.fullmatch(low):
        return _Said((("", ""),), "")
    text = moment_last(text)
    low = text.casefold()
    known = _own_words(text) or _other_words(low)
    if known is None and (lead := _LEAD.match(low)):
        known = _own_words(low[lead.end() :], OF_INTERVIEW) or _other_words(low[lead.end() :])
    if known:
        return known
    first, _unused, rest = low.partition(" ")
    single = {phrases[0]: verb for verb, phrases in VERBS.items() if " " not in phrases[0]}
    near = suggest(first, [phrase for phrase in single if phrase[0] == first[0]]) if len(first) > 3 else None
    if near:
        return _Said(((single[near], ""),), rest, _("I don't know that step."))
    raise NotUnderstood(
        _("I don't know that step. Steps: {values}.", values=", ".join(phrases[0] for phrases in VERBS.values()))
    )


def _own_words(text: str, after_lead: Collection[str] = ()) -> _Said | None:
    """Return the step whose own words are the longest beginning; of `after_lead`, where small words came before it."""
    low, verbs = text.casefold(), after_lead or VERBS
    every = sorted(((phrase, verb) for verb in verbs for phrase in VERBS[verb]), key=lambda p: -len(p[0]))
    for phrase, verb in every:
        if re.match(rf"{re.escape(phrase)}(?![\w-])", low):
            return _Said(((verb, ""),), text[len(phrase) :].strip(" .,:;!?"), exchanged=bool(after_lead))
    return None


def _other_words(low: str) -> _Said | None:
    """Return the step that other words lead to, or those between which they do not decide."""
    if no := _NO.match(low):
        return _no(no[1], low[no.end() :], low)
    if _NO_ANSWER.match(low):
        return _Said((("attempt", ""),), low, exchanged=True)
    if contact := _CONTACT.match(low):
        rest = low[contact.end() :].strip(" .,:;!?")
        if re.search(rf"(?<![\w-]){_NO_ANSWER.pattern}", rest):
            of_carer = _SUBJECT.search(rest)
            question = _("Was that an attempt to reach the child?") if of_carer and of_carer["parent"] else ""
            rest = " ".join(_SUBJECT.sub(" ", rest).split()).strip(" .,:;!?")
            return _Said((("attempt", ""),), rest, question, exchanged=True)
        by = "text" if contact["text"] else "in_person" if contact["in_person"] else "phone"
        return _Said((("attempt", "no_answer"), ("offered", by)), rest, _("What came of it?"))
    for words, (steps, question) in _OTHERS.items():
        if other := re.match(rf"(?:{words})(?![\w-])", low):
            return _Said(steps, low[other.end() :].strip(" .,:;!?"), question, exchanged=True)
    return _listed(low)


def _listed(low: str) -> _Said | None:
    """Return the steps that have the word of a list, said alone: "in custody", "missing again"."""
    for verb in ("attempt", "not_possible"):
        for phrase, word in sorted(_phrases(verb).items(), key=lambda p: -len(p[0])):
            if listed := re.match(rf"{phrase}(?![\w-])", low):
                return _Said(((verb, word),), low[listed.end() :].strip(" .,:;!?"), _("Which step is that?"))
    return None


def _no(word: str, rest: str, low: str) -> _Said:
    """Return the steps of a no, by the child or a parent as far as is said."""
    named = {kind for found in _SUBJECT.finditer(low) for kind, value in found.groupdict().items() if value}
    who = tuple(named) if len(named) == 1 else ("child", "parent")
    steps = tuple(("declined", each) for each in who)
    rest = " ".join(_SUBJECT.sub(" ", rest).split()).strip(" .,:;!?")
    if word == "declined":
        return _Said(steps, rest, "" if len(who) == 1 else QUESTIONS["declined"], exchanged=True)
    asked = _("Was it declined for good, or only now?") if len(who) == 1 else _("Who declined, or was it only for now?")
    return _Said((*steps, ("attempt", "refused_now")), rest, asked)


def _with_rest(step: ParsedStep, rest: str, now: datetime, calendar: Calendar) -> ParsedStep:
    """Read the detail and the time of a step. NotUnderstood or NotATime where one lacks, or words are left over."""
    verb = step.verb
    detail, without = _detail(step, rest)
    without, unkept = re.subn(rf"(?<![\w-])(?:{_NOT_KEPT.get(verb, '(?!)')})(?![\w-])", " , ", without)
    ahead = verb in ("booked", "snoozed")
    moments, question = list[datetime](), ""
    try:
        found = hear(without.split(), now, calendar, ahead=ahead, opening=verb == "snoozed")
    except SeveralMoments as several:
        found, question = SpokenTime(None, None, several.rest), str(several)
        moments += several.moments
    small = _FILLERS | _WAYS if verb == "attempt" else _FILLERS
    if left := [w for w in found.rest if w.strip("\"'.,;:!?-\u2013\u2014") not in small]:
        raise _left_over(step, left, rest, now, calendar)
    at = found.at
    if found.day and at is None:
        if verb != "snoozed":
            day, words = found.day, typed_words(replace(step, detail=detail))
            raise NotUnderstood(
                _(
                    "At what time on {day} {day2} {day3}? Say, for example: {words} {day4} 10:30",
                    day=date_words(day, "%a"),
                    day2=day.day,
                    day3=date_words(day, "%b"),
                    words=words,
                    day4=day,
                ),
                begun=replace(step, detail=detail, day=day),
            )
        at = calendar.opens(found.day)
    begun = _at(replace(step, detail=detail), at)
    _not_far(moments or [at], rest, now, begun)
    details: tuple[str, ...] = (detail,)
    if verb in QUESTIONS and not detail:
        details = DETAILS[verb]
        question = _(
            "{questions} One of: {details}. {question}",
            questions=QUESTIONS[verb],
            details=", ".join(plain(w) for w in details),
            question=question,
        ).strip()
    if question:
        readings = [_at(replace(step, detail=word), each) for word in details for each in moments or (at,)]
        lacking = begun if len(details) > 1 else None
        raise NotUnderstood(question, readings if len(readings) <= MOST_OFFERED else (), lacking)
    note = f"{found.note} {_NOTE_OF_TALK if unkept and verb != 'recorded' else ''}".strip()
    return _at(replace(step, detail=detail, note=note), at)


def _not_far(moments: Sequence[datetime | None], rest: str, now: datetime, begun: ParsedStep) -> None:
    """Refuse a step to come without its moment, and one far off or long ago whose year was not said."""
    ahead = begun.verb in ("booked", "snoozed")
    for moment in moments:
        if moment is None and ahead:
            raise NotUnderstood(_("When? Say, for example: {example}", example=example(begun.verb)), begun=begun)
        if moment is None:
            continue
        far = moment - now > FAR if ahead else now - moment > LONG_AGO
        if far and not _WITH_YEAR.search(rest):
            raise NotUnderstood(
                _("That would be {moment}. Write the date with its year if you mean it.", moment=say_near(moment, now))
            )


def _phrases(verb: str) -> dict[str, str]:
    """Return the words of a verb's list, as people write them -> the word that is stored."""
    words = [w for w in DETAILS.get(verb, ()) if w != CHANGED_MIND]
    return {**_ALSO.get(verb, {}), **{plain(w): w for w in words}, **{w.replace("_", " "): w for w in words}}


def _detail(step: ParsedStep, rest: str) -> tuple[str, str]:
    """Return the word of the verb's list among the words, of several the longest, and the words without it."""
    detail, phrases = step.detail, _phrases(step.verb)
    for phrase in sorted(phrases, key=lambda p: (-len(p), p)):
        pattern = rf"(?<![\w-]){re.escape(phrase).replace(chr(92) + ' ', '[ _-]')}(?![\w-])"
        # Said twice it is no more ("no answer, left voicemail"). Its place is kept: "by phone 3.30" is not "by 3.30".
        if detail in ("", phrases[phrase]) and re.search(pattern, rest):
            detail, rest = phrases[phrase], re.sub(pattern, " , ", rest)
    return detail, rest


def _at(step: ParsedStep, moment: datetime | None) -> ParsedStep:
    """Return the step at its moment, which of a booking or a snooze is its end."""
    ahead = step.verb in ("booked", "snoozed")
    return replace(step, at=None if ahead else moment, until_at=moment if ahead else None)


def _left_over(step: ParsedStep, left: Sequence[str], rest: str, now: datetime, calendar: Calendar) -> NotUnderstood:
    """Return the fault for words left over, which are not repeated, for they may be a name. A near word is offered."""
    known = [phrase for phrase in _phrases(step.verb) if " " not in phrase]
    word = left[0].strip("\"'.,;:!?")
    near = suggest(word, known)
    if near and near != word:
        try:
            corrected = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", near, rest, count=1)
            return NotUnderstood(_("I did not understand all of that."), [_with_rest(step, corrected, now, calendar)])
        except NotUnderstood as fault:
            if fault.steps:
                return NotUnderstood(_("I did not understand all of that."), fault.steps)
        except NotATime:
            pass
    verb = step.verb
    listed = ", ".join(plain(w) for w in DETAILS[verb]) if verb in QUESTIONS or known else ""
    help_words = _(" Words I know here: {listed}.", listed=listed) if listed else ""
    fault_words = _("I did not understand all of that, so nothing was recorded.{help_words}", help_words=help_words)
    return NotUnderstood(_("{fault_words} For example: {example}", fault_words=fault_words, example=example(verb)))


def example(verb: str) -> str:
    """Return an example of a step, as it is typed."""
    return EXAMPLES.get(verb, VERBS[verb][0])


def typed_words(step: ParsedStep) -> str:
    """Write a step as it is typed: '#12 v3 offered by phone at 2017-07-05 14:30'."""
    parts = [f"#{step.number}"] if step.number is not None else []
    parts += [f"v{step.version}"] if step.version is not None else []
    if step.due:
        day = step.due[0]
        parts.append(f"due {day}" if len(step.due) == 1 else f"due {day.day} {day:%b}".casefold())
    moment = step.at or step.until_at
    when = written(moment) if moment else str(step.day or "")
    if step.verb == "snoozed":
        parts += ["snooze", *([f"until {when}"] if when else [])]
        return " ".join((*parts, *([f"because {step.detail.replace('_', ' ')}"] if step.detail else [])))
    into = "" if not step.to else f" into #{step.to}" if step.verb == "merged" else f" {step.to}"
    joint = " at " if moment and step.verb != "booked" else " "
    return " ".join((*parts, f"{typed(step.verb, step.detail)}{into}{joint + when if when else ''}"))


_TYPED = {"offered": "by ", "declined": "by ", "reopened": "because "}


def typed(verb: str, detail: str) -> str:
    """Write a step with its word of the list as it is typed: 'offered by phone', 'not possible in custody'."""
    if not detail or detail == CHANGED_MIND:
        return VERBS[verb][0]
    joint = "" if verb == "offered" and detail in ("in_person", "through_carer") else _TYPED.get(verb, "")
    return f"{VERBS[verb][0]} {joint}{detail.replace('_', ' ')}"


_JOINED = {"offered": "by", "declined": "by", "not_possible": "because", "reopened": "because", "snoozed": "because"}
_PLAIN = {
    "in_person": _("in person"),
    "through_carer": _("through the carer"),
    "other": _("another reason"),
    "child": _("the child"),
    "parent": _("a parent for the child"),
    "changed_mind": _("the child has changed their mind"),
    "in_custody": _("in custody"),
    "out_of_area": _("out of the area"),
    "recorded_in_error": _("it was recorded in error"),
}
_KINDS = {
    "carer_contacted": _("carer contacted"),
    "merged": _("put together with another interview of the child"),
    "unmerged": _("a talk of its own again"),
    "told": _("placing authority told"),
    "acknowledged": _("taken over from the authority before"),
    "handed_over": _("handed over"),
    "took_over": _("taken over"),
    "refused_hand_over": _("hand-over refused"),
    "undone": _("the last step taken back"),
    "on_it": _("on it"),
    "late": _("not in time"),
    "threshold_met": _("threshold met"),
    "threshold_not_met": _("threshold not met"),
    "discussion_held": _("strategy discussion held"),
    "considered": _("strategy discussion considered"),
}


def plain(word: str) -> str:
    """Write a word of a list as people read it: 'no answer', 'waiting for carer'."""
    return _PLAIN.get(word, code_words(word))


def kind_words(kind: str) -> str:
    """Write a kind of step as people read it: 'carer contacted', 'handed over'."""
    return _KINDS.get(kind, code_words(kind))


def step_label(step: InterviewStep) -> str:
    """Write 'offered by phone', 'attempt: no answer', 'declined by the child', 'handed over to coordinator'."""
    return (
        _("{kind_words} to {to}", kind_words=kind_words(step.kind), to=step.to)
        if step.kind == "handed_over"
        else worded(step.kind, step.detail)
    )


def worded(kind: str, detail: str) -> str:
    """Write a kind of step with its word of the list, if it has one."""
    words = kind_words(kind)
    if not detail:
        return words
    if kind == "offered" and detail in ("in_person", "through_carer"):
        return f"{words} {plain(detail)}"
    joint = _JOINED.get(kind)
    return f"{words} {joint} {plain(detail)}" if joint else f"{words}: {plain(detail)}"


def who_was_first(step: InterviewStep, now: datetime, reader: str = "") -> str:
    """Tell the second person who was first, with which step, and when."""
    name = _("You were") if step.by == reader else _("{by} was", by=step.by)
    return _(
        "{name} first: {step_label}, said {said_at}.",
        name=name,
        step_label=step_label(step),
        said_at=say_near(step.said_at, now),
    )
